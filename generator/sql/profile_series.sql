-- One row per user from $first_user to $last_user and series of theirs, most tokens first.
select user_id, source, provider, model
from user_series
inner join series using (series)
where user_id between $first_user and $last_user
order by user_id, place;
