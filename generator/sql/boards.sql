-- One row per metric and user on that board, of the days from $first to $last. A user with nothing is not on a board.
with
period_days as (
    select * from daily_breakdown where date between $first and $last
),

totals as (
    select
        user_id,
        sum(tokens) as tokens,
        coalesce(sum(cost_micros), 0) as cost_micros,
        coalesce(sum(tokens) filter (where cost_micros is null), 0) as unpriced_tokens,
        count(distinct date) as active_days
    from period_days
    group by user_id
),

providers as (
    select user_id, provider as top_provider
    from period_days
    group by user_id, provider
    qualify row_number() over (partition by user_id order by sum(tokens) desc, provider) = 1
),

sources as (
    select user_id, source as top_source
    from period_days
    group by user_id, source
    qualify row_number() over (partition by user_id order by sum(tokens) desc, source) = 1
),

measured as (
    select user_id, 'tokens' as metric, tokens as measure from totals
    union all
    select user_id, 'cost' as metric, cost_micros as measure from totals
    union all
    select user_id, 'days' as metric, active_days as measure from totals
)

select
    metric,
    rank() over (partition by metric order by measure desc) as rank,
    user_id,
    users.login,
    users.display_name,
    totals.tokens,
    totals.cost_micros,
    totals.unpriced_tokens,
    totals.active_days,
    providers.top_provider,
    sources.top_source,
    users.last_submission
from measured
inner join totals using (user_id)
inner join users using (user_id)
inner join providers using (user_id)
inner join sources using (user_id)
where measure > 0
order by metric, rank, user_id;
