-- One row per user and series of theirs.
create table user_series as
select
    user_id,                                                                            -- GitHub's id
    series,                                                                             -- → series
    row_number() over (partition by user_id order by sum(tokens) desc, series) - 1 as place -- 0: most tokens
from daily_breakdown
group by user_id, series
order by user_id, place;
