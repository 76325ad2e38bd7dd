-- One row per user from $first_user to $last_user, week or month with usage, and series. Weeks begin on Monday; a user
-- whose first day is not before $weekly_from is told by weeks.
with
firsts as (
    select user_id, min(date) >= $weekly_from as weekly
    from days
    where user_id between $first_user and $last_user
    group by user_id
)

select
    user_id,
    case when weekly then date_trunc('week', date) else date_trunc('month', date) end::date as start,
    place,
    sum(tokens)::bigint as tokens
from daily_breakdown
inner join firsts using (user_id)
inner join user_series using (user_id, series)
where user_id between $first_user and $last_user
group by user_id, start, place
order by user_id, start, place;
