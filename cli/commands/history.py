"""`history`: what is published of you, per device and month."""

import json
from itertools import groupby
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.table import Table

    from cli.publication import Entry, Publication
    from cli.weblinks import WebLinks

SHORT = 10
"""Digits of a commit that are shown."""


@click.command()
@click.option("--to", metavar="OWNER/NAME", help="The board; default: the one this was installed from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def history(*, to: str | None, as_json: bool) -> None:
    """Show what is published of you, per device and month, and how it came to the board.

    In terminals that know links, months lead to their signed files, and pull requests and commits to GitHub; --json
    has every address.

    Exit codes: 0 done (also when nothing is published), 1 failed, 2 wrong usage.
    """
    from cli.boards import server_url
    from cli.device import device_id
    from cli.github import connect
    from cli.holdings import read_holdings
    from cli.publication import read_publication
    from cli.settings import Settings
    from cli.steps import steps
    from cli.weblinks import WebLinks

    settings = Settings.load()
    hub, device = connect(settings, to), device_id(settings.config_dir)
    with steps() as tell:
        tell("Reading what is published …")
        viewer = hub.viewer()
        found = read_publication(hub, read_holdings(settings, hub, viewer))
    links = WebLinks(server_url(settings), hub.board.full_name)
    if as_json:
        about = {"board": hub.board.full_name, "user": {"id": viewer.id, "login": viewer.login}}
        click.echo(json.dumps(about | _fields(found, links, device), indent=2))
    elif found.entries:
        _print(found, links, device)
    else:
        click.echo(f"Nothing of @{viewer.login} is published on {hub.board.full_name}.")


def _fields(found: "Publication", links: "WebLinks", device: str) -> dict[str, object]:
    return {
        "revision": found.tip,
        "thisDevice": device or None,
        "submissions": [_entry_fields(each, found.tip, links) for each in found.entries],
        "olderSubmissions": found.older,
    }


def _entry_fields(entry: "Entry", tip: str, links: "WebLinks") -> dict[str, object]:
    submission, review = entry.submission, entry.review
    summary = submission.data.summary
    return {
        "device": entry.place.device,
        "month": entry.place.period,
        "revision": submission.revision,
        "days": summary.active_days,
        "totalTokens": summary.total_tokens,
        "costMicros": summary.total_cost_micros,
        "createdAt": submission.created_at,
        "hash": submission.hash,
        "file": {"path": entry.path, "url": links.file(entry.path, tip)},
        "commit": {"id": entry.commit, "url": links.commit(entry.commit)} if entry.commit else None,
        "verdict": review.verdict if review else None,
        "findings": list(review.findings) if review else [],
        "reviewer": review.reviewer if review else None,
        "mergedAt": review.time if review else None,
        "pullRequest": {"number": review.pull_request, "url": links.pull(review.pull_request)} if review else None,
    }


def _print(found: "Publication", links: "WebLinks", device: str) -> None:
    from rich.text import Text

    from cli import tables
    from generator import format as text

    console = tables.console()
    for of, entries in groupby(found.entries, key=lambda entry: entry.place.device):
        console.print(_table(of, list(entries), found.tip, links, is_this=of == device))
        console.print()
    folder = found.entries[0].path.rpartition("/")[0].rpartition("/")[0]
    console.print(Text(f"Files: {links.folder(folder)}"), soft_wrap=True)
    console.print(Text(f"Commits: {links.commits(folder)}"), soft_wrap=True)
    if found.older:
        console.print(f"Not shown: {text.plural(found.older, 'older submission')}.")


def _table(device: str, entries: "list[Entry]", tip: str, links: "WebLinks", *, is_this: bool) -> "Table":
    """Return a row for each month of a device, and one for their total."""
    from rich.text import Text

    from cli import tables

    table = tables.table(f"Device {device}{' (this machine)' if is_this else ''}", ["Month"], ["Days", "Tokens"])
    table.padding = (0, 1, 0, 0)
    table.add_column("Revision", justify="right", vertical="bottom")
    for heading in ("Verdict", "Merged", "Pull", "Commit"):
        table.add_column(heading, vertical="bottom", overflow="fold")
    for entry in entries:
        review, summary = entry.review, entry.submission.data.summary
        table.add_row(
            Text(entry.place.period, style=f"link {links.file(entry.path, tip)}"),
            f"{summary.active_days}",
            tables.tokens(summary.total_tokens),
            f"{entry.submission.revision:,}",
            _verdict(entry),
            review.time[:10] if review else "",
            Text(f"#{review.pull_request}", style=f"link {links.pull(review.pull_request)}") if review else "",
            Text(entry.commit[:SHORT], style=f"link {links.commit(entry.commit)}") if entry.commit else "",
        )
    summaries = [entry.submission.data.summary for entry in entries]
    days, tokens = sum(it.active_days for it in summaries), sum(it.total_tokens for it in summaries)
    table.add_section()
    table.add_row("Total", f"{days:,}", tables.tokens(tokens), style="bold")
    return table


def _verdict(entry: "Entry") -> str:
    if entry.review is None:
        return "unknown"
    return f"approved by {entry.review.reviewer}" if entry.review.reviewer else entry.review.verdict
