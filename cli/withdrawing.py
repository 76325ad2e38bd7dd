"""From what somebody takes back to an open pull request: prepare what would be sent, then send just that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from cli.branches import WITHDRAW
from cli.github import GitHub, PullRequest, Viewer
from cli.holdings import Coming, Holdings, read_coming, read_holdings
from cli.leaving import Present, Scope, Withdrawal, withdrawal
from cli.proposal import Proposal, propose
from cli.settings import Settings
from cli.standing import changes_just, read_policy
from validator.store import parse_path, profile_path


@dataclass(frozen=True, slots=True)
class Leave:
    """What would be sent."""

    viewer: Viewer
    plan: Withdrawal
    closes: tuple[PullRequest, ...]
    """Open pull requests that would bring back what is taken back."""
    pull: PullRequest | None
    """The open withdrawal."""
    is_offered: bool
    """Whether that is just the plan already."""

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to take back."""
        return not self.plan.files and not self.closes

    @property
    def is_new(self) -> bool:
        """Whether there is anything to send."""
        return not self.is_nothing and not (self.is_offered and not self.closes)

    @property
    def months(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return each device and the months of it that go, both in order."""
        places = [place for path in self.plan.files if (place := parse_path(path)) and place.kind == "submission"]
        groups = groupby(places, key=lambda place: place.device)
        return [(device, tuple(place.period for place in group)) for device, group in groups]

    @property
    def ends_profile(self) -> bool:
        """Whether nothing of the user stays on the board."""
        path = profile_path(self.viewer.id)
        return path in self.plan.files and self.plan.files[path] is None


def prepare(settings: Settings, hub: GitHub, scope: Scope) -> Leave:
    """Plan what a scope changes; nothing is sent.

    Raises CliError when GitHub cannot be asked, or the profile, where it matters, is not what it must be.
    """
    viewer = hub.viewer()
    holdings, coming = read_holdings(settings, hub, viewer), read_coming(hub, viewer)
    limit = read_policy(hub, holdings.tip, holdings.blobs).files_per_change
    earlier = next((each for each in coming if each.pull.branch == WITHDRAW), None)
    closes = [each for each in coming if scope.covers(each)]
    staying = [each for each in coming if each is not earlier and each not in closes]
    plan = withdrawal(_present(holdings, scope, earlier, staying), scope, limit)
    if earlier and not plan.files:
        closes.append(earlier)
    return Leave(
        viewer,
        plan,
        tuple(each.pull for each in closes),
        earlier.pull if earlier else None,
        earlier is not None and changes_just(earlier.changes, plan.files),
    )


def _present(holdings: Holdings, scope: Scope, earlier: Coming | None, staying: Sequence[Coming]) -> Present:
    return Present(
        user_id=holdings.user_id,
        submissions=holdings.submissions(),
        profile=None if scope.is_everything else holdings.profile(),
        has_profile=profile_path(holdings.user_id) in holdings.files,
        offered=[profile for each in staying if (profile := holdings.offered_profile(each))],
        earlier=earlier.changes if earlier else {},
        earlier_profile=holdings.offered_profile(earlier) if earlier else None,
    )


def send(hub: GitHub, leave: Leave, now: datetime, tell: Callable[[str], None]) -> PullRequest | None:
    """Close what would bring it back, and open the pull request or update the open one; return it if there is one.

    May be killed at any moment and done again.
    """
    for pull in leave.closes:
        tell(f"Closing pull request {pull.number} …")
        hub.close(pull.number)
    return propose(hub, leave.viewer, proposal(leave, now), tell) if leave.plan.files else None


def proposal(leave: Leave, now: datetime) -> Proposal:
    """Return what is to be written; its title is that of all it takes back."""
    count = sum(len(periods) for _, periods in leave.months)
    what = "everything" if leave.ends_profile else f"{count:,} {'month' if count == 1 else 'months'}"
    title = f"Withdraw {what if count or leave.ends_profile else 'a device'} of {leave.viewer.login}"
    lines = [f"- `{device}`: {', '.join(periods)}" for device, periods in leave.months]
    if leave.ends_profile:
        lines.append("- the profile")
    body = "\n".join(["Takes back:", "", *(lines or ["- a device without submissions"])])
    return Proposal(WITHDRAW, title, body, title, leave.plan.files, now)
