-- One row per user, UTC day, source, provider and model: all devices together, priced. Rows without tokens are left
-- out, and so are users whose profile could not be read. The three names are joined on last, being costly to group by.
create table daily_breakdown as
with
tariffs as (
    select series.series, prices.*
    from prices
    inner join series using (provider, model)
),

counted as (
    select
        files.user_id,
        usage.date,
        usage.series,
        usage.input_tokens,
        usage.output_tokens,
        usage.cache_read_tokens,
        usage.cache_creation_tokens,
        usage.reasoning_tokens,
        usage.messages,
        -- a row sums many requests: its tier is that of its average request, as validator.prices has it
        case when usage.messages > 0 then usage.input_tokens // usage.messages else 0 end as request_tokens
    from usage
    inner join files using (file)
    inner join profiles using (user_id)
    where usage.input_tokens + usage.output_tokens > 0
),

priced as (
    select
        counted.*,
        tariffs.denominator,
        (input_tokens - cache_read_tokens - cache_creation_tokens)::hugeint * tariffs.plain_input
        + cache_read_tokens::hugeint * tariffs.cache_read
        + cache_creation_tokens::hugeint * tariffs.cache_creation
        + output_tokens::hugeint * tariffs.output as numerator
    from counted
    left join tariffs
        on counted.series = tariffs.series
        and counted.date = tariffs.date
        and counted.request_tokens between tariffs.from_request and tariffs.to_request
),

divided as (
    select priced.*, numerator // denominator as whole
    from priced
),

rounded as (
    select
        divided.*,
        -- half to even
        whole + case
            when 2 * (numerator - whole * denominator) > denominator then 1
            when 2 * (numerator - whole * denominator) = denominator then whole % 2
            else 0
        end as cost_micros
    from divided
),

summed as (
    select
        user_id,
        date,
        series,
        (sum(input_tokens) + sum(output_tokens))::bigint as tokens,
        sum(input_tokens)::bigint as input_tokens,
        sum(output_tokens)::bigint as output_tokens,
        sum(cache_read_tokens)::bigint as cache_read_tokens,
        sum(cache_creation_tokens)::bigint as cache_creation_tokens,
        sum(reasoning_tokens)::bigint as reasoning_tokens,
        sum(messages)::bigint as messages,
        -- nine trillion dollars are the most a row can say, so that no number stops a build
        case
            when sum(cost_micros) < 9223372036854775807 then sum(cost_micros)
            when sum(cost_micros) is not null then 9223372036854775807
        end::bigint as cost_micros
    from rounded
    group by user_id, date, series
)

select
    user_id,                -- GitHub's id
    date,                   -- UTC day
    series,                 -- → series: the next three in one number
    source,                 -- the agent that left the log
    provider,               -- who sold the tokens
    model,                  -- what the provider calls it
    tokens,                 -- all tokens
    input_tokens,           -- whole prompt side, caches included
    output_tokens,          -- all that was generated, reasoning included
    cache_read_tokens,      -- part of input
    cache_creation_tokens,  -- part of input
    reasoning_tokens,       -- part of output
    messages,               -- billed API responses
    cost_micros             -- micro-dollars; null: unpriced
from summed
inner join series using (series)
order by user_id, date, series;
