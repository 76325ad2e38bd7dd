"""GitHub's rate limits: so many requests an hour for a token, so many writes a minute for an account."""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.github.exchange import Json, Refusal
from tests.github.state import Token

HOUR = 3600.0
ANONYMOUS_LIMIT = 60
"""Requests an hour without a token."""


@dataclass
class Window:
    """What a token used of its hour."""

    limit: int
    reset: float
    used: int = 0

    def headers(self) -> dict[str, str]:
        """The window as the headers every answer carries."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": str(int(self.reset)),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Resource": "core",
        }

    def view(self) -> Json:
        """The window as `GET /rate_limit` shows it."""
        left = max(0, self.limit - self.used)
        return {"limit": self.limit, "used": self.used, "remaining": left, "reset": int(self.reset), "resource": "core"}


@dataclass
class Limits:
    """Windows by token. Git objects are not counted as content: the documentation leaves open what is, and one commit
    needs many of them.
    """

    now: Callable[[], float]
    content_per_minute: int
    windows: dict[str, Window] = field(default_factory=dict)
    _writes: dict[int, deque[float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def window(self, token: Token | None) -> Window:
        """Return the present hour of a token, or of the anonymous."""
        key = token.value if token else ""
        with self._lock:
            window = self.windows.get(key)
            if window is None or window.reset <= self.now():
                window = Window(token.limit if token else ANONYMOUS_LIMIT, self.now() + HOUR)
                self.windows[key] = window
            return window

    def count(self, token: Token | None) -> Window:
        """Count a request. Raises Refusal 403 when the hour is used up."""
        window = self.window(token)
        with self._lock:
            if window.used < window.limit:
                window.used += 1
                return window
        raise exhausted(token, window)

    def count_content(self, token: Token, method: str, path: str) -> None:
        """Count a write. Raises Refusal 403 with `retry-after` for more than the allowed in a minute."""
        if method == "GET" or "/git/blobs" in path or "/git/trees" in path or "/git/commits" in path:
            return
        with self._lock:
            writes = self._writes.setdefault(token.user.id, deque())
            now = self.now()
            while writes and writes[0] <= now - 60:
                writes.popleft()
            if len(writes) >= self.content_per_minute:
                raise secondary(int(writes[0] + 60 - now) + 1)
            writes.append(now)


def exhausted(token: Token | None, window: Window) -> Refusal:
    """Return the answer once an hour's requests are used up."""
    who = f"user ID {token.user.id}" if token else "127.0.0.1"
    headers = window.headers() | {"X-RateLimit-Remaining": "0"}
    return Refusal(403, f"API rate limit exceeded for {who}.", headers=headers)


def secondary(seconds: int, status: int = 403) -> Refusal:
    """Return the answer to who writes too fast."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return Refusal(status, message, headers={"Retry-After": str(seconds)})
