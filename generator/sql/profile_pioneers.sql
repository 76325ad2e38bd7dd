-- One row per model that a user from $first_user to $last_user was the first to use, the earliest first.
select user_id, model
from pioneers
where user_id between $first_user and $last_user
order by user_id, date, model;
