"""What happens at the stand-in GitHub and who is told: one thread calls the listeners, in the order of the events."""

import queue
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Event:
    """An event that would start a workflow: `pull_request_target`, `issue_comment`, `push`, `workflow_dispatch`, ….

    `payload` is what a workflow finds in the file at `GITHUB_EVENT_PATH`; `repository` is `owner/name`.
    """

    name: str
    action: str | None
    repository: str
    payload: dict[str, Any]


Listener: TypeAlias = Callable[[Event], None]


class Events:
    """Listeners and the queue in front of them. They run outside of every request, so they may make requests."""

    def __init__(self, failures: list[str]) -> None:
        """Report what listeners raise to `failures`."""
        self.listeners: list[Listener] = []
        self._failures = failures
        self._waiting: queue.Queue[Event | None] = queue.Queue()
        self._thread: threading.Thread | None = None

    def emit(self, event: Event) -> None:
        """Queue an event; returns at once."""
        self._waiting.put(event)

    def settle(self) -> None:
        """Wait until every event was heard, those included that listeners cause."""
        self._waiting.join()

    def start(self) -> None:
        """Begin to call the listeners."""
        self._thread = threading.Thread(target=self._run, name="github-events", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Call the listeners for what is still queued, then end."""
        self._waiting.put(None)
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while True:
            event = self._waiting.get()
            try:
                if event is None:
                    return
                for listener in list(self.listeners):
                    self._tell(listener, event)
            finally:
                self._waiting.task_done()

    def _tell(self, listener: Listener, event: Event) -> None:
        try:
            listener(event)
        except Exception:  # what a listener raises is the test's failure, not the thread's end
            self._failures.append(f"A listener failed at {event.name} {event.action}:\n{traceback.format_exc()}")
