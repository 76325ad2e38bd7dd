"""Which function answers which operation: handlers are registered under the templates of the published description."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote

from tests.github.description import MULTI_SEGMENT
from tests.github.exchange import Request, Response
from tests.github.state import State

Handler: TypeAlias = Callable[[State, Request], Response]


@dataclass(frozen=True)
class Route:
    """One operation. `alone`: it runs under the lock of the repository's fork network."""

    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    alone: bool


ROUTES: list[Route] = []


def route(method: str, template: str, *, alone: bool = True) -> Callable[[Handler], Handler]:
    """Register a handler. Those that only add or read Git objects need not be alone."""

    def register(handler: Handler) -> Handler:
        parts = re.split(r"\{(\w+)\}", template)
        pattern = "".join(
            re.escape(part) if place % 2 == 0 else f"(?P<{part}>{'.+' if part in MULTI_SEGMENT else '[^/]+'})"
            for place, part in enumerate(parts)
        )
        ROUTES.append(Route(method, template, re.compile(pattern), handler, alone))
        ROUTES.sort(key=lambda each: -len(re.sub(r"\{\w+\}", "", each.template)))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """Return the operation that a path means, the most literal template first, and the decoded values in the path."""
    for each in ROUTES:
        match = each.pattern.fullmatch(path)
        if match and each.method == method:
            return each, {name: unquote(value) for name, value in match.groupdict().items()}
    return None
