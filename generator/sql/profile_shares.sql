-- One row per user from $first_user to $last_user, dimension (`model`, `provider`, `source`) and name in it.
with
-- over a series' days first: what remains to be grouped by name is a hundredth
chosen as (
    select
        user_id,
        series,
        sum(tokens) as tokens,
        sum(cost_micros) as cost_micros,
        sum(tokens) filter (where cost_micros is null) as unpriced_tokens,
        sum(messages) as messages
    from daily_breakdown
    where user_id between $first_user and $last_user
    group by user_id, series
)

select
    user_id,
    case when provider is not null then 'provider' when source is not null then 'source' else 'model' end as dimension,
    coalesce(provider, source, model) as name,
    sum(tokens) as tokens,
    coalesce(sum(cost_micros), 0) as cost_micros,
    coalesce(sum(unpriced_tokens), 0) as unpriced_tokens,
    sum(messages) as messages
from chosen
inner join series using (series)
group by grouping sets ((user_id, provider), (user_id, source), (user_id, model))
order by user_id, dimension, tokens desc, name;
