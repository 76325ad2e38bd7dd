"""From this machine's usage to an open pull request: prepare what would be sent, then send just that."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cli import CliError, answers
from cli.blobs import Blobs
from cli.claims import lowered
from cli.device import Device, load_or_create, remember
from cli.github import GitHub, PullRequest, Viewer
from cli.own_key import OwnKey, read_own_key
from cli.proposal import Proposal, propose
from cli.publish import Month, Plan, plan
from cli.selection import Selection, first_day, older_months
from cli.settings import Settings, private_folder
from cli.sign_with import device_signing_with
from cli.standing import Standing, branch_of, read_policy, read_standing
from cli.usage import Usage, month
from validator.submission import User

CLOCK_TOLERANCE = dt.timedelta(hours=1)
"""How far ahead of GitHub's this computer's clock may be: the board refuses what was made later."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Offer:
    """What would be sent, and to what it would be added."""

    viewer: Viewer
    device: str
    standing: Standing
    plan: Plan
    since: dt.date | None
    """The first day that was looked at, when nobody asked for one."""
    older: tuple[str, ...]
    """Months before `since` that were never published."""
    days: int
    """How many days one change may cover."""
    now: dt.datetime
    is_offered: bool = False
    """Whether the open pull request is just this already."""

    @property
    def is_new(self) -> bool:
        """Whether there is anything to send."""
        return bool(self.plan.files) and not self.is_offered


def prepare(
    settings: Settings,
    hub: GitHub,
    usage: Sequence[Usage],
    selection: Selection,
    tell: Tell,
    *,
    sign_with: Path | None = None,
) -> Offer:
    """Plan and sign what the usage of this machine adds to the board; nothing is sent.

    With `sign_with` the key of that file signs, and does so from then on. Raises CliError when GitHub cannot be asked,
    this computer's clock is wrong, or the usage cannot be published or signed.
    """
    now, key = settings.now(), read_own_key(sign_with) if sign_with else None
    tell("Asking GitHub who you are …")
    viewer = hub.viewer()
    _check_clock(hub, now)
    tell("Reading what is published and what is offered …")
    device, tip = _device(settings, hub, viewer, key), hub.tip()
    blobs = Blobs(private_folder(settings.data_dir) / "blobs", hub.content)
    days = read_policy(hub, tip, blobs).days_per_change
    since = None if selection.since else first_day(now.date(), days)
    selection = replace(selection, since=selection.since or since)
    periods = {month(row) for row in usage if selection.takes(row)}
    standing = read_standing(hub, viewer, device.id, tip=tip, periods=periods, blobs=blobs)
    if isinstance(device.key, OwnKey):
        tell("")  # the passphrase may be asked for
    planned = plan(
        usage,
        User(id=viewer.id, login=viewer.login),
        viewer.name,
        device,
        published=standing.published,
        now=now,
        offered=standing.offered,
        selection=selection,
        days=days,
    )
    if key and planned.months:
        remember(settings.config_dir, device)
    known = {*standing.months, *standing.offered.submissions}
    older = tuple(older_months(usage, since, known)) if since else ()
    offer = Offer(viewer, device.id, standing, planned, since, older, days, now)
    return replace(offer, is_offered=_is_offered(hub, offer))


def _device(settings: Settings, hub: GitHub, viewer: Viewer, key: OwnKey | None) -> Device:
    return device_signing_with(settings, hub, viewer, key) if key else load_or_create(settings.config_dir)


def _is_offered(hub: GitHub, offer: Offer) -> bool:
    """Tell whether the open pull request has the very bytes, and says of them what it should."""
    pull, wanted = offer.standing.pull, proposal(offer)
    if pull is None or pull.title != wanted.title or not offer.standing.offers(offer.plan):
        return False
    told = hub.api.get("your pull request", hub.place(f"/pulls/{pull.number}"), answers.Pull)
    return (told.body or "").replace("\r\n", "\n").strip() == wanted.body


def _check_clock(hub: GitHub, now: dt.datetime) -> None:
    ahead = -hub.clock_skew(now)
    if ahead > CLOCK_TOLERANCE:
        hours = f"{ahead / dt.timedelta(hours=1):,.1f}"
        raise CliError(
            f"This computer's clock is {hours} hours ahead of GitHub's, so the board would refuse what it signs.",
            "Set its date and time.",
        )


def send(hub: GitHub, offer: Offer, tell: Tell) -> PullRequest:
    """Open the pull request, or update the open one; return it. May be killed at any moment and done again."""
    return propose(hub, offer.viewer, proposal(offer), tell)


def proposal(offer: Offer) -> Proposal:
    """Return what is to be written: the same for the same plan, whenever it is made."""
    months = offer.plan.months
    title = (
        f"Usage of {offer.viewer.login}: {span([it.submission.period for it in months])}"
        if months
        else f"Profile of {offer.viewer.login}"
    )
    return Proposal(
        branch=branch_of(offer.device),
        title=title,
        body=_body(offer),
        message=title,
        files=offer.plan.files,
        when=max((_time(it) for it in months), default=offer.now),
    )


def _time(month: Month) -> dt.datetime:
    return dt.datetime.fromisoformat(month.submission.created_at)


def span(months: Sequence[str]) -> str:
    """Return `2026-11` or `2026-01 to 2026-11` for months in order, at least one."""
    return months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"


def _body(offer: Offer) -> str:
    """Return Markdown for whoever looks at the pull request; only numbers, days and the device's id are in it."""
    lines = [f"Counted and signed by the device `{offer.device}`."]
    if offer.plan.months:
        lines += ["", "| Month | Revision | Days | Tokens |", "|---|--:|--:|--:|"]
    for it in offer.plan.months:
        summary = it.submission.data.summary
        days, tokens = f"{summary.active_days:,}", f"{summary.total_tokens:,}"
        lines.append(f"| {it.submission.period} | {it.submission.revision:,} | {days} | {tokens} |")
    if falling := [day for it in offer.plan.months for day in lowered(it.published, it.submission)]:
        lines += ["", f"Published days that go down: {', '.join(falling)}."]
    return "\n".join(lines)
