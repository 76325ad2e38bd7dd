"""How much a day can hold. Volume is an alarm, never a verdict: these rules ask a person to look."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from validator.change import Change
from validator.findings import Level
from validator.rules.money import MICROS, dollars
from validator.rules.rule import Remark, rule
from validator.submission import Contribution, Submission

NOTICE_SHARE = 0.8
"""Of a limit: above it, a notice."""
SHORTEST_DAY = dt.timedelta(hours=1)
"""A day that has only begun counts as this long: clocks are not exact."""


@dataclass(slots=True)
class _Totals:
    """What was used on one UTC day on all devices of the author."""

    tokens: int = 0
    output_tokens: int = 0
    cost_micros: int = 0

    def add(self, day: Contribution) -> None:
        self.tokens += day.total_tokens
        self.output_tokens += sum(row.output_tokens for row in day.usage)
        self.cost_micros += sum(row.cost_micros or 0 for row in day.usage)


@dataclass(slots=True)
class _Day:
    """One UTC day of the author with the change, and without it."""

    after: _Totals = field(default_factory=_Totals)
    before: _Totals = field(default_factory=_Totals)
    path: str = ""
    """The changed file with most tokens of the day, empty when the change brings none."""
    most: int = -1


def _days(change: Change) -> dict[str, _Day]:
    """Return the author's days by date, in the months that the change is compared with."""
    days: defaultdict[str, _Day] = defaultdict(_Day)
    for contribution in _contributions(change.folder.submissions.values()):
        days[contribution.date].before.add(contribution)
    for contribution in _contributions(change.after().values()):
        days[contribution.date].after.add(contribution)
    for each in change.submitted:
        for contribution in each.new.data.contributions:
            day = days[contribution.date]
            if contribution.total_tokens > day.most:
                day.path, day.most = each.path, contribution.total_tokens
    return dict(sorted(days.items()))


def _contributions(submissions: Iterable[Submission]) -> Iterator[Contribution]:
    for submission in submissions:
        yield from submission.data.contributions


@dataclass(frozen=True, slots=True)
class _Peak:
    """The highest of a file's days that stand out, and how many there are."""

    path: str
    date: str
    value: int
    days: int

    def others(self) -> str:
        return f" (the highest of {self.days:,} such days)" if self.days > 1 else ""


def _peaks(
    days: Mapping[str, _Day], measure: Callable[[_Totals], int], stands_out: Callable[[str, int], bool]
) -> list[_Peak]:
    """Return per changed file the highest of the days that stand out, sorted by path.

    Only days that the change raises count: what is on the board already was looked at when it came.
    """
    found: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for date, day in days.items():
        value = measure(day.after)
        if day.path and value > measure(day.before) and stands_out(date, value):
            found[day.path].append((value, date))
    highest = {path: max(values, key=lambda each: each[0]) for path, values in sorted(found.items())}
    return [_Peak(path, date, value, len(found[path])) for path, (value, date) in highest.items()]


def _near_or_above(change: Change, measure: Callable[[_Totals], int], limit: int) -> Iterator[tuple[Level, str, _Peak]]:
    """Yield a flag for each file with days above the limit, and a notice for each that only comes near it."""
    days = _days(change)
    above = _peaks(days, measure, lambda _, value: value > limit)
    flagged = {peak.path for peak in above}
    near = _peaks(days, measure, lambda _, value: value > limit * NOTICE_SHARE)
    yield from ((Level.FLAG, "above", peak) for peak in above)
    yield from ((Level.NOTICE, "near", peak) for peak in near if peak.path not in flagged)


@rule("daily-tokens", Level.FLAG, Level.NOTICE)
def daily_tokens(change: Change) -> Iterator[Remark]:
    """Look at very many tokens on one day.

    Looks at: the tokens of each UTC day of the author, all devices together, against `daily_tokens` of the policy.
    Above 80 % of it there is a notice.

    Why: Few people reach such numbers, and mistakes and made-up numbers often do.

    What to do: Say on the pull request what ran on that day. A maintainer looks at it, and what was approved once
    passes later.

    Bad: 312,000,000 tokens on 2026-11-02, with a limit of 250,000,000.

    Good: 40,000,000 tokens on 2026-11-02.
    """
    limit = change.policy.daily_tokens
    for level, where, peak in _near_or_above(change, lambda day: day.tokens, limit):
        numbers = (("tokens", peak.value), ("limit", limit), ("days", peak.days))
        message = f"{peak.date} has {peak.value:,} tokens{peak.others()}, {where} the {limit:,} of a usual day."
        yield Remark(message, peak.path, numbers, level)


@rule("daily-cost", Level.FLAG, Level.NOTICE)
def daily_cost(change: Change) -> Iterator[Remark]:
    """Look at a very high cost of one day.

    Looks at: the cost that the author's devices calculated for each UTC day, all together, against `daily_cost_usd`
    of the policy. Above 80 % of it there is a notice.

    Why: As with tokens; expensive models reach this limit earlier.

    What to do: Say on the pull request what ran on that day. A maintainer looks at it, and what was approved once
    passes later.

    Bad: $6,200 on 2026-11-02, with a limit of $5,000.

    Good: $80 on 2026-11-02.
    """
    limit = change.policy.daily_cost_usd * MICROS
    for level, where, peak in _near_or_above(change, lambda day: day.cost_micros, limit):
        numbers = (("costMicros", peak.value), ("limitMicros", limit), ("days", peak.days))
        message = (
            f"{peak.date} costs {dollars(peak.value)}{peak.others()}, {where} the {dollars(limit)} of a usual day."
        )
        yield Remark(message, peak.path, numbers, level)


@rule("daily-mean", Level.FLAG)
def daily_mean(change: Change) -> Iterator[Remark]:
    """Look at a day far above the author's others.

    Looks at: the tokens of each UTC day of the author, against `mean_factor` times the mean of their other active days
    in the months of the change and the three before. Days up to `mean_floor_tokens` of the policy are left alone, and
    an author's only day is.

    Why: A single day out of all proportion is mostly a counting mistake, such as a session counted again and again.

    What to do: Say on the pull request what ran on that day.

    Bad: 200,000,000 tokens on one day by somebody who uses 5,000,000 on others.

    Good: 30,000,000 tokens on one day by somebody who uses 5,000,000 on others.
    """
    days = _days(change)
    active = {date: day.after.tokens for date, day in days.items() if day.after.tokens > 0}
    total, factor = sum(active.values()), change.policy.mean_factor

    def stands_out(date: str, tokens: int) -> bool:
        floor, others = change.policy.mean_floor_tokens, len(active) - 1
        return tokens > floor and tokens * others > factor * (total - active[date])

    for peak in _peaks(days, lambda day: day.tokens, stands_out):
        mean = (total - peak.value) // (len(active) - 1)
        numbers = (("tokens", peak.value), ("mean", mean), ("days", peak.days))
        message = f"{peak.date} has {peak.value:,} tokens{peak.others()}; the mean of the other days is {mean:,}."
        yield Remark(message, peak.path, numbers)


@rule("output-rate", Level.FLAG)
def output_rate(change: Change) -> Iterator[Remark]:
    """Look at more output than can be generated.

    Looks at: the output tokens of each UTC day of the author, all devices together, against
    `output_tokens_per_second` of the policy for every second of the day. Of today only the hours gone by count.

    Why: A model writes some hundred tokens a second. Beyond many agents working day and night there is only a mistake.

    What to do: Say on the pull request how many agents ran at once.

    Bad: 200,000,000 output tokens on one day, which is 2,314 a second.

    Good: 2,000,000 output tokens on one day.
    """
    rate = change.policy.output_tokens_per_second

    def possible(date: str) -> int:
        start = dt.datetime.combine(dt.date.fromisoformat(date), dt.time(), dt.UTC)
        length = min(max(change.now - start, SHORTEST_DAY), dt.timedelta(days=1))
        return rate * int(length.total_seconds())

    for peak in _peaks(_days(change), lambda day: day.output_tokens, lambda date, tokens: tokens > possible(date)):
        numbers = (("outputTokens", peak.value), ("possible", possible(peak.date)), ("days", peak.days))
        message = f"{peak.date} has {peak.value:,} output tokens{peak.others()}; {numbers[1][1]:,} are thinkable."
        yield Remark(message, peak.path, numbers)
