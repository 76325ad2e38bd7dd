-- One row per UTC calendar month before $today's and user among its first $most by tokens, with what the month adds up to
-- for everyone and the place in the month before (null: none); newest month first.
with
totals as (
    select
        date_trunc('month', date)::date as month,
        user_id,
        sum(tokens) as tokens,
        sum(cost_micros) as cost_micros,
        sum(unpriced_tokens) as unpriced_tokens,
        count(*) as active_days,
        sum(output_tokens) as output_tokens,
        sum(tokens - cache_read_tokens) as uncached_tokens
    from days
    where date < date_trunc('month', $today::date)
    group by month, user_id
),

ranked as (
    select
        *,
        count(*) over (partition by month) as month_users,
        sum(tokens) over (partition by month) as month_tokens,
        sum(cost_micros) over (partition by month) as month_cost,
        rank() over (partition by month order by tokens desc) as rank,
        row_number() over (partition by month order by tokens desc, user_id) as place
    from totals
),

-- over a series' days first: what remains to be grouped by name is a twentieth
used as (
    select
        date_trunc('month', date)::date as month,
        user_id,
        series,
        sum(tokens) as tokens
    from daily_breakdown
    where date < date_trunc('month', $today::date)
    group by month, user_id, series
),

providers as (
    select month, user_id, provider as top_provider
    from used
    inner join series using (series)
    group by month, user_id, provider
    qualify row_number() over (partition by month, user_id order by sum(tokens) desc, provider) = 1
),

sources as (
    select month, user_id, source as top_source
    from used
    inner join series using (series)
    group by month, user_id, source
    qualify row_number() over (partition by month, user_id order by sum(tokens) desc, source) = 1
)

select
    ranked.month,
    ranked.month_users,
    ranked.month_tokens,
    ranked.month_cost,
    ranked.rank,
    ranked.user_id,
    users.login,
    users.display_name,
    ranked.tokens,
    ranked.cost_micros,
    ranked.unpriced_tokens,
    ranked.active_days,
    ranked.output_tokens,
    ranked.uncached_tokens,
    providers.top_provider,
    sources.top_source,
    users.last_submission,
    before.rank as rank_before
from ranked
inner join users using (user_id)
inner join providers using (user_id, month)
inner join sources using (user_id, month)
left join ranked as before
    on ranked.user_id = before.user_id
    and ranked.month = before.month + interval 1 month
where ranked.place <= $most
order by ranked.month desc, ranked.rank, ranked.user_id;
