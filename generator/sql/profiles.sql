-- One row per profile.json that was read.
create table profiles (
    user_id bigint primary key,     -- GitHub's id, from the path
    login varchar not null,         -- what the user was called at the last merge of this file
    display_name varchar not null,  -- any script
    devices integer not null,       -- how many keys the profile lists, revoked ones included
    merged timestamp not null       -- when the profile was last changed on main, UTC
);
