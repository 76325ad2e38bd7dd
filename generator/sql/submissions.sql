-- One row per merged submission of a user who is shown.
create table submissions as
with
totals as (
    select file, sum(input_tokens + output_tokens) as tokens
    from usage
    group by file
)

select
    files.user_id,                          -- GitHub's id
    files.path,                             -- where the file lies in the store
    files.device,                           -- the machine
    files.period,                           -- UTC month `YYYY-MM`
    files.revision,                         -- counts the versions of this file, from 1
    files.hash,                             -- of its canonical bytes
    files.commit,                           -- the merge commit that last changed it
    coalesce(totals.tokens, 0) as tokens,   -- all tokens in it
    files.created,                          -- when the command made it, UTC
    coalesce(reviews.verdict, '') as verdict, -- what the bot recorded for these bytes; empty: nothing
    reviews.pull_request,                   -- the pull request that brought them; null: not recorded
    reviews.reviewer,                       -- the maintainer who looked at them; null: nobody had to
    reviews.reviewed                        -- when the verdict was recorded, UTC; null: not recorded
from files
inner join users using (user_id)
left join totals using (file)
left join reviews using (path, hash)
order by user_id, period desc, device;
