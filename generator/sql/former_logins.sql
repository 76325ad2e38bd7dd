-- One row per login that a user had when a file was signed, and that nobody on the board has now. Of several who had
-- it, it leads to who had it last. GitHub does not tell capital letters from small ones.
create table former_logins as
with
claims as (
    select user_id, lower(files.login) as login, max(created) as last_used
    from files
    inner join users using (user_id)
    group by user_id, lower(files.login)
)

select
    user_id,    -- GitHub's id
    login       -- in small letters
from claims
where login not in (select lower(users.login) from users)
qualify row_number() over (partition by login order by last_used desc, user_id desc) = 1
order by user_id, login;
