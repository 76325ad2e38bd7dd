-- Grain: one (source, session, UTC day, provider, model); sessions in the order of their last response.
with chosen as (
    select *, cast(epoch_ms(time_ms) as date) as day
    from counted
    where time_ms <= $latest_ms
        and time_ms >= $first_ms
        and time_ms < $end_ms
        and ($sources is null or list_contains($sources, source))
),
spans as (
    select source, session, min(time_ms) as first_ms, max(time_ms) as last_ms
    from chosen
    group by source, session
)
select
    source,
    session,
    first_ms,
    last_ms,
    day,
    provider,
    model,
    sum(input_tokens),
    sum(output_tokens),
    sum(cache_read_tokens),
    sum(cache_creation_tokens),
    sum(reasoning_tokens),
    count(*)
from chosen join spans using (source, session)
group by source, session, first_ms, last_ms, day, provider, model
order by last_ms, source, session, day, provider, model;
