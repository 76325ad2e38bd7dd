-- One row per user who is shown: what the user's pages are called.
select login
from users
order by user_id;
