-- One row per user who is shown: everyone with a readable profile and at least one active day.
create table users as
with
totals as (
    select user_id, sum(tokens) as tokens
    from days
    group by user_id
),

history as (
    select user_id, min(joined) as joined, max(created)::date as last_submission
    from files
    group by user_id
),

-- What GitHub says an account is called counts more than what its profile says.
named as (
    select
        user_id,
        coalesce(accounts.login, profiles.login) as login,
        coalesce(accounts.merged, profiles.merged) as merged
    from profiles
    left join accounts using (user_id)
),

-- A login that was given up may be registered by a stranger, and GitHub does not tell capital letters from small
-- ones. Who was merged last has it now; the others are told apart by what no login can hold.
holders as (
    select
        user_id,
        row_number() over (partition by lower(login) order by merged desc, user_id desc) = 1 as holds_login
    from named
    inner join totals using (user_id)
)

select
    user_id,                                                                            -- GitHub's id: the identity
    case when holds_login then named.login else named.login || '~' || user_id end as login, -- unique, whatever the case
    display_name,                                                                       -- any script
    devices,                                                                            -- keys in the profile
    joined,                                                                             -- UTC day of the first merge
    last_submission,                                                                    -- UTC day of the newest file
    rank() over (order by totals.tokens desc) as rank,                                  -- all time, by tokens
    rank() over (order by history.joined) as joined_place                               -- 1: nobody was here before
from profiles
inner join named using (user_id)
inner join totals using (user_id)
inner join history using (user_id)
inner join holders using (user_id)
order by user_id;
