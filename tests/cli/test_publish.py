"""Planning what to publish: what the files are, that they hold, and that the second plan is empty."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cli import CliError
from cli.device import Device
from cli.publish import Plan, Published, plan
from cli.usage import Usage
from validator.signature import verify
from validator.store import parse_path
from validator.submission import NAMESPACE, Submission, User, canonical, parse_profile, parse_submission

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
USER = User(id=4242, login="somebody")
DEVICE = Device("abcd2345", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def _usage(day: str, tokens: int = 1000) -> Usage:
    return Usage(dt.date.fromisoformat(day), "claude", "anthropic", "claude-opus-4-8", tokens, 10, 0, 0, 0, 1)


def _plan(*usage: Usage, published: Published | None = None, device: Device = DEVICE, login: str = "somebody") -> Plan:
    user = User(id=USER.id, login=login)
    return plan(usage, user, "Somebody", device, published=published or Published(), now=NOW)


def _published(offered: Plan, device: Device = DEVICE) -> Published:
    submissions: dict[str, Submission] = {}
    for path, content in offered.files.items():
        place = parse_path(path)
        if place and place.kind == "submission" and place.device == device.id:
            submissions[place.period] = parse_submission(content)
    return Published(parse_profile(offered.files["submissions/92/4242/profile.json"]), submissions)


def test_a_first_plan_has_a_file_a_month_and_the_profile() -> None:
    offered = _plan(_usage("2026-10-31"), _usage("2026-11-01"))
    assert list(offered.files) == [
        "submissions/92/4242/abcd2345/2026-10.json",
        "submissions/92/4242/abcd2345/2026-11.json",
        "submissions/92/4242/profile.json",
    ]
    assert offered.lowered == ()
    for submission in _published(offered).submissions.values():
        verify(canonical(submission), submission.signature, DEVICE.public_key, NAMESPACE)


def test_planning_again_changes_nothing() -> None:
    usage = _usage("2026-11-01")
    assert _plan(usage, published=_published(_plan(usage))).files == {}


def test_only_the_month_that_grew_is_offered_and_chained() -> None:
    first = _published(_plan(_usage("2026-10-31"), _usage("2026-11-01")))
    offered = _plan(_usage("2026-10-31"), _usage("2026-11-01"), _usage("2026-11-02"), published=first)
    assert list(offered.files) == ["submissions/92/4242/abcd2345/2026-11.json"]
    submission = parse_submission(offered.files["submissions/92/4242/abcd2345/2026-11.json"])
    assert (submission.revision, submission.previous) == (2, first.submissions["2026-11"].hash)


def test_a_falling_day_is_named() -> None:
    published = _published(_plan(_usage("2026-11-01", 1000)))
    assert _plan(_usage("2026-11-01", 999), published=published).lowered == ("2026-11-01",)


def test_a_rename_and_a_second_device_change_the_profile_alone() -> None:
    usage = _usage("2026-11-01")
    published = _published(_plan(usage))
    assert list(_plan(usage, published=published, login="renamed").files) == ["submissions/92/4242/profile.json"]
    other = Device("zzzz9999", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))
    offered = _plan(usage, published=Published(published.profile, {}), device=other)
    profile = parse_profile(offered.files["submissions/92/4242/profile.json"])
    assert [device.id for device in profile.devices] == ["abcd2345", "zzzz9999"]


def test_a_key_that_was_swapped_is_refused() -> None:
    published = _published(_plan(_usage("2026-11-01")))
    thief = Device(DEVICE.id, Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))
    with pytest.raises(CliError, match="another key"):
        _plan(_usage("2026-11-01"), published=published, device=thief)
