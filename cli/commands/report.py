"""`report`: usage summed in every way that is asked for."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

import click

from cli import usage as by
from cli.sources import SOURCES
from cli.usage import Session, Summary, Usage


def utc_day(value: str) -> dt.date:
    """Return a UTC day given as `YYYY-MM-DD`, or raise the usage error that says so."""
    with suppress(ValueError):
        day = dt.date.fromisoformat(value)
        if day.isoformat() == value:  # other forms are taken too
            return day
    raise click.BadParameter(f"{value!r} is not a day like 2026-11-22.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a report is limited to."""

    since: dt.date | None
    until: dt.date | None
    sources: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to sum usage: a subcommand."""

    heading: str
    label: Callable[[Usage], str]
    help: str

    @property
    def field(self) -> str:
        """The name of the label in JSON."""
        return self.heading.lower()


GROUPINGS = {
    "daily": Grouping("Day", by.day, "Usage of each UTC day."),
    "weekly": Grouping("Week", by.week, "Usage of each ISO week (Monday to Sunday, UTC)."),
    "monthly": Grouping("Month", by.month, "Usage of each calendar month (UTC)."),
    "models": Grouping("Model", attrgetter("model"), "Usage of each model."),
    "sources": Grouping("Source", attrgetter("source"), "Usage of each agent."),
}


@click.group()
def report() -> None:
    """Your usage by day, week, month, model, source or session.

    Logs are counted first. Days are UTC. Input includes what the cache read and wrote, output includes reasoning, and
    the total is both. A cost with a + lacks models whose price nobody knows.

    Exit codes: 0 done, 1 failed, 2 wrong usage.
    """


def _subcommand(name: str, text: str, run: Callable[[Limits, bool], None]) -> None:
    """Add a subcommand with the options that all reports have."""

    def callback(since: dt.date | None, until: dt.date | None, sources: tuple[str, ...], *, as_json: bool) -> None:
        if since and until and since > until:
            raise click.BadParameter(f"{since} is later than {until}.", param_hint="--since")
        run(Limits(since, until, sources or None), as_json)

    names = click.Choice([source.name for source in SOURCES])
    options: list[click.Parameter] = [
        click.Option(["--since"], type=utc_day, help="First UTC day, included."),
        click.Option(["--until"], type=utc_day, help="Last UTC day, included."),
        click.Option(["--source", "sources"], type=names, multiple=True, help="Only this agent (can be repeated)."),
        click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON array."),
    ]
    report.add_command(click.Command(name, callback=callback, params=options, help=text))


def _usage(limits: Limits) -> list[Usage]:
    from cli.counting import counted
    from cli.settings import Settings

    with counted(Settings.load()) as (ledger, _):
        return ledger.usage(limits.since, limits.until, limits.sources)


def _summaries(grouping: Grouping, limits: Limits, as_json: bool) -> None:
    from cli import tables

    rows = _usage(limits)
    summaries = by.grouped(rows, grouping.label)
    if as_json:
        tables.print_json({grouping.field: it.label, **_fields(it)} for it in summaries)
    else:
        named = [((it.label,), it) for it in summaries]
        table = tables.summary_table(f"Usage by {grouping.field}", [grouping.heading], named, by.summed("", rows))
        tables.console().print(table)


def _rows(limits: Limits, as_json: bool) -> None:
    from cli import tables

    rows = _usage(limits)
    if as_json:
        tables.print_json(_usage_fields(row) for row in rows)
    else:
        named = [((by.day(row), f"{row.source} {row.model}"), by.summed("", [row])) for row in rows]
        table = tables.summary_table("Usage", ["Day", "Source and model"], named, by.summed("", rows))
        tables.console().print(table)


def _sessions(limits: Limits, as_json: bool) -> None:
    from cli import tables
    from cli.counting import counted
    from cli.settings import Settings

    with counted(Settings.load()) as (ledger, _):
        sessions = ledger.sessions(limits.since, limits.until, limits.sources)
    if as_json:
        tables.print_json(_session_fields(session) for session in sessions)
        return
    named = [((_time(it.last_ms)[:10], it.source, it.session[:8]), by.summed("", it.usage)) for it in sessions]
    everything = by.summed("", (row for session in sessions for row in session.usage))
    table = tables.summary_table("Usage by session", ["Last day", "Source", "Session"], named, everything)
    tables.console().print(table)


def _usage_fields(row: Usage) -> dict[str, object]:
    summary = by.summed("", [row])
    fields = _fields(summary)
    del fields["unpricedTokens"]
    return {"date": row.day.isoformat(), "source": row.source, "provider": row.provider, "model": row.model, **fields}


def _session_fields(session: Session) -> dict[str, object]:
    return {
        "source": session.source,
        "session": session.session,
        "start": _time(session.first_ms),
        "end": _time(session.last_ms),
        "models": sorted({row.model for row in session.usage}),
        **_fields(by.summed("", session.usage)),
    }


def _fields(summary: Summary) -> dict[str, object]:
    return {
        "inputTokens": summary.input_tokens,
        "outputTokens": summary.output_tokens,
        "cacheReadTokens": summary.cache_read_tokens,
        "cacheCreationTokens": summary.cache_creation_tokens,
        "reasoningTokens": summary.reasoning_tokens,
        "totalTokens": summary.total_tokens,
        "messages": summary.messages,
        "costMicros": summary.known_cost_micros,
        "unpricedTokens": summary.unpriced_tokens,
    }


def _time(milliseconds: int) -> str:
    """Return a time in UTC to the second, as in RFC 3339."""
    return dt.datetime.fromtimestamp(milliseconds // 1000, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_subcommand("usage", "Usage of each UTC day, source, provider and model: how others check the counting.", _rows)
for _name, _grouping in GROUPINGS.items():
    _subcommand(_name, _grouping.help, partial(_summaries, _grouping))
_subcommand("sessions", "Usage of each session, the latest last.", _sessions)
