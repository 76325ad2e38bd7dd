-- A page of `message` in the order of its rows: one row a message.
-- `data` is null in rows unchanged since an earlier reading and in cells longer than `:longest`.
with page as (
    select
        m.rowid as position,
        -- The innermost scope with such a column answers: null where the table has none.
        (select time_updated from message as own where own.rowid = m.rowid) as updated
    from message as m, (select null as time_updated) as missing
    where m.rowid > :after
    order by m.rowid
    limit :rows
),
judged as (
    select position, updated, coalesce(position <= :known and updated < :since, 0) as unchanged
    from page
)
select
    position,
    updated,
    unchanged,
    id,
    session_id,
    null as type,
    case when unchanged or length(cast(data as blob)) > :longest then null else data end as data
from judged
join message as m on m.rowid = position
order by position;
