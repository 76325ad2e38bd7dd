"""Which usage a submission is about. What lies outside stays as it stands: nothing is lost by asking for less."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from cli.usage import Usage, month
from validator.submission import Submission


@dataclass(frozen=True, slots=True)
class Selection:
    """Days (UTC, both included) and sources; None is no limit."""

    since: dt.date | None = None
    until: dt.date | None = None
    sources: frozenset[str] | None = None

    def takes(self, row: Usage) -> bool:
        """Tell whether a row of usage is selected."""
        return self.takes_source(row.source) and self._takes_day(row.day)

    def takes_source(self, source: str) -> bool:
        """Tell whether usage of a source can be selected."""
        return self.sources is None or source in self.sources

    def _takes_day(self, day: dt.date) -> bool:
        return (self.since or dt.date.min) <= day <= (self.until or dt.date.max)


def first_day(today: dt.date, days: int) -> dt.date:
    """Return where a submission without a first day begins: with the first whole month of the last so many days.

    Whole months let a pull request that waits grow with the present month. When no month has begun in that time, it is
    the first of these days.
    """
    earliest = today - dt.timedelta(days=days - 1)
    if earliest.day == 1:
        return earliest
    following = (earliest.replace(day=1) + dt.timedelta(days=31)).replace(day=1)
    return following if following <= today else earliest


def blended(usage: Iterable[Usage], selection: Selection, standing: Mapping[str, Submission]) -> list[Usage]:
    """Return the usage to be claimed: what is selected as it was counted, all else of these months as it stands.

    `standing` are submissions of this device by period. Months of which nothing is selected are left out.
    """
    selected = [row for row in usage if selection.takes(row)]
    months = sorted({month(row) for row in selected})
    kept = (row for period in months if period in standing for row in _rows(standing[period]))
    return [*selected, *(row for row in kept if not selection.takes(row))]


def older_months(usage: Iterable[Usage], since: dt.date, published: Collection[str]) -> list[str]:
    """Return the months (`YYYY-MM`) with usage before a day of which nothing is published, in order."""
    return sorted({month(row) for row in usage if row.day < since} - set(published))


def _rows(submission: Submission) -> Iterator[Usage]:
    for each in submission.data.contributions:
        for row in each.usage:
            yield Usage(
                day=dt.date.fromisoformat(each.date),
                source=row.source,
                provider=row.provider,
                model=row.model,
                input_tokens=row.input_tokens,
                output_tokens=row.output_tokens,
                cache_read_tokens=row.cache_read_tokens,
                cache_creation_tokens=row.cache_creation_tokens,
                reasoning_tokens=row.reasoning_tokens,
                messages=row.messages,
            )
