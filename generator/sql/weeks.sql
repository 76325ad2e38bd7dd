-- One row per user and week with usage, of the last $weeks times seven days up to $today; the last week has the highest
-- number, and the first is 0.
select
    user_id,
    ((date - ($today::date - 7 * $weeks::integer)) - 1) // 7 as week,
    least(sum(tokens), 9223372036854775807)::bigint as tokens
from days
where date > $today::date - 7 * $weeks::integer and date <= $today::date
group by user_id, week
order by user_id, week;
