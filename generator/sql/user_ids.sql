-- One row per user who is shown.
select user_id
from users
order by user_id;
