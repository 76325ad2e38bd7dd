-- One row per user from $first_user to $last_user, dimension (`model`, `provider`, `source`) and name in it.
with
chosen as (
    select * from daily_breakdown where user_id between $first_user and $last_user
)

select
    user_id,
    case when provider is not null then 'provider' when source is not null then 'source' else 'model' end as dimension,
    coalesce(provider, source, model) as name,
    sum(tokens) as tokens,
    coalesce(sum(cost_micros), 0) as cost_micros,
    coalesce(sum(tokens) filter (where cost_micros is null), 0) as unpriced_tokens,
    sum(messages) as messages
from chosen
group by grouping sets ((user_id, provider), (user_id, source), (user_id, model))
order by user_id, dimension, tokens desc, name;
