-- The number of the last migration taken, 0 for a ledger that was just made.
create table if not exists migrations (number integer primary key);
select coalesce(max(number), 0) from migrations;
