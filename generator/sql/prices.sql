-- One row per provider, model, day and tier: what a token cost for requests of a size. No row: nobody prices it.
-- A kind's price in micro-dollars per token is its column divided by `denominator`; whole numbers keep it exact.
create table prices (
    provider varchar not null,          -- who sold the tokens
    model varchar not null,             -- what the provider calls it
    date date not null,                 -- UTC day the price held
    from_request bigint not null,       -- smallest prompt of this tier, in tokens
    to_request bigint not null,         -- largest prompt of this tier, in tokens
    plain_input hugeint not null,       -- input neither read from nor written to a cache
    cache_read hugeint not null,        -- input read from a cache
    cache_creation hugeint not null,    -- input written to a cache
    output hugeint not null,            -- output, reasoning included
    denominator hugeint not null        -- a power of ten
);
