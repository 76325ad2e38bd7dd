-- One row per user who is shown and is among the $most who joined last, the newest first.
select
    user_id,
    login,
    display_name,
    joined
from users
order by joined desc, user_id desc
limit $most;
