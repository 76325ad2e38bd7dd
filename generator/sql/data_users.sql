-- One row per user on the board.
select
    user_id,                        -- GitHub's id: stays, whatever the login becomes
    login,                          -- what the user is called now; `~` and the id follow where somebody else has the login
    display_name,                   -- the name on the page, in any script
    joined,                         -- UTC day of the first merged submission
    last_submission,                -- UTC day on which the newest file was made
    devices,                        -- keys in the profile, revoked ones included
    rank                            -- place of all time by tokens; equal totals share one
from users
order by user_id;
