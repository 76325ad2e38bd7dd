"""How residents come to the board: they join round by round, offer their usage, and the sweep merges it."""

import datetime as dt
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli.device import Device
from cli.github import GitHub
from cli.proposal import Proposal, propose
from cli.publish import Published, plan
from cli.usage import Usage
from tests.demo.residents import Resident, residents, usage_of
from tests.demo.stage import BOARD, Stage
from validator.git import Repository
from validator.store import parse_path, profile_path, user_folder
from validator.submission import MAX_SUBMISSION_BYTES, User, parse_profile, parse_submission

ROUNDS = (190, 150, 110, 75, 45, 20, 12)
"""Days back on which the board is swept; whoever has begun by then joins."""
SUBMITTERS = 4

Neighbours = list[tuple[Resident, list[Usage]]]
"""Residents, each with all their usage."""


def settle(stage: Stage, count: int, now: dt.datetime, tell: Callable[[str], None]) -> Neighbours:
    """Let that many residents join and return them; afterwards it is as late as it was before."""
    afterwards, joined = stage.clock.now, set[int]()
    people = [(who, usage_of(who, now.date())) for who in residents(count)]
    for back in ROUNDS:
        stage.clock.now = now - dt.timedelta(days=back)
        coming = [(who, usage) for who, usage in people if who.since > back and who.id not in joined]
        joined |= {who.id for who, _ in coming}
        tell(f"  {stage.clock.now:%d %b %Y}  {len(coming):4} submit, the sweep merges {come(stage, coming)}")
    stage.clock.now = afterwards
    return people


def come(stage: Stage, coming: Neighbours) -> int:
    """Let all submit in an hour when GitHub starts no workflow, then sweep; return how many were merged."""
    stage.busy = True
    before = len(stage.pulls)
    for who, _ in coming:
        stage.account(who.id, who.login, who.display_name)
    with ThreadPoolExecutor(SUBMITTERS) as pool:
        list(pool.map(partial(_submit, stage), coming))
    stage.sweep()
    stage.busy = False
    return sum(pull.merged_at is not None for pull in stage.pulls[before:])


def _submit(stage: Stage, one: tuple[Resident, list[Usage]]) -> None:
    who, usage = one
    now, device = stage.clock.now, _device(who)
    past = [row for row in usage if row.day < now.date()]
    user, published = User(id=who.id, login=who.login), _published(stage, who.id, device.id)
    files = plan(past, user, who.display_name, device, published=published, now=now).files
    if not files:
        return
    hub = GitHub(BOARD, stage.token(who.id), stage.github.url, lambda _: None)
    title = f"Usage of {who.login}"
    propose(hub, hub.viewer(), Proposal(f"token-tracker/{device.id}", title, "", title, files, now), lambda _: None)


def _device(who: Resident) -> Device:
    seed = hashlib.sha256(who.login.encode())
    return Device(seed.hexdigest()[:8], Ed25519PrivateKey.from_private_bytes(seed.digest()))


def _published(stage: Stage, user_id: int, device: str) -> Published:
    with Repository(stage.repository.git.path) as git:
        tree = git.commit(git.resolve("refs/heads/main")).tree
        files = {path: git.blob(oid, MAX_SUBMISSION_BYTES) for path, _, oid in git.walk(tree, user_folder(user_id))}
    profile = files.get(profile_path(user_id))
    places = {path: place for path in files if (place := parse_path(path)) and place.device == device}
    submissions = {place.period: parse_submission(files[path]) for path, place in places.items()}
    return Published(parse_profile(profile) if profile else None, submissions)
