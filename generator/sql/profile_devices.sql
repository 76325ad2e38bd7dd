-- One row per device of the users from $first_user to $last_user, those in use first, then the newest.
select user_id, device, fingerprint, created::date as created, revoked::date as revoked
from devices
inner join users using (user_id)
where user_id between $first_user and $last_user
order by user_id, revoked is not null, devices.created desc, device;
