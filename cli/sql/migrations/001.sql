-- The ledger: what was counted, and how far each log file was read. Ids and numbers only: no text of any
-- conversation, no path (a file is known by the hash of its path).

create table files (
    source varchar not null,
    path varchar not null,          -- BLAKE2b-128 of the absolute path, hexadecimal
    reading bigint not null,        -- the file's current reading from its start; a resumed one keeps its number
    parser integer not null,        -- version of the parser that made this reading
    stamp varchar not null,         -- sizes and times the file had when last read to its end; empty while unfinished
    fingerprint varchar not null,   -- hash of the bytes at both ends of what was read; empty if it cannot be resumed
    "offset" bigint not null,       -- all bytes before it are counted
    state blob not null,            -- the source's own memory between readings
    events bigint not null,         -- rows of this reading by what became of them
    silent bigint not null,
    unknown bigint not null,
    bad bigint not null,
    primary key (source, path)
);

-- One row per (source, key): the copy that precedes all others found so far. No index: merging a batch joins once.
create table events (
    source varchar not null,
    key varchar not null,
    session varchar not null,
    time_ms bigint not null,        -- since the Unix epoch, UTC
    provider varchar not null,
    model varchar not null,
    input_tokens bigint not null,   -- cache inside
    output_tokens bigint not null,  -- reasoning inside
    cache_read_tokens bigint not null,
    cache_creation_tokens bigint not null,
    reasoning_tokens bigint not null,
    rank bigint not null,           -- of one key's copies the highest counts
    twin varchar not null,          -- of one twin's keys one counts; empty: no twin
    parser integer not null,
    reading bigint not null         -- where it was last found; no file's current reading: the log has lost it
);

-- Precedence among copies: total, so that the order of reading never matters. The lowest counts.
create macro precedence(event) as (
    -event.rank, -event.parser, event.time_ms, -(event.input_tokens + event.output_tokens), -event.input_tokens,
    -event.cache_read_tokens, -event.cache_creation_tokens, -event.reasoning_tokens,
    event.provider, event.model, event.session, event.twin, event.key
);

-- What counts: grain one billed response.
create view counted as
select * from events where twin = ''
union all
select * from events where twin <> ''
qualify row_number() over (partition by source, twin order by precedence(events)) = 1;

insert into migrations values (1);
