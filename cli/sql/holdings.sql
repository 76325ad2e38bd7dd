-- Grain: one source with events in the ledger, whatever became of its logs.
select
    source,
    count(*) filter (time_ms <= $latest_ms),
    count(*) filter (time_ms > $latest_ms),
    cast(epoch_ms(min(time_ms) filter (time_ms <= $latest_ms)) as date),
    cast(epoch_ms(max(time_ms) filter (time_ms <= $latest_ms)) as date)
from counted
group by source
order by source;
