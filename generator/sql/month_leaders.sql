-- One row per UTC calendar month before $today's that has usage, of the last $most: who used most tokens, newest first.
with
months as (
    select
        date_trunc('month', date)::date as month,
        user_id,
        sum(tokens)::bigint as month_tokens
    from days
    where date < date_trunc('month', $today::date)
    group by month, user_id
),

leaders as (
    select *
    from months
    qualify row_number() over (partition by month order by month_tokens desc, user_id) = 1
)

select
    month,
    user_id,
    users.login,
    users.display_name,
    month_tokens
from leaders
inner join users using (user_id)
order by month desc
limit $most;
