"""Whether the numbers can be true. Volume is an alarm, never a verdict: these rules ask a person to look."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from validator import prices
from validator.change import Change
from validator.findings import Level
from validator.rules.rule import Remark, rule
from validator.submission import Contribution, Submission, UsageRow

MICROS = 1_000_000
"""Micro-dollars in a dollar."""
NOTICE_SHARE = 0.8
"""Of a limit: above it, a notice."""
COST_SLACK_MICROS = MICROS
"""Differences in cost up to a dollar are not worth a look, whatever their proportion."""
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
            f"{peak.date} costs {_dollars(peak.value)}{peak.others()}, {where} the {_dollars(limit)} of a usual day."
        )
        yield Remark(message, peak.path, numbers, level)


def _dollars(micros: int) -> str:
    return f"${micros // MICROS:,}.{micros % MICROS // 10_000:02}"


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


@rule("cache-reads", Level.FLAG, Level.NOTICE)
def cache_reads(change: Change) -> Iterator[Remark]:
    """Look at a high share of cache reads.

    Looks at: the share of a month's input tokens that was read from a cache, against `cache_read_flag` and
    `cache_read_notice` of the policy.

    Why: Cache reads are cheap and easily counted twice. Real months of Claude Code have 91 to 98 %, so that a high
    share is only mentioned, and looked at when hardly any input was new.

    What to do: Say on the pull request which agent it is and how it was used.

    Bad: 99.9 % of a month's input.

    Good: 93 % of a month's input.
    """
    for each in change.submitted:
        summary = each.new.data.summary
        read, given = summary.cache_read_tokens, summary.input_tokens
        if given <= 0 or read <= given * change.policy.cache_read_notice:
            continue
        level = Level.FLAG if read > given * change.policy.cache_read_flag else Level.NOTICE
        share = f"{read * 10_000 // given / 100:.2f} %"
        numbers = (("cacheReadTokens", read), ("inputTokens", given))
        yield Remark(
            f"{share} of the month's {given:,} input tokens were read from a cache.", each.path, numbers, level
        )


@rule("round-total", Level.FLAG)
def round_total(change: Change) -> Iterator[Remark]:
    """Look at a month with a round total.

    Looks at: whether a month's total is a multiple of `round_total` of the policy.

    Why: Of a million honest months one is a whole number of millions. Numbers that somebody made up often are.

    What to do: Say on the pull request that the number is a coincidence; a maintainer lets it pass.

    Bad: 50,000,000 tokens in a month.

    Good: 50,000,001 tokens in a month.
    """
    step = change.policy.round_total
    for each in change.submitted:
        total = each.new.data.summary.total_tokens
        if step and total > 0 and total % step == 0:
            yield Remark(f"The month has exactly {total:,} tokens.", each.path, (("tokens", total), ("step", step)))


def _priced(row: UsageRow, date: str) -> int | None:
    """Return what a row costs by the price table, in micro-dollars, or None when nobody prices the model."""
    return prices.cost_micros(
        row.provider,
        row.model,
        dt.date.fromisoformat(date),
        input_tokens=row.input_tokens,
        output_tokens=row.output_tokens,
        cache_read_tokens=row.cache_read_tokens,
        cache_creation_tokens=row.cache_creation_tokens,
        messages=row.messages,
    )


@rule("cost", Level.FLAG)
def cost(change: Change) -> Iterator[Remark]:
    """Look at a cost far from the price table.

    Looks at: the cost of a month, of those rows that both the submission and the board's price table price: more
    than `cost_factor` of the policy times the table's or the other way round, and by more than a dollar.

    Why: The board calculates all costs itself, so a wrong one does no harm; but it shows that the submission was not
    made by the command, or that model or tokens are not what they say.

    What to do: Update token-tracker, for newer prices, and run `token-tracker submit` again.

    Bad: $900 for tokens that the table prices at $300.

    Good: $310 for tokens that the table prices at $300.
    """
    factor = change.policy.cost_factor
    for each in change.submitted:
        rows = [(row, day.date) for day in each.new.data.contributions for row in day.usage]
        pairs = [(row.cost_micros, _priced(row, date)) for row, date in rows if row.cost_micros is not None]
        claimed = sum(micros for micros, table in pairs if table is not None)
        expected = sum(table for _, table in pairs if table is not None)
        apart = abs(claimed - expected)
        if apart > COST_SLACK_MICROS and max(claimed, expected) > factor * min(claimed, expected):
            numbers = (("differenceMicros", apart), ("costMicros", claimed), ("tableMicros", expected))
            message = f"The cost is {_dollars(claimed)}; by the price table it is {_dollars(expected)}."
            yield Remark(message, each.path, numbers)


@rule("unknown-model", Level.FLAG)
def unknown_model(change: Change) -> Iterator[Remark]:
    """Look at much usage of a model that nobody prices.

    Looks at: the tokens of a month with models that the board's price table does not know, against
    `unknown_model_tokens` of the policy.

    Why: A new or local model is welcome, and shown as unpriced. A large volume with an unknown name may be a misspelt
    or an invented one.

    What to do: Say on the pull request what model it is and who serves it.

    Bad: 80,000,000 tokens with `supermodel-9000`.

    Good: 200,000 tokens with a model that came out yesterday.
    """
    limit = change.policy.unknown_model_tokens
    for each in change.submitted:
        unknown: defaultdict[str, int] = defaultdict(int)
        for day in each.new.data.contributions:
            for row in day.usage:
                if prices.rates(row.provider, row.model, dt.date.fromisoformat(day.date)) is None:
                    unknown[f"{row.provider}/{row.model}"] += row.total_tokens
        tokens = sum(unknown.values())
        if tokens > limit:
            most = max(sorted(unknown), key=lambda name: unknown[name])
            numbers = (("tokens", tokens), ("limit", limit))
            yield Remark(
                f"{tokens:,} tokens are of models without a price, most of them of {most}.", each.path, numbers
            )
