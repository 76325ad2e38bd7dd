"""What is taken back, whatever there is: all of it, nothing else, and never a submission without its key."""

from hypothesis import given
from hypothesis import strategies as st

from cli.leaving import Present, Scope, withdrawal
from validator.store import StorePath, parse_path, profile_path, submission_path
from validator.submission import Device, Profile, User, parse_profile

USER = 4242
PROFILE = profile_path(USER)
DEVICES = ("aaaaaaaa", "bbbbbbbb", "cccccccc")
MONTHS = ("2026-01", "2026-02", "2026-11")

devices = st.sampled_from(DEVICES)
months = st.sampled_from(MONTHS)
places = st.frozensets(st.builds(StorePath, st.just(USER), st.just("submission"), devices, months))
scopes = st.builds(Scope, st.none() | devices, st.frozensets(months))


def _profile(revoked: frozenset[str]) -> Profile:
    listed = [
        Device(
            id=each,
            public_key=f"ssh-ed25519 {each * 4}",
            created_at="2026-01-01T00:00:00Z",
            revoked_at="2026-02-01T00:00:00Z" if each in revoked else None,
        )
        for each in DEVICES
    ]
    return Profile(schema_version=1, user=User(id=USER, login="ada-demo"), display_name="Ada", devices=tuple(listed))


def _present(there: frozenset[StorePath], profile: Profile | None) -> Present:
    submissions = {submission_path(USER, it.device, it.period): it for it in there}
    return Present(USER, dict(sorted(submissions.items())), profile, profile is not None, [], {}, None)


@given(places, scopes, st.frozensets(devices), st.integers(2, 6))
def test_part_by_part_until_just_that_is_gone(
    there: frozenset[StorePath], scope: Scope, revoked: frozenset[str], limit: int
) -> None:
    wanted = {it for it in there if not scope.takes(it)}
    profile: Profile | None = _profile(revoked)
    while (plan := withdrawal(_present(there, profile), scope, limit)).files:
        assert len(plan.files) <= limit
        gone = {parse_path(path) for path, content in plan.files.items() if content is None}
        waiting = sum(scope.takes(it) for it in there) - len(gone - {StorePath(USER, "profile")})
        assert plan.waiting == waiting
        there = frozenset(it for it in there if it not in gone)
        if PROFILE in plan.files:
            content = plan.files[PROFILE]
            profile = parse_profile(content) if content else None
        listed = {it.id for it in profile.devices} if profile else set()
        assert {it.device for it in there} <= listed, "the board would refuse submissions without their key"
        assert scope.is_everything or revoked <= listed, "a revocation stays known"
    assert there == wanted
    assert (profile is None) >= scope.is_everything
