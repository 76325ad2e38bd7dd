-- One row per submission file that the bot's reviews.json speaks of.
create table reviews (
    path varchar not null,          -- where the file lies in the store
    hash varchar not null,          -- of the bytes that were judged
    verdict varchar not null,       -- `verified` or `flagged`
    pull_request bigint,            -- the pull request that brought them
    reviewer varchar,               -- the maintainer who looked at them; null: nobody had to
    reviewed timestamp not null     -- when that was recorded, UTC
);
