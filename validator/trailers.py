"""The message of the bot's merge commits: a line for people, and trailers that `verify` reads back.

    Merge usage of ada-demo (#7)

    Token-Tracker-Verdict: verified
    Token-Tracker-Pull-Request: 7
    Token-Tracker-User: 4242 ada-demo
    Token-Tracker-Findings: cache-reads
    Token-Tracker-Reviewer: some-maintainer
    Token-Tracker-File: submissions/92/4242/ab12cd34/2026-11.json <blob id> sha256:… SHA256:…
    Token-Tracker-File: submissions/92/4242/profile.json <blob id> - -

One File line for every path below `submissions/` that the commit changes, `deleted` in place of the blob id of one it
removes. What it does to the index of contributions follows from these.
"""

import re
from dataclasses import dataclass

from validator.findings import JudgedFile, Outcome

_NAME = "Token-Tracker-"
_LINE = re.compile(rf"{_NAME}([A-Za-z-]+): ([!-~]+(?: [!-~]+)*)", re.ASCII)
_FILE = re.compile(r"(\S+) (deleted|[0-9a-f]{40,64}) (-|sha256:[0-9a-f]{64}) (-|SHA256:[A-Za-z0-9+/]{43})", re.ASCII)
_USER = re.compile(r"([1-9][0-9]{0,15}) (\S+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class MergeRecord:
    """What a merge commit says about itself. `files` are all it changes in the store, reviews.json included."""

    outcome: Outcome
    pull_request: int
    user_id: int
    login: str
    findings: tuple[str, ...]
    """Codes, sorted."""
    reviewer: str | None
    files: tuple[JudgedFile, ...]


class BadTrailers(ValueError):
    """The message has trailers of the bot, but not as the bot writes them; the text says which."""


def render_message(record: MergeRecord) -> str:
    """Return the commit message. Raises ValueError when a value could be read back as something else."""
    trailers = [("Verdict", record.outcome.value), ("Pull-Request", str(record.pull_request))]
    trailers += [("User", f"{record.user_id} {record.login}")]
    trailers += [("Findings", " ".join(record.findings))] if record.findings else []
    trailers += [("Reviewer", record.reviewer)] if record.reviewer else []
    trailers += [
        ("File", f"{file.path} {file.blob or 'deleted'} {file.hash or '-'} {file.key or '-'}") for file in record.files
    ]
    lines = [f"{_NAME}{name}: {value}" for name, value in trailers]
    message = "\n".join([f"Merge usage of {record.login} (#{record.pull_request})", "", *lines, ""])
    if parse_message(message) != record:
        raise ValueError(f"the record of pull request {record.pull_request} cannot be written as trailers")
    return message


def parse_message(message: str) -> MergeRecord | None:
    """Read a commit message back; None when it has no trailer of the bot at all. Any text may be given.

    Raises BadTrailers when it has some, but not all, or wrong ones. `total_tokens` of its files is 0: not recorded.
    """
    found: dict[str, list[str]] = {}
    for line in message.rstrip("\n").rpartition("\n\n")[2].split("\n"):
        if line.startswith(_NAME):
            match = _LINE.fullmatch(line)
            if match is None:
                raise BadTrailers(f"the trailer {line[:60]!r} is malformed")
            found.setdefault(match[1], []).append(match[2])
    if not found:
        return None
    user = _USER.fullmatch(_single(found, "User"))
    number = _single(found, "Pull-Request")
    verdict = _single(found, "Verdict")
    if user is None or not re.fullmatch(r"[1-9][0-9]{0,15}", number, re.ASCII) or verdict not in set(Outcome):
        raise BadTrailers("verdict, user or pull request is malformed")
    return MergeRecord(
        outcome=Outcome(verdict),
        pull_request=int(number),
        user_id=int(user[1]),
        login=user[2],
        findings=tuple(_single(found, "Findings").split(" ")) if "Findings" in found else (),
        reviewer=_single(found, "Reviewer") if "Reviewer" in found else None,
        files=tuple(map(_file, found.get("File", []))),
    )


def _single(found: dict[str, list[str]], name: str) -> str:
    values = found.get(name, [])
    if len(values) != 1:
        raise BadTrailers(f"{_NAME}{name} stands {len(values)} times, not once")
    return values[0]


def _file(text: str) -> JudgedFile:
    match = _FILE.fullmatch(text)
    if match is None:
        raise BadTrailers(f"the file {text[:80]!r} is malformed")
    path, blob, digest, key = match.groups()
    return JudgedFile(
        path, "" if blob == "deleted" else blob, "" if digest == "-" else digest, "" if key == "-" else key
    )
