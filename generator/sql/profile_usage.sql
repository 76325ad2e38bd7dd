-- One row per user from $first_user to $last_user, active day and series of it. Cents are rounded down; -1: unpriced.
select
    place,
    tokens,
    coalesce(cost_micros // 10000, -1) as cents
from daily_breakdown
inner join user_series using (user_id, series)
where user_id between $first_user and $last_user
order by user_id, date, place;
