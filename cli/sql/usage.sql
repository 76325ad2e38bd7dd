-- Grain: one (UTC day, source, provider, model).
select
    cast(epoch_ms(time_ms) as date) as day,
    source,
    provider,
    model,
    sum(input_tokens),
    sum(output_tokens),
    sum(cache_read_tokens),
    sum(cache_creation_tokens),
    sum(reasoning_tokens),
    count(*)
from counted
where time_ms <= $latest_ms
    and time_ms >= $first_ms
    and time_ms < $end_ms
    and ($sources is null or list_contains($sources, source))
group by day, source, provider, model
order by day, source, provider, model;
