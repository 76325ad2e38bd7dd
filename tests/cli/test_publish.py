"""Planning what to publish: what the files are, that they hold, and that the second plan is empty."""

import datetime as dt

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from cli import CliError
from cli.device import Device
from cli.publish import Offered, Plan, Published, plan
from cli.selection import Selection
from cli.usage import Usage
from validator.signature import verify
from validator.store import parse_path
from validator.submission import NAMESPACE, Submission, User, canonical, parse_profile, parse_submission

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(hours=1)
USER = User(id=4242, login="somebody")
DEVICE = Device("abcd2345", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def _usage(day: str, tokens: int = 1000) -> Usage:
    return Usage(dt.date.fromisoformat(day), "claude", "anthropic", "claude-opus-4-8", tokens, 10, 0, 0, 0, 1)


def _plan(
    *usage: Usage,
    published: Published | None = None,
    device: Device = DEVICE,
    login: str = "somebody",
    now: dt.datetime = NOW,
    offered: Offered | None = None,
    selection: Selection | None = None,
    days: int | None = None,
) -> Plan:
    return plan(
        usage,
        User(id=USER.id, login=login),
        "Somebody",
        device,
        published=published or Published(),
        now=now,
        offered=offered,
        selection=selection,
        days=days,
    )


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
    assert [each.id for each in profile.devices] == ["abcd2345", "zzzz9999"]


def test_a_key_that_was_swapped_is_refused() -> None:
    published = _published(_plan(_usage("2026-11-01")))
    thief = Device(DEVICE.id, Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))
    with pytest.raises(CliError, match="another key"):
        _plan(_usage("2026-11-01"), published=published, device=thief)


def _offered(plan: Plan, device: Device = DEVICE) -> Offered:
    submissions = {month.submission.period: month.submission for month in plan.months}
    profile = plan.files.get("submissions/92/4242/profile.json")
    return Offered(submissions, [parse_profile(profile)] if profile else [])


def test_what_is_offered_already_keeps_its_bytes() -> None:
    first = _plan(_usage("2026-10-31"), _usage("2026-11-01"))
    again = _plan(_usage("2026-10-31"), _usage("2026-11-01"), offered=_offered(first), now=LATER)
    assert again.files == first.files
    assert [month.is_offered for month in again.months] == [True, True]
    grown = _plan(_usage("2026-10-31"), _usage("2026-11-02"), offered=_offered(first), now=LATER)
    assert [month.is_offered for month in grown.months] == [True, False]
    assert (
        grown.files["submissions/92/4242/abcd2345/2026-10.json"]
        == first.files["submissions/92/4242/abcd2345/2026-10.json"]
    )
    assert grown.months[1].submission.revision == 1, "what is offered is not published: it begins the chain again"


def test_an_offer_that_no_longer_follows_what_is_published_does_not_count() -> None:
    published = _published(_plan(_usage("2026-11-01")))
    stale = _offered(_plan(_usage("2026-11-01"), _usage("2026-11-02"), now=LATER))
    offered = _plan(_usage("2026-11-01"), _usage("2026-11-02"), published=published, offered=stale)
    (month,) = offered.months
    assert (month.submission.revision, month.is_offered) == (2, False)
    assert _plan(_usage("2026-11-01"), published=published, offered=stale).files == {}


def test_an_offer_that_somebody_else_signed_does_not_count() -> None:
    thief = Device(DEVICE.id, Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34))))
    forged = Offered({"2026-11": _plan(_usage("2026-11-01"), device=thief).months[0].submission})
    mine = _plan(_usage("2026-11-01"), offered=forged)
    assert not mine.months[0].is_offered
    verify(canonical(mine.months[0].submission), mine.months[0].submission.signature, DEVICE.public_key, NAMESPACE)
    assert _plan(_usage("2026-10-01"), offered=forged).files.keys() == _plan(_usage("2026-10-01")).files.keys()


def test_what_is_not_selected_stays_as_it_is_offered_or_published() -> None:
    first = _plan(_usage("2026-10-31"), _usage("2026-11-01"))
    october = Selection(until=dt.date(2026, 10, 31))
    narrow = _plan(_usage("2026-10-31", 5000), _usage("2026-11-01", 9), offered=_offered(first), selection=october)
    assert [(it.submission.period, it.is_offered) for it in narrow.months] == [("2026-10", False), ("2026-11", True)]
    published = _published(first)
    codex = Usage(dt.date(2026, 11, 1), "codex", "openai", "gpt-5", 70, 10, 0, 0, 0, 1)
    only = Selection(sources=frozenset({"codex"}))
    offered = _plan(_usage("2026-11-01", 9), codex, published=published, selection=only)
    (month,) = offered.months
    assert [row.input_tokens for row in month.submission.data.contributions[0].usage] == [1000, 70]
    assert offered.lowered == ()
    assert set(month.submission.parsers) == {"claude", "codex"}


def test_a_day_that_an_offer_lowers_already_is_not_named_again() -> None:
    published = _published(_plan(_usage("2026-11-01", 1000), _usage("2026-11-02", 1000)))
    forced = _offered(_plan(_usage("2026-11-01", 500), _usage("2026-11-02", 1000), published=published))
    again = _plan(_usage("2026-11-01", 500), _usage("2026-11-02", 1000), published=published, offered=forced)
    assert again.lowered == ()
    lower = _plan(_usage("2026-11-01", 400), _usage("2026-11-02", 1000), published=published, offered=forced)
    assert lower.lowered == ("2026-11-01",)


def test_a_change_covers_a_year_at_most_the_newest_months_first() -> None:
    usage = [_usage("2025-10-05"), _usage("2025-11-05"), _usage("2025-11-23"), _usage("2026-11-22")]
    first = _plan(*usage, days=365)
    assert ([it.submission.period for it in first.months], first.waiting) == (["2026-11"], ("2025-10", "2025-11"))
    later = _plan(*usage, days=365, published=_published(first))
    assert ([it.submission.period for it in later.months], later.waiting) == (["2025-10", "2025-11"], ())


def test_what_is_offered_is_not_given_up_for_what_is_newer() -> None:
    old = _plan(_usage("2025-10-05"), _usage("2025-11-05"), days=365)
    usage = [_usage("2025-10-05"), _usage("2025-11-05"), _usage("2026-11-22")]
    both = _plan(*usage, days=365, offered=_offered(old))
    assert ([it.submission.period for it in both.months], both.waiting) == (["2025-10", "2025-11"], ("2026-11",))
    assert both.files == old.files


OTHER = Device("zzzz9999", Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))))


def test_two_new_machines_list_each_other_in_the_same_bytes() -> None:
    path = "submissions/92/4242/profile.json"
    first = _plan(_usage("2026-11-01"))
    second = _plan(_usage("2026-11-02"), device=OTHER, offered=Offered({}, _offered(first).profiles), now=LATER)
    healed = _plan(
        _usage("2026-11-01"), offered=Offered(_offered(first).submissions, [*_offered(second).profiles]), now=LATER
    )
    assert healed.files[path] == second.files[path] != first.files[path]
    merged = _plan(_usage("2026-11-01"), published=Published(parse_profile(second.files[path])))
    assert path not in merged.files, "once the other is merged, the profile has all"


def test_another_machines_offer_alone_is_no_reason_for_a_pull_request() -> None:
    published = _published(_plan(_usage("2026-11-01")))
    coming = _plan(_usage("2026-11-02"), device=OTHER, published=Published(published.profile))
    assert _plan(_usage("2026-11-01"), published=published, offered=Offered({}, _offered(coming).profiles)).files == {}
    assert _plan(device=OTHER, published=Published(published.profile)).files == {}, "nothing to say, nothing to enter"


def test_a_revocation_on_its_way_is_not_taken_back() -> None:
    both = _plan(
        _usage("2026-11-02"), device=OTHER, published=Published(_published(_plan(_usage("2026-11-01"))).profile)
    )
    profile = parse_profile(both.files["submissions/92/4242/profile.json"])
    revoked = profile.model_copy(
        update={
            "devices": (
                profile.devices[0],
                profile.devices[1].model_copy(update={"revoked_at": "2026-11-22T11:00:00Z"}),
            )
        }
    )
    renamed = _plan(_usage("2026-11-05"), published=Published(profile), offered=Offered({}, [revoked]), login="renamed")
    (_, other) = parse_profile(renamed.files["submissions/92/4242/profile.json"]).devices
    assert other.revoked_at == "2026-11-22T11:00:00Z"


def test_offered_profiles_of_others_and_contradictions_do_not_count() -> None:
    path = "submissions/92/4242/profile.json"
    mine = parse_profile(_plan(_usage("2026-11-01")).files[path])
    stranger = mine.model_copy(
        update={
            "user": User(id=5, login="eve-demo"),
            "devices": (mine.devices[0].model_copy(update={"id": "eeeeeeee", "public_key": OTHER.public_key}),),
        }
    )
    swapped = mine.model_copy(
        update={"devices": (mine.devices[0].model_copy(update={"public_key": OTHER.public_key}),)}
    )
    twin = mine.model_copy(update={"devices": (mine.devices[0].model_copy(update={"id": "twintwin"}),)})
    offered = _plan(_usage("2026-11-01"), offered=Offered({}, [stranger, swapped, twin]))
    assert [each.id for each in parse_profile(offered.files[path]).devices] == [DEVICE.id]


days = st.dates(dt.date(2025, 9, 1), NOW.date())
usages = st.lists(
    st.builds(
        lambda day, source, tokens: Usage(day, source, "anthropic", "claude-opus-4-8", tokens, 10, 0, 0, 0, 1),
        days,
        st.sampled_from(["claude", "codex"]),
        st.integers(1, 9),
    ),
    max_size=8,
)
selections = st.builds(Selection, st.none() | days, st.none() | days, st.none() | st.just(frozenset({"claude"})))


@settings(max_examples=60)
@given(usages, usages, selections, selections, st.sampled_from([None, 365, 40]))
def test_planning_again_upon_an_offer_or_its_merge_is_idle(
    before: list[Usage], usage: list[Usage], first: Selection, second: Selection, limit: int | None
) -> None:
    offered = _offered(_plan(*before, selection=first, days=limit))
    wanted = _plan(*usage, offered=offered, selection=second, days=limit)
    again = _plan(*usage, offered=_offered(wanted), selection=second, days=limit, now=LATER)
    assert again.files == wanted.files
    assert set(again.waiting) == set(wanted.waiting)
    if wanted.months:
        rest = _plan(*usage, published=_published(wanted), selection=second, days=limit, now=LATER)
        assert {it.submission.period for it in rest.months} <= set(wanted.waiting)
