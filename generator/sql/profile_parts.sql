-- One row per user from $first_user to $last_user, active day, source, provider and model.
select
    user_id,
    date,
    source,
    provider,
    model,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    reasoning_tokens,
    messages,
    cost_micros
from daily_breakdown
where user_id between $first_user and $last_user
order by user_id, date, source, provider, model;
