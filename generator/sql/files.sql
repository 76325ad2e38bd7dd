-- One row per submission file that was read.
create table files (
    file integer primary key,       -- number of the file in this build, in the order it was read
    path varchar not null,          -- where it lies in the store
    user_id bigint not null,        -- GitHub's id, from the path
    device varchar not null,        -- from the path
    period varchar not null,        -- UTC month `YYYY-MM`, from the path
    revision bigint not null,       -- counts the versions of this file, from 1
    hash varchar not null,          -- `sha256:…` of the canonical bytes
    created timestamp not null,     -- when the command made it, UTC
    commit varchar not null,        -- the merge commit that last changed it; empty outside Git
    login varchar not null,         -- what the user was called when it was signed
    joined date not null            -- UTC day of the user's first merged submission, one still in the store or not
);
