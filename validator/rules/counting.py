"""Whether the numbers add up: what can be checked by arithmetic alone."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from operator import attrgetter

from validator.change import Change
from validator.findings import Level
from validator.rules.rule import Remark, rule
from validator.submission import Data, Summary, UsageRow

CLOCK_SKEW = dt.timedelta(hours=1)
"""How far a computer's clock may be ahead."""
EASTERNMOST = dt.timedelta(hours=14)
"""The clocks furthest ahead of UTC, those of the Line Islands: no place has a later date than theirs."""


def _first(problems: Iterable[str], path: str) -> Iterator[Remark]:
    """Yield one remark on the first of a file's problems, saying how many there are."""
    found = list(problems)
    if found:
        more = f" ({len(found) - 1:,} more like it)" if len(found) > 1 else ""
        yield Remark(f"{found[0]}{more}.", path)


_ROW_NUMBERS = tuple(name for name in UsageRow.model_fields if name not in {"source", "provider", "model"})
_SUMMARY_NUMBERS = tuple(name for name, field in Summary.model_fields.items() if field.annotation is int)
_row_numbers = attrgetter(*_ROW_NUMBERS)
_row_key = attrgetter("source", "provider", "model")


def _rows(data: Data) -> Iterator[tuple[str, UsageRow]]:
    """Yield (day, row) for every usage row."""
    for day in data.contributions:
        for row in day.usage:
            yield day.date, row


def _where(date: str, row: UsageRow) -> str:
    return f"{date}, {row.source}, {row.provider}, {row.model}"


@rule("negative", Level.REJECT)
def negative(change: Change) -> Iterator[Remark]:
    """Count nothing below zero.

    Looks at: every number of every usage row, and of the summary.

    Why: Usage cannot be taken back. A negative row would hide others in the sum.

    What to do: Update token-tracker and run `token-tracker submit` again; please report which agent's logs gave it.

    Bad: `"outputTokens": -5`.

    Good: `"outputTokens": 0`.
    """
    for each in change.submitted:
        yield from _first(_negatives(each.new.data), each.path)


def _negatives(data: Data) -> Iterator[str]:
    for name, value in _below_zero(data.summary, _SUMMARY_NUMBERS):
        yield f"{_camel(name)} of the summary is {value:,}"
    numbers = chain.from_iterable(_row_numbers(row) for day in data.contributions for row in day.usage)
    if min(filter(None, numbers), default=0) < 0:  # looking only once which it is makes honest months fast
        for date, row in _rows(data):
            for name, value in _below_zero(row, _ROW_NUMBERS):
                yield f"{_camel(name)} of {_where(date, row)} is {value:,}"


def _below_zero(part: UsageRow | Summary, names: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    for name in names:
        value = getattr(part, name)
        if value is not None and value < 0:
            yield name, value


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


@rule("parts", Level.REJECT)
def parts(change: Change) -> Iterator[Remark]:
    """Fit parts into their whole.

    Looks at: each usage row: cache reads and cache creation are parts of the input, reasoning is a part of the output.

    Why: Vendors count differently: some report cached input beside the input, some inside it. A part larger than its
    whole means that something was counted wrongly.

    What to do: Update token-tracker and run `token-tracker submit` again; please report which agent's logs gave it.

    Bad: 100 input tokens, of which 90 were read from a cache and 20 written to one.

    Good: 110 input tokens, of which 90 were read from a cache and 20 written to one.
    """
    for each in change.submitted:
        yield from _first(
            (
                f"{problem} in {_where(date, row)}"
                for date, row in _rows(each.new.data)
                for problem in _too_large_parts(row)
            ),
            each.path,
        )


def _too_large_parts(row: UsageRow) -> Iterator[str]:
    cached = row.cache_read_tokens + row.cache_creation_tokens
    if cached > row.input_tokens:
        yield f"{cached:,} cached tokens are more than the {row.input_tokens:,} of input"
    if row.reasoning_tokens > row.output_tokens:
        yield f"{row.reasoning_tokens:,} reasoning tokens are more than the {row.output_tokens:,} of output"


@rule("token-sum", Level.REJECT)
def token_sum(change: Change) -> Iterator[Remark]:
    """Total input and output, nothing else.

    Looks at: `totalTokens` of the summary, which must be `inputTokens` plus `outputTokens`, exactly.

    Why: Cache and reasoning tokens are inside these two. A total of anything else counts some tokens twice.

    What to do: Update token-tracker and run `token-tracker submit` again.

    Bad: 100 input, of which 80 cached, and 10 output, with a total of 190.

    Good: 100 input, of which 80 cached, and 10 output, with a total of 110.
    """
    for each in change.submitted:
        summary = each.new.data.summary
        expected = summary.input_tokens + summary.output_tokens
        if summary.total_tokens != expected:
            numbers = (("total", summary.total_tokens), ("expected", expected))
            yield Remark(
                f"The total is {summary.total_tokens:,}; input and output are {expected:,}.", each.path, numbers
            )


@rule("summary", Level.REJECT)
def summary(change: Change) -> Iterator[Remark]:
    """Sum up the days exactly.

    Looks at: every field of the summary, calculated again from the usage rows.

    Why: People see the summary first when they read a change. It must not tell another story than the rows.

    What to do: Run `token-tracker submit` again; a submission cannot be edited by hand.

    Bad: `"activeDays": 30` above the usage of two days.

    Good: the summary that the command calculated.
    """
    for each in change.submitted:
        try:
            expected = Summary.of(each.new.data.contributions)
        except ValueError:
            yield Remark("The days add up to more than a summary can hold.", each.path)
            continue
        given = each.new.data.summary
        if given != expected:
            yield from _first(_other_sums(given, expected), each.path)


def _other_sums(given: Summary, expected: Summary) -> Iterator[str]:
    right = expected.model_dump(by_alias=True)
    for name, value in given.model_dump(by_alias=True).items():
        if value != right[name]:
            yield f"{name} is {_short(value)}, but the days make it {_short(right[name])}"


def _short(value: object) -> str:
    text = f"{value:,}" if isinstance(value, int) else str(value)
    return text if len(text) <= 100 else text[:100] + "…"


@rule("order", Level.REJECT)
def order(change: Change) -> Iterator[Remark]:
    """Sort days and rows, each once.

    Looks at: the order of the days, and of the rows of each day by source, provider and model.

    Why: The same usage must always be the same bytes, and two rows of the same kind could hide a double count.

    What to do: Run `token-tracker submit` again; a submission cannot be edited by hand.

    Bad: `2026-11-02` twice.

    Good: `2026-11-02`, then `2026-11-05`.
    """
    for each in change.submitted:
        days = each.new.data.contributions
        problems = list(_disorder([(day.date,) for day in days]))
        for day in days:
            problems += _disorder([_row_key(row) for row in day.usage], day.date)
        yield from _first(problems, each.path)


def _disorder(keys: Sequence[tuple[str, ...]], *within: str) -> Iterator[str]:
    for before, key in pairwise(keys):
        if key <= before:
            named = ", ".join((*within, *key))
            yield f"{named} appears twice" if key == before else f"{named} comes after {', '.join((*within, *before))}"


@rule("dates", Level.REJECT)
def dates(change: Change) -> Iterator[Remark]:
    """Keep days in the file's month.

    Looks at: every day, against the month in the path, and `dateRange` against the first and the last day.

    Why: A day outside its month would be counted in a month that another file holds already.

    What to do: Run `token-tracker submit` again. Days are those of UTC, whatever the computer's time zone.

    Bad: `2026-12-01` in `2026-11.json`.

    Good: `2026-11-30` in `2026-11.json`.
    """
    for each in change.submitted:
        data = each.new.data
        strangers = [day.date for day in data.contributions if day.date[:7] != each.place.period]
        yield from _first((f"{date} is not in {each.place.period}" for date in strangers), each.path)
        found = (min(day.date for day in data.contributions), max(day.date for day in data.contributions))
        if found != (data.date_range.start, data.date_range.end):
            given = f"{data.date_range.start} to {data.date_range.end}"
            yield Remark(f"The dateRange is {given}; the days go from {found[0]} to {found[1]}.", each.path)


@rule("range", Level.REJECT)
def days_per_change(change: Change) -> Iterator[Remark]:
    """Cover a year at most.

    Looks at: the days from the first to the last of all submissions of the change, against `days_per_change` of
    the policy.

    Why: What one change holds must be small enough to be looked at.

    What to do: Submit in parts, with `token-tracker submit --since … --until …`.

    Bad: 2025-01-01 to 2026-01-01, which is 366 days.

    Good: 2025-01-01 to 2025-12-31, which is 365 days.
    """
    found = [dt.date.fromisoformat(day.date) for each in change.submitted for day in each.new.data.contributions]
    limit = change.policy.days_per_change
    days = (max(found) - min(found)).days + 1 if found else 0
    if days > limit:
        numbers = (("days", days), ("limit", limit))
        yield Remark(
            f"The change covers {days:,} days, {min(found)} to {max(found)}; {limit:,} are allowed.", "", numbers
        )


@rule("future", Level.REJECT)
def future(change: Change) -> Iterator[Remark]:
    """Submit nothing from the future.

    Looks at: every day, which must have begun somewhere on Earth (the clocks furthest east are 14 hours ahead of UTC),
    and the time of creation, which may be one hour ahead.

    Why: Nobody has used tokens tomorrow. Somebody east of Greenwich may already have tomorrow's date, though, and a
    clock may be a little fast.

    What to do: Check the date and time of your computer, then run `token-tracker submit` again.

    Bad: a submission for 2026-11-22 when it is noon of 2026-11-20, UTC.

    Good: a submission for 2026-11-21 when it is noon of 2026-11-20, UTC, and tomorrow in Auckland.
    """
    last = (change.now + EASTERNMOST).date().isoformat()
    latest = (change.now + CLOCK_SKEW).strftime("%Y-%m-%dT%H:%M:%SZ")
    for each in change.submitted:
        late = [day.date for day in each.new.data.contributions if day.date > last]
        yield from _first((f"{date} has not begun anywhere" for date in late), each.path)
        if each.new.created_at > latest:
            yield Remark(f"It was created at {each.new.created_at}, which is in the future.", each.path)
