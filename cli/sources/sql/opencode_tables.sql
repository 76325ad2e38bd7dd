-- Which of OpenCode's tables of messages a database has: one row a table.
-- `message` is written by 1.x; 2.0 copies it once into `session_message`, keeping the ids, and goes on there.
select name
from sqlite_master
where type = 'table' and name in ('message', 'session_message')
order by name;
