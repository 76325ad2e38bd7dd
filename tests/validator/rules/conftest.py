"""Samples: a change written down as TOML, made into a real pull request and judged.

Everything is honest unless a sample says otherwise. Its keys:

    says           text that the finding's message holds (bad samples)
    level          the finding's level, if it is not the rule's first
    also           codes of other rules that speak, too
    message        bytes of the commit's message
    commits        `two`, `merge`, `unrelated`, `merged`: how the head is made
    now            the time of judgement
    head_owner     id of the owner of the head's repository
    merged_today   changes merged on 2026-11-20
    policy         numbers of leaderboard.toml
    approvals      rule = size
    [[board]]      submissions merged before; [[change]] those of the pull request:
                   device, days {date = output tokens}, row {field = value of every row}, path,
                   edit {dotted path = value} (signed), forge {dotted path = value} (after signing),
                   key (device whose key signs), namespace, pad (bytes to fill up to), one_line = true
    [profile]      of the pull request: edit, pad, raw (text), none, delete; [board_profile] of the board
    [[stranger]]   months of other users, merged before by the bot: id, days
    [[file]]       any file of the pull request: path, text, mode, delete; with on_board = true it was merged before
"""

import datetime as dt
import json
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from validator import signature
from validator.config import Policy
from validator.findings import Verdict
from validator.judge import Author, judge
from validator.merge import PullRequest, Status, merge
from validator.reviews import Approval, Reviews, Today, render_reviews
from validator.submission import (
    NAMESPACE,
    Contribution,
    Malformed,
    Submission,
    Summary,
    digest,
    parse_profile,
    parse_submission,
    render_profile,
    render_submission,
)

USER = 4242
FOLDER = f"submissions/{USER % 256:02x}/{USER}"
Sample = dict[str, Any]
Fields = dict[str, Any]


def _edit(fields: Any, edits: Fields) -> None:
    """Set values by dotted path; a number is a place in a list, null in quotes deletes."""
    for path, value in edits.items():
        *way, last = [int(name) if name.isdigit() else name for name in path.split(".")]
        target = fields
        for name in way:
            target = target[name]
        if value == "null":
            target[last] = None
        elif value == "absent":
            del target[last]
        else:
            target[last] = value


class Workshop:
    """Makes real pull requests of samples."""

    def __init__(self, board: Any, ada: Any) -> None:
        self.board = board
        self.ada = ada

    def judge(self, sample: Sample) -> Verdict | None:
        """Put the sample's board on main, open its pull request, and judge it."""
        now = dt.datetime.fromisoformat(sample.get("now", "2026-11-20T12:00:00Z"))
        self._strangers(sample, now)
        merged = self._board(sample)
        head = self._head(sample, merged)
        return judge(
            self.board.repository,
            base="main",
            head=head,
            author=Author(USER, "ada-demo", sample.get("head_owner", USER)),
            policy=Policy(**sample.get("policy", {})),
            now=now,
        )

    def _strangers(self, sample: Sample, now: dt.datetime) -> None:
        """Let the bot merge what others submitted, one after the other."""
        for number, each in enumerate(sample.get("stranger", []), 1):
            who = replace(self.ada, id=each["id"], login=f"user-{each['id']}")
            request = PullRequest(
                number=number,
                head=self.board.pull(number, who.files(who.submission(each.get("days")))),
                author_id=who.id,
                author_login=who.login,
                head_owner_id=who.id,
                approved_by="grace-demo",
            )
            (result,) = merge(self.board.repository, [request], Policy(**sample.get("policy", {})), now)
            assert result.status is Status.MERGED, result

    def _board(self, sample: Sample) -> dict[str, Submission]:
        merged: dict[str, Submission] = {}
        files: dict[str, bytes | None] = {}
        for each in sample.get("board", []):
            path, raw = self.submission(each, merged)
            merged[path] = parse_submission(raw)
            files[path] = raw
        if merged or "board_profile" in sample:
            files[f"{FOLDER}/profile.json"] = self.profile(sample, "board_profile")
            files[f"{FOLDER}/reviews.json"] = self.reviews(sample)
        for file in sample.get("file", []):
            if file.get("on_board"):
                files[file["path"]] = file["text"].encode()
        if files:
            self.board.push(files)
        return merged

    def _head(self, sample: Sample, merged: dict[str, Submission]) -> str:
        files: dict[str, bytes | None] = {}
        for each in sample.get("change", []):
            path, raw = self.submission(each, merged)
            files[path] = raw
        if "profile" in sample or not (merged or "board_profile" in sample):
            files[f"{FOLDER}/profile.json"] = self.profile(sample, "profile")
        if sample.get("profile", {}).get("none"):
            del files[f"{FOLDER}/profile.json"]
        special = [file for file in sample.get("file", []) if not file.get("on_board")]
        main = self.board.main
        match sample.get("commits", "one"):
            case "two":
                parent = self.board.commit({f"{FOLDER}/zz99zz99/2026-10.json": b"{}"}, main)
                files[f"{FOLDER}/zz99zz99/2026-10.json"] = None
                return str(self.board.commit(files, parent))
            case "merge":
                ours, theirs = self.board.commit(files, main), self.board.commit({"x": b"1"}, main)
                tree = self.board.repository.commit(ours).tree
                return str(self.board.git(*_IDENTITY, "commit-tree", tree, "-p", ours, "-p", theirs, "-m", "merge"))
            case "unrelated":
                return str(self.board.commit(files, None))
            case "merged":
                return str(self.board.push(files))
            case _:
                commit = str(self.board.commit(files, main))
                commit = self._with_modes(commit, special) if special else commit
                return self._with_message(commit, sample["message"]) if "message" in sample else commit

    def _with_message(self, commit: str, length: int) -> str:
        """Return the commit with a message of so many bytes."""
        tree, parent = self.board.repository.commit(commit).tree, self.board.repository.commit(commit).parents[0]
        return str(self.board.git(*_IDENTITY, "commit-tree", tree, "-p", parent, given=b"m" * length))

    def _with_modes(self, commit: str, special: list[Fields]) -> str:
        """Return the commit with files of any mode put in or taken out."""
        lines = []
        for file in special:
            if file.get("delete"):
                lines.append(f"0 {'0' * 40}\t{file['path']}\0")
                continue
            mode = file.get("mode", "100644")
            blob = (
                commit
                if mode == "160000"
                else self.board.git("hash-object", "-w", "--stdin", given=file["text"].encode())
            )
            lines.append(f"{mode} {blob}\t{file['path']}\0")
        self.board.git("read-tree", commit)
        self.board.git("update-index", "-z", "--index-info", given="".join(lines).encode())
        tree = self.board.git("write-tree")
        parent = self.board.repository.commit(commit).parents[0]
        return str(self.board.git(*_IDENTITY, "commit-tree", tree, "-p", parent, "-m", "change"))

    def submission(self, each: Fields, merged: dict[str, Submission]) -> tuple[str, bytes]:
        """Return path and text of a submission, honest but for what the sample says."""
        who = replace(self.ada, device=each.get("device", self.ada.device))
        days = each.get("days", {"2026-11-02": 1201})
        path = each.get("path") or who.path(min(days)[:7])
        fields = who.claim(days, previous=merged.get(path)).model_dump(mode="json", by_alias=True)
        for day in fields["data"]["contributions"]:
            for row in day["usage"]:
                row.update(each.get("row", {}))
        summary = Summary.of(Contribution.model_validate(day) for day in fields["data"]["contributions"])
        fields["data"]["summary"] = summary.model_dump(mode="json", by_alias=True)
        _edit(fields, each.get("edit", {}))
        message = rfc8785.dumps(fields)
        key = replace(who, device=each.get("key", who.device)).key
        fields["hash"] = digest(message)
        fields["signature"] = signature.sign(message, key, each.get("namespace", NAMESPACE))
        _edit(fields, each.get("forge", {}))
        return path, _written(fields, parse_submission, render_submission, each)

    def profile(self, sample: Sample, table: str) -> bytes | None:
        """Return the profile with every device that the sample uses, or what it says instead."""
        said = sample.get(table, {})
        if said.get("delete"):
            return None
        if "raw" in said:
            return str(said["raw"]).encode()
        used = [each.get("device", self.ada.device) for each in [*sample.get("board", []), *sample.get("change", [])]]
        others = [replace(self.ada, device=device) for device in sorted(set(used) - {self.ada.device})]
        fields = json.loads(render_profile(self.ada.profile(*others)))
        _edit(fields, said.get("edit", {}))
        return _written(fields, parse_profile, render_profile, said)

    def reviews(self, sample: Sample) -> bytes:
        """Return the bot's file with what the sample says was merged and approved."""
        time = "2026-11-19T10:00:00Z"
        approvals = tuple(
            Approval(rule=rule, up_to=size, pull_request=1, reviewer="grace-demo", time=time)
            for rule, size in sorted(sample.get("approvals", {}).items())
        )
        today = Today(date="2026-11-20", changes=sample.get("merged_today", 1))
        return render_reviews(Reviews(schema_version=1, login="ada-demo", today=today, approvals=approvals))


def _written(fields: Fields, parse: Callable[[bytes], Any], render: Callable[[Any], bytes], said: Fields) -> bytes:
    """Return the text of a file as the command writes it, or any when it is none that could be read."""
    raw = json.dumps(fields).encode()
    with suppress(Malformed):
        raw = raw if said.get("one_line") else render(parse(raw))
    return raw.ljust(said.get("pad", 0))


_IDENTITY = ("-c", "user.name=Ada Demo", "-c", "user.email=ada-demo@example.invalid")


@pytest.fixture
def workshop(board: Any, ada: Any) -> Workshop:
    return Workshop(board, ada)


@pytest.fixture
def judge_sample(workshop: Workshop) -> Callable[[Path], tuple[Sample, Verdict | None]]:
    """Return a function that judges the sample in a file and returns it with the verdict."""

    def run(path: Path) -> tuple[Sample, Verdict | None]:
        sample = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = sample.keys() - KEYS
        assert not unknown, f"{path.name} has unknown keys {sorted(unknown)}"
        return sample, workshop.judge(sample)

    return run


KEYS = frozenset(
    {"says", "level", "also", "commits", "message", "now", "head_owner", "merged_today", "policy", "approvals"}
    | {"board", "change", "profile", "board_profile", "stranger", "file"}
)
