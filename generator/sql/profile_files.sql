-- One row per merged submission of the users from $first_user to $last_user, newest month first.
select
    user_id,
    path,
    device,
    period,
    revision,
    hash,
    commit,
    tokens,
    created,
    verdict,
    pull_request,
    reviewer,
    reviewed
from submissions
where user_id between $first_user and $last_user
order by user_id, period desc, device;
