-- One row per model that at least five users have used, and user who used it on the first day anybody did.
create table pioneers as
with
first_uses as (
    select user_id, model, min(date) as date
    from daily_breakdown
    inner join users using (user_id)
    group by user_id, model
),

models as (
    select model, min(date) as date
    from first_uses
    group by model
    having count(*) >= 5
)

select
    user_id,    -- GitHub's id
    model,      -- what its provider calls it
    date        -- UTC day
from first_uses
inner join models using (model, date)
order by user_id, date, model;
