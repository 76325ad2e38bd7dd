-- One row per user from $first_user to $last_user: who it is and totals over all time. Streaks look at $today.
with
chosen as (
    select * from days where user_id between $first_user and $last_user
),

totals as (
    select
        user_id,
        sum(tokens) as tokens,
        sum(input_tokens) as input_tokens,
        sum(output_tokens) as output_tokens,
        sum(cache_read_tokens) as cache_read_tokens,
        sum(cache_creation_tokens) as cache_creation_tokens,
        sum(reasoning_tokens) as reasoning_tokens,
        sum(cost_micros) as cost_micros,
        sum(unpriced_tokens) as unpriced_tokens,
        max(tokens) as peak_tokens,
        count(*) as active_days
    from chosen
    group by user_id
),

peaks as (
    select user_id, min(date) as peak_day
    from chosen
    inner join totals using (user_id)
    where chosen.tokens = totals.peak_tokens
    group by user_id
),

-- days in a row have the same distance from their number among the active days
numbered as (
    select user_id, date, date - row_number() over (partition by user_id order by date)::integer as island
    from chosen
),

streaks as (
    select user_id, min(date) as first_day, max(date) as last_day
    from numbered
    group by user_id, island
),

streak_lengths as (
    select
        user_id,
        max(last_day - first_day + 1) as longest_streak,
        coalesce(
            max(least(last_day, $today) - first_day + 1)
                filter (where last_day >= $today - 1 and first_day <= $today),
            0
        ) as current_streak
    from streaks
    group by user_id
)

select
    user_id,
    users.login,
    users.display_name,
    users.joined,
    users.rank,
    users.devices,
    users.joined_place,
    totals.input_tokens,
    totals.output_tokens,
    totals.cache_read_tokens,
    totals.cache_creation_tokens,
    totals.reasoning_tokens,
    totals.cost_micros,
    totals.unpriced_tokens,
    totals.active_days,
    streak_lengths.current_streak,
    streak_lengths.longest_streak,
    totals.tokens // totals.active_days as average_tokens_per_day,
    peaks.peak_day,
    totals.peak_tokens
from users
inner join totals using (user_id)
inner join peaks using (user_id)
inner join streak_lengths using (user_id)
where user_id between $first_user and $last_user
order by user_id;
