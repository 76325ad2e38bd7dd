-- Take the spool into the ledger; runs inside one transaction.

-- Grain: one file; its last line in the spool says where to go on.
create or replace temp table read_files as
select unnest(file) from spool where file is not null
qualify row_number() over (partition by file.source, file.path order by number desc) = 1;

-- Another parser version read these logs again: what the former one made of them goes. Where the log may have lost
-- sessions since, only those that were found again.
create or replace temp table replaced as
select replaces as reading, null as session from read_files where replaces_all
union all
select distinct replaces, event.session
from spool join read_files using (reading)
where replaces is not null and not replaces_all and event is not null;

delete from events using replaced
where events.reading = replaced.reading and (replaced.session is null or events.session = replaced.session);

-- One row per (source, key) of the new events, with the copies already in the ledger in the running.
create or replace temp table winners as
with found as (
    select source, unnest(event), parser, reading from spool join read_files using (reading) where event is not null
),
rivals as (
    select source, key, session, time_ms, provider, model, input_tokens, output_tokens, cache_read_tokens,
        cache_creation_tokens, reasoning_tokens, rank, twin, parser, reading
    from events semi join found using (source, key)
),
copies as (
    select * from found
    union all
    select * from rivals
),
-- Most keys have one copy, and ordering all of them would take longer than the rest of the merge.
contested as (
    select source, key from copies group by source, key having count(*) > 1
)
select * from copies anti join contested using (source, key)
union all
select * from copies semi join contested using (source, key)
qualify row_number() over (partition by source, key order by precedence(copies), reading desc) = 1;

delete from events using winners where events.source = winners.source and events.key = winners.key;

insert into events select * from winners;

insert or replace into files
select source, path, reading, parser, stamp, fingerprint, "offset", from_base64(state), events, silent, unknown, bad
from read_files;
