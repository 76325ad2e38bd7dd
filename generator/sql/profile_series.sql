-- One row per user from $first_user to $last_user, active day and series of it.
select series
from daily_breakdown
where user_id between $first_user and $last_user
order by user_id, date, series;
