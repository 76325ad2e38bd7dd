-- One row per store with usage: its first and last active day up to $today.
select
    min(date) as first_day,
    max(date) as last_day
from days
where date <= $today
having count(*) > 0;
