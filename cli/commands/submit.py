"""`submit`: show what would be published, ask, sign, and open or update the pull request."""

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.commands.report import utc_day
from cli.sources import SOURCES

if TYPE_CHECKING:
    from cli.github import GitHub, PullRequest
    from cli.selection import Selection
    from cli.settings import Settings
    from cli.submitting import Offer
    from cli.verdicts import Answer

FLAGGED = 3
REJECTED = 4
NO_VERDICT = 5


@click.command()
@click.option("--dry-run", is_flag=True, help="Print the exact bytes of every file on stdout and send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--wait", is_flag=True, help="Wait for the board's verdict.")
@click.option("--force", is_flag=True, help="Let published days go down.")
@click.option("--since", type=utc_day, help="First UTC day, included; what lies before stays as it is published.")
@click.option("--until", type=utc_day, help="Last UTC day, included; what lies after stays as it is published.")
@click.option(
    "--source",
    "sources",
    type=click.Choice([source.name for source in SOURCES]),
    multiple=True,
    help="Only this agent (can be repeated); others stay as they are published.",
)
@click.option(
    "--sign-with",
    type=click.Path(path_type=Path),
    metavar="KEY",
    help="Sign with an SSH key of yours, now and from now on: a private key, or the .pub of a key in an agent.",
)
@click.option("--to", metavar="OWNER/NAME", help="The board; default: the one this was installed from.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def submit(
    *,
    dry_run: bool,
    yes: bool,
    wait: bool,
    force: bool,
    since: dt.date | None,
    until: dt.date | None,
    sources: tuple[str, ...],
    sign_with: Path | None,
    to: str | None,
    as_json: bool,
) -> int:
    """Publish your usage: one pull request, signed on this machine.

    Counts what is new, shows what would change on the board, and asks before anything is sent. Only numbers leave this
    machine: tokens by day, agent, provider and model; --dry-run shows every byte. Months that are published as they
    are stay out, an open pull request is updated, and running it twice does nothing the second time; if it was
    interrupted, run it again.

    With --since, --until or --source all else stays as it is published or offered: nothing is lost by asking for less.
    Without --since it begins with the first whole month of the last 365 days, which one pull request may cover at most
    (a board may set another number).

    This machine signs with a key that it made for itself, or, with --sign-with, by `ssh-keygen` with one of yours.
    Choose before its first submission: a device cannot change its key. Your profile says so if GitHub lists the key
    among your signing keys.

    The address of the pull request is printed on stdout, all else on stderr.

    Exit codes: 0 done (offered, or nothing is new; with --wait: merged), 1 failed or not confirmed, 2 wrong usage;
    with --wait also 3 flagged (a maintainer looks at it first), 4 rejected or closed, 5 no verdict yet.
    """
    from cli.github import connect
    from cli.locks import alone
    from cli.selection import Selection
    from cli.settings import Settings, private_folder

    if since and until and since > until:
        raise click.BadParameter(f"{since} is later than {until}.", param_hint="--since")
    selection = Selection(since, until, frozenset(sources) or None)
    settings = Settings.load()
    hub = connect(settings, to)
    with alone(private_folder(settings.data_dir) / "submit.lock", _say_waiting):
        offer = _prepare(settings, hub, selection, sign_with)
        if dry_run:
            _print_bytes(offer, as_json=as_json)
            return 0
        pull = offer.standing.pull if not offer.is_new else _send(hub, offer, force=force, yes=yes)
    if not as_json:
        _print_address(offer, pull, waits=wait)
    answer = _wait(hub, pull) if wait and pull else None
    if as_json:
        click.echo(json.dumps({**_fields(offer), **_outcome(pull, answer)}, indent=2))
    elif answer:
        _print_answer(answer)
    return _exit_code(answer)


def _say_waiting() -> None:
    click.echo("Another submit is running; waiting for it to finish …", err=True)


def _prepare(settings: "Settings", hub: "GitHub", selection: "Selection", sign_with: Path | None) -> "Offer":
    """Count, plan, and show on stderr what would be sent."""
    from cli.counting import counted
    from cli.offer_table import print_offer
    from cli.steps import steps
    from cli.submitting import prepare

    with counted(settings) as (ledger, _):
        usage = ledger.usage()
    with steps() as tell:
        offer = prepare(settings, hub, usage, selection, tell, sign_with=sign_with)
    print_offer(offer)
    return offer


def _send(hub: "GitHub", offer: "Offer", *, force: bool, yes: bool) -> "PullRequest":
    """Send the offer once the user agrees. Raises CliError when it may not be sent."""
    from cli import CliError
    from cli.consent import agree
    from cli.steps import steps
    from cli.submitting import send

    if offer.plan.lowered and not force:
        days = f"{len(offer.plan.lowered):,} published {'day' if len(offer.plan.lowered) == 1 else 'days'}"
        raise CliError(
            f"{days} would go down, the first {offer.plan.lowered[0]}: nothing was sent.",
            "If the published numbers were too high, use --force. If logs or the ledger were lost, leave these days "
            "out with --since or --until.",
        )
    if not yes:
        agree(f"Submit this to {hub.board.full_name} as @{offer.viewer.login}?")
    with steps() as tell:
        return send(hub, offer, tell)


def _wait(hub: "GitHub", pull: "PullRequest") -> "Answer":
    from cli.steps import steps
    from cli.verdicts import follow

    with steps() as tell:
        tell("Waiting for the verdict (Ctrl-C ends only the waiting) …")
        return follow(hub, pull.number)


def _print_bytes(offer: "Offer", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**_fields(offer), "contents": _contents(offer)}, indent=2))
        return
    if not offer.plan.files:
        click.echo("Nothing is new.", err=True)
    for path, content in offer.plan.files.items():
        click.echo(f"==> {path} <==")
        click.echo(content, nl=False)


def _contents(offer: "Offer") -> dict[str, str]:
    return {path: content.decode() for path, content in offer.plan.files.items()}


def _print_address(offer: "Offer", pull: "PullRequest | None", *, waits: bool) -> None:
    """Print the pull request's address on stdout, and on stderr what was done."""
    from cli.steps import say

    if not offer.is_new:
        say(_nothing_new(offer))
    elif not waits:
        say("Offered. The board judges it now; `token-tracker status` shows what it says.")
    if pull:
        click.echo(pull.url)


def _print_answer(answer: "Answer") -> None:
    from cli.steps import say
    from cli.verdicts import sentences

    for sentence in sentences(answer):
        say(sentence)


def _nothing_new(offer: "Offer") -> str:
    pull = offer.standing.pull
    if offer.plan.files and pull:
        return f"Already offered in {pull.url}; nothing was sent."
    if pull:
        return f"All is published already, so {pull.url} is no longer needed: close it."
    if offer.standing.months:
        return "Nothing is new: all is published already."
    return "No usage was found to submit. `token-tracker doctor` shows where it was looked for."


def _fields(offer: "Offer") -> dict[str, object]:
    return {
        "user": {"id": offer.viewer.id, "login": offer.viewer.login},
        "device": offer.device,
        "new": offer.is_new,
        "months": [
            {
                "month": it.submission.period,
                "revision": it.submission.revision,
                "days": it.submission.data.summary.active_days,
                "totalTokens": it.submission.data.summary.total_tokens,
                "costMicros": it.submission.data.summary.total_cost_micros,
                "publishedTokens": it.published.data.summary.total_tokens if it.published else None,
                "offered": it.is_offered,
            }
            for it in offer.plan.months
        ],
        "files": [{"path": path, "bytes": len(content)} for path, content in offer.plan.files.items()],
        "loweredDays": list(offer.plan.lowered),
        "waitingMonths": list(offer.plan.waiting),
        "olderMonths": list(offer.older),
    }


def _outcome(pull: "PullRequest | None", answer: "Answer | None") -> dict[str, object]:
    return {
        "pullRequest": pull.fields() if pull else None,
        "verdict": {"state": answer.state, "reasons": list(answer.codes)} if answer else None,
    }


def _exit_code(answer: "Answer | None") -> int:
    from cli.verdicts import State

    if answer is None or answer.state is State.MERGED:
        return 0
    if answer.state in {State.FLAGGED, State.LEFT_ALONE}:
        return FLAGGED
    return NO_VERDICT if not answer.is_final else REJECTED
