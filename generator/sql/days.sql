-- One row per user and active UTC day.
create table days as
select
    user_id,                                                                                -- GitHub's id
    date,                                                                                   -- UTC day
    sum(tokens)::bigint as tokens,                                                          -- all tokens
    sum(input_tokens)::bigint as input_tokens,                                              -- whole prompt side
    sum(output_tokens)::bigint as output_tokens,                                            -- all that was generated
    sum(cache_read_tokens)::bigint as cache_read_tokens,                                    -- part of input
    sum(cache_creation_tokens)::bigint as cache_creation_tokens,                            -- part of input
    sum(reasoning_tokens)::bigint as reasoning_tokens,                                      -- part of output
    least(coalesce(sum(cost_micros), 0), 9223372036854775807)::bigint as cost_micros,       -- of what is priced
    coalesce(sum(tokens) filter (where cost_micros is null), 0)::bigint as unpriced_tokens, -- part of tokens
    count(*)::integer as series_count                                                       -- rows of daily_breakdown
from daily_breakdown
group by user_id, date
order by user_id, date;
