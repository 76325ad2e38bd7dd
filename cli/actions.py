"""What GitHub Actions tells a step, and what a step tells it: the event, outputs, the summary."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from cli import CliError
from cli.settings import Settings

MAX_EVENT_BYTES = 32 * 1024 * 1024
MAX_SUMMARY_BYTES = 1024 * 1024 - 1
"""What GitHub shows of one step's summary."""

Id = Annotated[int, Field(ge=1, le=2**53 - 1)]


class _Told(BaseModel):
    """A part of an event: what is used of it is checked, all the rest is passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class User(_Told):
    """An account."""

    id: Id
    login: str


class PullRequest(_Told):
    """The pull request an event is about."""

    number: Id


class Issue(_Told):
    """What was commented on; `pull_request` is there when it is one."""

    number: Id
    pull_request: dict[str, object] | None = None


class Comment(_Told):
    """What was commented. `user` is None when the account is gone."""

    body: str
    user: User | None


class Event(_Told):
    """`pull_request_target` or `issue_comment`, by what is in it."""

    pull_request: PullRequest | None = None
    issue: Issue | None = None
    comment: Comment | None = None

    @model_validator(mode="after")
    def _is_either(self) -> Self:
        if self.pull_request is None and (self.issue is None or self.comment is None):
            raise ValueError("it tells of no pull request and of no comment")
        return self


def event(settings: Settings) -> Event:
    """Read the event that started the workflow (`$GITHUB_EVENT_PATH`). Raises CliError when there is none of ours."""
    hint = "Give --pull N or --open outside of GitHub Actions."
    given = settings.environment.get("GITHUB_EVENT_PATH", "")
    if not given:
        raise CliError("There is no event: GITHUB_EVENT_PATH is not set.", hint)
    try:
        with Path(given).open("rb") as file:
            return Event.model_validate_json(file.read(MAX_EVENT_BYTES + 1))
    except OSError as error:
        raise CliError(f"The event cannot be read: {error.strerror}.", hint) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"]) or "event"
        raise CliError(f"The event is none that can be judged: {place}: {first['msg']}.", hint) from None


def write_outputs(settings: Settings, outputs: Mapping[str, str]) -> None:
    """Set a step's outputs, where there is such a file; the values must be single lines of fixed vocabulary."""
    if not all(value.isascii() and value.isprintable() for value in outputs.values()):
        raise CliError("A step's output would not be one line.", "Please report this.")
    _append(settings, "GITHUB_OUTPUT", "".join(f"{name}={value}\n" for name, value in outputs.items()))


def write_summary(settings: Settings, markdown: str) -> None:
    """Add to a step's summary, where there is such a file, as much as GitHub shows."""
    cut = markdown.encode("utf-8")[:MAX_SUMMARY_BYTES].decode("utf-8", "ignore")
    _append(settings, "GITHUB_STEP_SUMMARY", cut)


def _append(settings: Settings, variable: str, text: str) -> None:
    given = settings.environment.get(variable, "")
    if not given:
        return
    try:
        with Path(given).open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise CliError(f"{variable} cannot be written: {error.strerror}.", "Look at that file.") from None
