-- One row per former login that leads to a user from $first_user to $last_user.
select user_id, login
from former_logins
where user_id between $first_user and $last_user
order by user_id, login;
