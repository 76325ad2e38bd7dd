-- One row per user from $first_user to $last_user and active day.
select
    user_id,
    date,
    tokens,
    cost_micros,
    unpriced_tokens,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    reasoning_tokens,
    series_count
from days
where user_id between $first_user and $last_user
order by user_id, date;
