-- One row per dimension (`model`, `provider`, `source`), week or month from $first to $last, and name used in it.
-- Weeks begin on Monday.
with
-- over a series' days first: what remains to be grouped by name is a hundredth
chosen as (
    select
        series,
        case when $weekly::boolean then date_trunc('week', date) else date_trunc('month', date) end::date as start,
        sum(tokens) as tokens
    from daily_breakdown
    where date between $first and $last
    group by series, start
)

select
    case when provider is not null then 'provider' when source is not null then 'source' else 'model' end as dimension,
    start,
    coalesce(provider, source, model) as name,
    sum(tokens) as tokens
from chosen
inner join series using (series)
group by grouping sets ((start, provider), (start, source), (start, model))
order by dimension, start, tokens desc, name;
