-- Load a spool into a temporary table. Grain: one line, either an event or what is known of a file after a batch.
-- $spool: the path of a file of lines as `cli/spool.py` writes them.
create or replace temp table spool as
select *
from read_json($spool, format = 'newline_delimited', maximum_object_size = 262144, columns = {
    number: 'bigint',
    file: 'struct(source varchar, path varchar, reading bigint, parser integer,
                  stamp varchar, fingerprint varchar, "offset" bigint, state varchar, events bigint, silent bigint,
                  unknown bigint, bad bigint, replaces bigint, replaces_all boolean)',
    reading: 'bigint',
    event: 'struct(key varchar, session varchar, time_ms bigint, provider varchar, model varchar,
                    input_tokens bigint, output_tokens bigint, cache_read_tokens bigint,
                    cache_creation_tokens bigint, reasoning_tokens bigint, rank bigint, twin varchar)'
});
