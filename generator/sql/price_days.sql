-- One row per provider, model and day that needs a price, with its largest average request in tokens.
select
    series.provider,
    series.model,
    usage.date,
    max(case when usage.messages > 0 then usage.input_tokens // usage.messages else 0 end) as largest_request
from usage
inner join series using (series)
group by series.provider, series.model, usage.date
order by series.provider, series.model, usage.date;
