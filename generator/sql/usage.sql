-- One row per usage row of a file: one UTC day, source, provider and model of one device.
create table usage (
    file integer not null,                  -- → files
    series integer not null,                -- → series
    date date not null,                     -- UTC day
    input_tokens bigint not null,           -- whole prompt side, caches included
    output_tokens bigint not null,          -- all that was generated, reasoning included
    cache_read_tokens bigint not null,      -- part of input
    cache_creation_tokens bigint not null,  -- part of input
    reasoning_tokens bigint not null,       -- part of output
    messages bigint not null                -- billed API responses
);
