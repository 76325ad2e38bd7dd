-- One row per device that a profile.json lists.
create table devices (
    user_id bigint not null,        -- GitHub's id, from the path
    device varchar not null,        -- the machine
    fingerprint varchar not null,   -- of its public key: `SHA256:…`, as ssh-keygen -l shows it
    created timestamp not null,     -- when the key was made, UTC
    revoked timestamp               -- since when it counts no more, UTC; null: it counts
);
