"""Whether the numbers can be true. What these rules find may well be: they ask a person to look."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from validator import prices
from validator.change import Change
from validator.findings import Level
from validator.rules.money import MICROS, dollars
from validator.rules.rule import Remark, rule
from validator.submission import UsageRow

COST_SLACK_MICROS = MICROS
"""Differences in cost up to a dollar are not worth a look, whatever their proportion."""


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
            message = f"The cost is {dollars(claimed)}; by the price table it is {dollars(expected)}."
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
