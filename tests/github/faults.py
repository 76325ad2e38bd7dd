"""Faults on demand: what goes wrong, at which request, how often."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal, TypeAlias

from tests.github.exchange import Refusal
from tests.github.limits import secondary

Fault: TypeAlias = Literal[
    "delay",
    "drop before",
    "drop after",
    "500",
    "502",
    "403 retry-after",
    "429",
    "401",
    "rate limit",
    "single sign-on",
    "head moved",
    "base moved",
    "none",
]
"""`drop before`: the connection ends and nothing was done; `drop after`: all was done and the answer is lost;
`head moved`: somebody pushes to the branch that the request is about, just before; `none`: only the action runs.
"""


@dataclass
class Planned:
    """A fault waiting for its request. `action` runs at that very moment (to end a process, to change something)."""

    method: str
    pattern: str
    fault: Fault
    times: int
    seconds: float
    action: Callable[[], None] | None


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        """Begin with none."""
        self._planned: list[Planned] = []
        self._lock = threading.Lock()

    def plan(self, planned: Planned) -> None:
        """Add a fault."""
        with self._lock:
            self._planned.append(planned)

    def take(self, method: str, path: str) -> Planned | None:
        """Return the oldest fault that is meant for this request and count it as used."""
        with self._lock:
            for each in self._planned:
                if each.method in ("*", method) and fnmatchcase(path, each.pattern):
                    each.times -= 1
                    if each.times == 0:
                        self._planned.remove(each)
                    return each
        return None

    @property
    def pending(self) -> list[str]:
        """The faults that no request met yet: a test that expects none left can say so."""
        return [f"{each.method} {each.pattern}: {each.fault}" for each in self._planned]


def refusal_for(fault: Fault, seconds: float) -> Refusal | None:
    """Return the answer that a fault is, or None when it is something else than an answer."""
    answers = {
        "500": Refusal(500, "Server Error"),
        "502": Refusal(502, "Server Error"),
        "403 retry-after": secondary(int(seconds)),
        "429": secondary(int(seconds), 429),
        "401": Refusal(401, "Bad credentials"),
        "base moved": Refusal(405, "Base branch was modified. Review and try the merge again."),
        "single sign-on": Refusal(
            403,
            "Resource protected by organization SAML enforcement. You must grant your Personal Access token access to "
            "this organization.",
            headers={"X-GitHub-SSO": "required; url=https://github.com/orgs/board/sso?authorization_request=demo"},
        ),
    }
    return answers.get(fault)
