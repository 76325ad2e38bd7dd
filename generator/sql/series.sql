-- One row per source, provider and model that anybody used; `usage` holds its number instead of three strings.
create table series (
    series integer primary key,     -- number in this build
    source varchar not null,        -- the agent that left the log
    provider varchar not null,      -- who sold the tokens
    model varchar not null          -- what the provider calls it
);
