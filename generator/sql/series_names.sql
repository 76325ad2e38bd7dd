-- One row per source, provider and model that anybody used, with the number that stands for them.
select
    series,
    source,
    provider,
    model
from series
order by series;
