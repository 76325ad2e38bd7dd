"""How it stands between this machine and the board at GitHub: token, scopes, clock, fork, open pull requests.

Asked within bounds of time, and as far as it goes: without a token or a network it says so and ends.
"""

import datetime as dt
from dataclasses import dataclass, replace
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING

from cli import CliError
from cli.account import Token, find_token
from cli.settings import Settings

if TYPE_CHECKING:
    from cli.github import ForkState, PullRequest
    from cli.identity import Identity

BOARD_SECONDS = 15.0
"""How long the board is asked about, at most."""
CLOCK_TOLERANCE = dt.timedelta(minutes=5)
_FORKS = {"board": "not needed: you may write to the board itself", "none": "none yet: the first submit makes it"}


@dataclass(frozen=True, slots=True)
class Connection:
    """What is known; None or empty is what could not be asked, and `trouble` says why."""

    token: Token | None = None
    identity: "Identity | None" = None
    fork: "ForkState | None" = None
    pulls: "tuple[PullRequest, ...] | None" = None
    trouble: str = ""
    is_passing: bool = False
    """Whether the trouble may be gone the next time, without anybody's doing."""

    def needs(self) -> list[str]:
        """Say what needs attention: what would keep a submission from the board."""
        needs = [self.trouble] if self.trouble and not self.is_passing else []
        if self.token and self.identity:
            from cli.identity import shortcoming

            needs += [" ".join(short) for short in [shortcoming(self.token, self.identity)] if short]
            skew = self.identity.clock_skew
            if skew is not None and abs(skew) > CLOCK_TOLERANCE:
                needs.append(f"This machine's clock is {_apart(skew)} GitHub's. Set its date and time.")
        return needs


def examine(settings: Settings) -> Connection:
    """Ask GitHub, for half a minute at most. Never raises CliError: trouble is a part of the answer."""
    from cli.identity import identify
    from cli.web import Unreachable

    known = Connection()
    try:
        known = replace(known, token=find_token(settings))
        if known.token is None:
            return known
        known = replace(known, identity=identify(settings, known.token))
        fork, pulls = _within(BOARD_SECONDS, settings)
    except Unreachable as error:
        return replace(known, trouble=str(error), is_passing=True)
    except CliError as error:
        return replace(known, trouble=str(error))
    return replace(known, fork=fork, pulls=pulls)


def _within(seconds: float, settings: Settings) -> "tuple[ForkState, tuple[PullRequest, ...]]":
    """Ask about the board in a thread that nobody waits for when it takes too long."""
    from cli.web import Unreachable

    answers: Queue[tuple[ForkState, tuple[PullRequest, ...]] | Exception] = Queue()

    def ask() -> None:
        try:
            answers.put(_board(settings))
        except Exception as error:  # it is raised again where somebody sees it
            answers.put(error)

    Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except Empty:
        raise Unreachable(f"GitHub took longer than {seconds:.0f} s about the board.", "Try again later.") from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _board(settings: Settings) -> "tuple[ForkState, tuple[PullRequest, ...]]":
    from cli.github import connect

    hub = connect(settings, None, lambda _: None)
    viewer = hub.viewer()
    return hub.fork_state(viewer), tuple(hub.pulls(viewer, state="open"))


def connection_fields(known: Connection) -> dict[str, object]:
    """Return how it stands as --json tells it; seconds, and null for what is not known."""
    identity, skew = known.identity, known.identity.clock_skew if known.identity else None
    return {
        "token": {"origin": known.token.origin.value, "name": known.token.name} if known.token else None,
        "login": identity.login if identity else None,
        "scopes": sorted(identity.scopes) if identity and identity.scopes is not None else None,
        "expiresOn": identity.expires_on if identity else None,
        "clockSkewSeconds": round(skew.total_seconds()) if skew is not None else None,
        "fork": {"kind": known.fork.kind, "repository": known.fork.repository} if known.fork else None,
        "openPullRequests": [{"number": pull.number, "url": pull.url} for pull in known.pulls]
        if known.pulls is not None
        else None,
        "trouble": known.trouble or None,
    }


def connection_lines(known: Connection) -> list[tuple[str, str]]:
    """Return what to say: what it is about, and the text."""
    if known.token is None:
        nothing = "none: only needed to submit. Run `token-tracker login`."
        return [("token", f"not usable: {known.trouble}" if known.trouble else nothing)]
    lines = [("token", f"of {known.token.name}")]
    if identity := known.identity:
        from cli.identity import spoken_scopes

        ends = f", ends on {identity.expires_on}" if identity.expires_on else ""
        lines[0] = ("token", f"of {known.token.name}, @{identity.login}{ends}")
        lines.append(("scopes", spoken_scopes(identity)))
        if identity.clock_skew is not None:
            lines.append(("clock", f"{_apart(identity.clock_skew)} GitHub's"))
    if known.fork:
        lines.append(("fork", known.fork.repository if known.fork.kind == "fork" else _FORKS[known.fork.kind]))
    if known.pulls is not None:
        open_ones = [(f"{pull.url} ({pull.title})") for pull in known.pulls]
        lines += [("open" if number == 0 else "", it) for number, it in enumerate(open_ones or ["no pull request"])]
    if known.trouble:
        lines.append(("not asked", known.trouble))
    return lines


def _apart(skew: dt.timedelta) -> str:
    """Return how this machine's clock differs from GitHub's, which is `skew` ahead: `2 min behind`."""
    seconds = round(abs(skew).total_seconds())
    if seconds < 60:
        return f"{seconds} s from" if seconds > 1 else "the same as"
    minutes, hours = seconds // 60, seconds // 3600
    told = f"{minutes:,} min" if minutes < 180 else f"{hours:,} h"
    return f"{told} {'behind' if skew > dt.timedelta(0) else 'ahead of'}"
