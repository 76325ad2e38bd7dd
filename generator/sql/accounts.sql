-- One row per reviews.json that was read: what the bot, who asked GitHub, recorded of an account.
create table accounts (
    user_id bigint primary key,     -- GitHub's id, from the path
    login varchar not null,         -- what GitHub called the account at its last merge
    merged timestamp not null       -- when that was, UTC
);
