-- One row per merged submission file: one month of one device.
select
    user_id,                        -- whose it is
    device,                         -- random id of the machine
    period,                         -- UTC month, `YYYY-MM`
    revision,                       -- counts the versions of the file, from 1
    path,                           -- where the file lies in the repository
    hash,                           -- `sha256:…` of its canonical bytes, which are what is signed
    commit,                         -- the merge commit that last changed it; empty outside Git
    created,                        -- when the command made it, UTC
    tokens::bigint as tokens,       -- all tokens in it
    verdict,                        -- `verified`, `flagged` (and then approved), or empty where nothing is recorded
    pull_request                    -- the pull request that brought it; null where nothing is recorded
from submissions
order by user_id, period, device;
