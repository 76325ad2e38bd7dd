-- One row per metric and user on that board, of the days from $first to $last, with the place on the board of the days
-- from $first_before to $last_before (null: none). A user with nothing is not on a board.
with
totals as (
    select
        user_id,
        sum(tokens) as tokens,
        sum(cost_micros) as cost_micros,
        sum(unpriced_tokens) as unpriced_tokens,
        count(*)::hugeint as active_days,
        sum(output_tokens) as output_tokens,
        sum(tokens - cache_read_tokens) as uncached_tokens
    from days
    where date between $first and $last
    group by user_id
),

totals_before as (
    select
        user_id,
        sum(tokens) as tokens,
        sum(cost_micros) as cost,
        count(*)::hugeint as days,
        sum(output_tokens) as output,
        sum(tokens - cache_read_tokens) as uncached
    from days
    where date between $first_before and $last_before
    group by user_id
),

-- over a series' days first: what remains to be grouped by name is a hundredth
used as (
    select user_id, series, sum(tokens) as tokens
    from daily_breakdown
    where date between $first and $last
    group by user_id, series
),

providers as (
    select user_id, provider as top_provider
    from used
    inner join series using (series)
    group by user_id, provider
    qualify row_number() over (partition by user_id order by sum(tokens) desc, provider) = 1
),

sources as (
    select user_id, source as top_source
    from used
    inner join series using (series)
    group by user_id, source
    qualify row_number() over (partition by user_id order by sum(tokens) desc, source) = 1
),

measured as (
    select user_id, metric, measure
    from (
        select
            user_id,
            tokens,
            cost_micros as cost,
            active_days as days,
            output_tokens as output,
            uncached_tokens as uncached
        from totals
    ) unpivot (measure for metric in (tokens, cost, days, output, uncached))
),

ranked_before as (
    select user_id, metric, rank() over (partition by metric order by measure desc) as rank_before
    from totals_before unpivot (measure for metric in (tokens, cost, days, output, uncached))
    where measure > 0
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
    totals.output_tokens,
    totals.uncached_tokens,
    providers.top_provider,
    sources.top_source,
    users.last_submission,
    ranked_before.rank_before
from measured
inner join totals using (user_id)
inner join users using (user_id)
inner join providers using (user_id)
inner join sources using (user_id)
left join ranked_before using (user_id, metric)
where measure > 0
order by metric, rank, user_id;
