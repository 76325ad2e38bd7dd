"""Paths of the store: made and taken apart by the same rules, with one spelling each."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from validator.store import (
    StorePath,
    parse_path,
    profile_path,
    reviews_path,
    submission_path,
    user_folder,
)

ids = st.integers(1, 2**53 - 1)
devices = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=8)
periods = st.builds("{}-{:02}".format, st.integers(2000, 2099), st.integers(1, 12))


@given(ids, devices, periods)
def test_what_is_made_can_be_taken_apart(user_id: int, device: str, period: str) -> None:
    assert parse_path(profile_path(user_id)) == StorePath(user_id, "profile")
    assert parse_path(reviews_path(user_id)) == StorePath(user_id, "reviews")
    assert parse_path(submission_path(user_id, device, period)) == StorePath(user_id, "submission", device, period)


def test_users_lie_in_256_shards() -> None:
    assert user_folder(583_231) == "submissions/3f/583231"
    assert profile_path(256) == "submissions/00/256/profile.json"
    assert len({user_folder(user_id).split("/")[1] for user_id in range(1, 1000)}) == 256


GOOD = "submissions/3f/583231/abcd1234/2026-11.json"


@pytest.mark.parametrize(
    "path",
    [
        "",
        "submissions",
        "submissions/3f/583231",
        "submissions/3f/583231/",
        "submissions/3f/583231/abcd1234",
        "submissions/3f/583231/README.md",
        "submissions/3f/583231/profile.json/",
        "submissions/3f/583231/profile.json\n",
        "submissions/3f/583231/Profile.json",
        "submissions/3f/583231/profile.JSON",
        "submissions/3f/583231/.git/profile.json",
        "submissions/3f/583231/../583232/profile.json",
        "submissions/3f/583231/./profile.json",
        "submissions/3f/583231//profile.json",
        "submissions/3f/583231/profile.json\0",
        "submissions\\3f\\583231\\profile.json",
        "/submissions/3f/583231/profile.json",
        "./submissions/3f/583231/profile.json",
        "Submissions/3f/583231/profile.json",
        "submissions/3F/583231/profile.json",
        "submissions/40/583231/profile.json",
        "submissions/03f/583231/profile.json",
        "submissions/3f/0583231/profile.json",
        "submissions/3f/+583231/profile.json",
        "submissions/3f/583_231/profile.json",
        "submissions/3f/-1/profile.json",
        "submissions/00/0/profile.json",
        "submissions/3f/\uff15\uff18\uff13\uff12\uff13\uff11/profile.json",
        "submissions/3f/\u0665\u0668\u0663\u0662\u0663\u0661/profile.json",
        "submissions/3f/583231/pr\u043efile.json",
        "submissions/3f/583231/profile\u200b.json",
        "submissions/3f/583231/\u212abcd1234/2026-11.json",
        "submissions/00/99999999999999999999999999999999999999/profile.json",
        f"submissions/00/{2**56}/profile.json",
        f"submissions/00/{2**53}/profile.json",
        GOOD + "\n",
        GOOD + "/x",
        GOOD.replace("abcd1234", "ABCD1234"),
        GOOD.replace("abcd1234", "abcd123"),
        GOOD.replace("abcd1234", "abcd12345"),
        GOOD.replace("abcd1234", "abcd-234"),
        GOOD.replace("abcd1234", "abcd\uff11234"),
        GOOD.replace("2026-11", "2026-13"),
        GOOD.replace("2026-11", "2026-00"),
        GOOD.replace("2026-11", "2026-1"),
        GOOD.replace("2026-11", "1999-11"),
        GOOD.replace("2026-11", "2026-11-01"),
        GOOD.replace("2026-11", "\uff12026-11"),
        GOOD.replace("2026-11", "2026\n11"),
        GOOD.replace(".json", "xjson"),
        GOOD.replace(".json", ".json.exe"),
    ],
)
def test_other_paths_are_none_of_the_store(path: str) -> None:
    assert parse_path(GOOD) is not None
    assert parse_path(path) is None


@given(st.text() | st.lists(st.sampled_from([*GOOD.split("/"), "/", "..", "profile.json", "\n", "0"])).map("".join))
def test_a_path_is_taken_apart_only_if_it_would_have_been_made_so(path: str) -> None:
    found = parse_path(path)
    if found is not None:
        made = {
            "profile": profile_path(found.user_id),
            "reviews": reviews_path(found.user_id),
            "submission": submission_path(found.user_id, found.device, found.period),
        }
        assert made[found.kind] == path
