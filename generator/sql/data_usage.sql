-- One row per user, UTC day, source, provider and model: all devices together, priced.
select
    user_id,                        -- who used it
    date,                           -- UTC day
    source,                         -- the agent that left the log: `claude`, `codex`, …
    provider,                       -- who sold the tokens
    model,                          -- what the provider calls it
    input_tokens,                   -- whole prompt side, caches included
    cache_read_tokens,              -- part of input_tokens
    cache_creation_tokens,          -- part of input_tokens
    output_tokens,                  -- all that was generated, reasoning included
    reasoning_tokens,               -- part of output_tokens
    tokens,                         -- input_tokens + output_tokens
    messages,                       -- billed API responses
    cost_micros                     -- millionths of a US dollar at that day's list price; null: nobody prices the model
from daily_breakdown
order by user_id, date, source, provider, model;
