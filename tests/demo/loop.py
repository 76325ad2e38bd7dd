"""The demo, step by step, each step by the command that anyone would run."""

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cli.device import load_or_create
from cli.ledger import Ledger
from cli.publish import Plan, Published, plan
from cli.settings import Settings
from tests.demo.board import Board
from tests.demo.community import COMMUNITY, Contributor, Machine, write_logs
from validator.git import Repository
from validator.store import parse_path, profile_path, user_folder
from validator.submission import MAX_SUBMISSION_BYTES, User, parse_profile, parse_submission

TOKEN_TRACKER = Path(sys.executable).parent / "token-tracker"
MARK = ".token-tracker-demo"
"""Says that a folder is ours to delete."""
SOME_WAIT = 3
"""What `merge` ends with when not all were merged."""
VERDICTS = {0: "verified", 3: "flagged", 4: "rejected"}
"""What `validate` says with its exit code."""


class StepFailed(Exception):
    """A step of the demo did not end as it should; the text says which and why."""


@dataclass(frozen=True, slots=True)
class Pull:
    """An open pull request of the demo."""

    number: int
    head: str
    contributor: Contributor
    login: str


class Demo:
    """One play: a folder, a time, and what has been opened so far."""

    def __init__(self, folder: Path, now: dt.datetime, port: int) -> None:
        self.folder = folder
        self.now = now
        self.port = port
        self.board = Board(folder / "board.git")
        self.site = folder / "site"

    def play(self) -> None:
        """Play all steps. Raises StepFailed when a step does not end as it should."""
        self._prepare()
        self._scan()
        first, second = self.now - dt.timedelta(days=9), self.now - dt.timedelta(days=8)
        honest = [who for who in COMMUNITY if not who.cheats]
        self._round("Everybody submits for the first time", first, [(who, who.machines[0], False) for who in honest])
        others = [(who, machine, False) for who in honest for machine in who.machines[1:]]
        self._round("A second device joins", second, others)
        everyone = [(who, machine, True) for who in COMMUNITY for machine in who.machines[:1]]
        self._round("A week later: new usage, a new login, a burst, and a cheat", self.now, everyone)
        self._step("Anyone can verify the whole store")
        print(self._run(["verify", "--repository", "board.git"]).strip())
        self._step("The site is built from Git objects alone")
        print(self._run(["build", "--repository", "board.git", "--output", "site"]).strip())

    def _prepare(self) -> None:
        if self.folder.exists() and any(self.folder.iterdir()) and not (self.folder / MARK).exists():
            raise StepFailed(f"{self.folder} is not a demo: choose another folder with --output.")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / MARK).touch()
        self.board.create(self.port, self.now - dt.timedelta(days=400))

    def _scan(self) -> None:
        self._step("Contributors' agents leave logs, and token-tracker counts them")
        machines = [(who, machine) for who in COMMUNITY for machine in who.machines]
        for who, machine in machines:
            write_logs(self._home(who, machine), who, machine, self.now)
        with ThreadPoolExecutor(2) as pool:
            reports = pool.map(lambda each: self._run(["scan", "--json"], self._home(*each), quiet=True), machines)
        print("$ token-tracker scan        (on each machine)")
        for (who, machine), report in zip(machines, reports, strict=True):
            found = [f"{each['source']} {each['newEvents']:,}" for each in json.loads(report) if each["newEvents"]]
            print(f"  {who.login:18} {machine.name:8} responses counted: {', '.join(found)}")

    def _round(self, title: str, when: dt.datetime, who: Sequence[tuple[Contributor, Machine, bool]]) -> None:
        """Open a pull request for each machine that has something new, judge them all, merge what may merge."""
        self._step(title)
        pulls = list(self._open(when, who))
        self._judge(pulls, when)
        self._merge(pulls, when)

    def _open(self, when: dt.datetime, who: Sequence[tuple[Contributor, Machine, bool]]) -> Iterator[Pull]:
        for contributor, machine, renamed in who:
            login = contributor.new_login if renamed and contributor.new_login else contributor.login
            offered = self._plan(contributor, machine, login, when)
            files = dict(offered.files)
            if not files:
                continue
            if contributor.cheats:
                path = next(path for path in files if not path.endswith("profile.json"))
                files[path] = files[path].replace(b'"inputTokens": 1', b'"inputTokens": 91', 1)
            number = self.board.open_pull_request(files, f"Usage of {login}", when)
            yield Pull(number, self.board.head(number), contributor, login)

    def _plan(self, contributor: Contributor, machine: Machine, login: str, when: dt.datetime) -> Plan:
        home = self._home(contributor, machine)
        settings = Settings(home / "data", home / "config", home, {})
        with Ledger.open(settings, when, lambda: None) as ledger:
            usage = ledger.usage(until=when.date())
        device = load_or_create(settings.config_dir)
        published = self._published(contributor.id, device.id)
        return plan(
            usage, User(id=contributor.id, login=login), contributor.display_name, device, published=published, now=when
        )

    def _published(self, user_id: int, device: str) -> Published:
        with Repository(self.board.path) as git:
            tree = git.commit(git.resolve("main")).tree
            files = {path: git.blob(oid, MAX_SUBMISSION_BYTES) for path, _, oid in git.walk(tree, user_folder(user_id))}
        profile = files.get(profile_path(user_id))
        places = {path: place for path in files if (place := parse_path(path)) and place.device == device}
        submissions = {place.period: parse_submission(files[path]) for path, place in places.items()}
        return Published(parse_profile(profile) if profile else None, submissions)

    def _judge(self, pulls: Sequence[Pull], when: dt.datetime) -> None:
        def judge(pull: Pull) -> tuple[int, str]:
            line = [
                "validate",
                "--repository",
                "board.git",
                "--base",
                "main",
                "--head",
                f"refs/pull/{pull.number}/head",
            ]
            line += ["--author-id", str(pull.contributor.id), "--author-login", pull.login]
            done = self._start(line, when=when)
            if done.returncode not in VERDICTS:
                raise StepFailed(f"validate failed on pull request {pull.number}: {done.stderr}")
            return done.returncode, done.stdout

        print("$ token-tracker validate --repository board.git --base main --head refs/pull/N/head --author-id … ")
        with ThreadPoolExecutor(2) as pool:
            for pull, (code, text) in zip(pulls, pool.map(judge, pulls), strict=True):
                print(f"  #{pull.number:<3} {pull.login:18} {VERDICTS[code]}")
                if code:
                    print("\n".join(f"       │ {line}" for line in text.strip().splitlines()))

    def _merge(self, pulls: Sequence[Pull], when: dt.datetime) -> None:
        listed = [
            {
                "number": pull.number,
                "head": pull.head,
                "authorId": pull.contributor.id,
                "authorLogin": pull.login,
                "headOwnerId": pull.contributor.id,
                "approvedBy": None,
            }
            for pull in pulls
        ]
        (self.folder / "pulls.json").write_text(json.dumps(listed, indent=1), encoding="utf-8")
        print(self._run(["merge", "--repository", "board.git", "--pulls", "pulls.json"], when=when).strip())

    def _home(self, contributor: Contributor, machine: Machine) -> Path:
        return self.folder / "contributors" / contributor.login / machine.name

    def _step(self, title: str) -> None:
        print(f"\n== {title}", flush=True)

    def _run(
        self, arguments: list[str], home: Path | None = None, *, when: dt.datetime | None = None, quiet: bool = False
    ) -> str:
        if not quiet:
            print("$ token-tracker " + " ".join(arguments), flush=True)
        done = self._start(arguments, home, when=when)
        if done.returncode not in {0, SOME_WAIT}:
            raise StepFailed(f"token-tracker {' '.join(arguments)} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def _start(
        self, arguments: list[str], home: Path | None = None, *, when: dt.datetime | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in the demo's folder, with an environment that knows nothing of this machine's user."""
        home = home or self.folder
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(home),
            "TOKEN_TRACKER_DATA_DIR": str(home / "data"),
            "TOKEN_TRACKER_CONFIG_DIR": str(home / "config"),
            "SOURCE_DATE_EPOCH": str(int((when or self.now).timestamp())),
        }
        line = [str(TOKEN_TRACKER), *arguments]
        return subprocess.run(line, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)
