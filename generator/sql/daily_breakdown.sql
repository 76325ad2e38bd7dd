-- One row per user, UTC day, source, provider and model: all devices together, priced. Rows without tokens are left
-- out, and so are users whose profile could not be read.
create table daily_breakdown as
with
counted as (
    select
        files.user_id,
        usage.date,
        series.source,
        series.provider,
        series.model,
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
    inner join series using (series)
    where usage.input_tokens + usage.output_tokens > 0
),

priced as (
    select
        counted.*,
        prices.denominator,
        (input_tokens - cache_read_tokens - cache_creation_tokens)::hugeint * prices.plain_input
        + cache_read_tokens::hugeint * prices.cache_read
        + cache_creation_tokens::hugeint * prices.cache_creation
        + output_tokens::hugeint * prices.output as numerator
    from counted
    left join prices
        on counted.provider = prices.provider
        and counted.model = prices.model
        and counted.date = prices.date
        and counted.request_tokens between prices.from_request and prices.to_request
),

rounded as (
    select
        priced.*,
        -- half to even
        numerator // denominator + case
            when 2 * (numerator % denominator) > denominator then 1
            when 2 * (numerator % denominator) = denominator then (numerator // denominator) % 2
            else 0
        end as cost_micros
    from priced
)

select
    user_id,                                                        -- GitHub's id
    date,                                                           -- UTC day
    source,                                                         -- the agent that left the log
    provider,                                                       -- who sold the tokens
    model,                                                          -- what the provider calls it
    sum(input_tokens + output_tokens)::bigint as tokens,            -- all tokens
    sum(input_tokens)::bigint as input_tokens,                      -- whole prompt side, caches included
    sum(output_tokens)::bigint as output_tokens,                    -- all that was generated, reasoning included
    sum(cache_read_tokens)::bigint as cache_read_tokens,            -- part of input
    sum(cache_creation_tokens)::bigint as cache_creation_tokens,    -- part of input
    sum(reasoning_tokens)::bigint as reasoning_tokens,              -- part of output
    sum(messages)::bigint as messages,                              -- billed API responses
    -- nine trillion dollars are the most a row can say, so that no number stops a build
    case
        when sum(cost_micros) < 9223372036854775807 then sum(cost_micros)
        when sum(cost_micros) is not null then 9223372036854775807
    end::bigint as cost_micros                                      -- micro-dollars; null: unpriced
from rounded
group by user_id, date, source, provider, model
order by user_id, date, source, provider, model;
