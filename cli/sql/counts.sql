-- Grain: one source.
select source, count(*) from events group by source order by source;
