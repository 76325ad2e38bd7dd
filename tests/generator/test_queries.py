import datetime as dt
import json
import random
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator import queries
from generator.rows import Board, Day, Metric, Period, Profile
from generator.warehouse import Warehouse
from validator.prices import cost_micros
from validator.signature import fingerprint
from validator.submission import MAX_NUMBER

if TYPE_CHECKING:
    from tests.generator.conftest import Store

TODAY = dt.date(2026, 6, 20)
MERGED = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
Row = Callable[..., Any]
Loaded = Callable[["Store"], AbstractContextManager[Warehouse]]


def _profile(loaded: Loaded, store: "Store", user_id: int = 7, today: dt.date = TODAY) -> Profile:
    with loaded(store) as warehouse:
        (profile,) = queries.profiles(warehouse, today, user_id, user_id)
        return profile


def _boards(loaded: Loaded, store: "Store", today: dt.date = TODAY) -> dict[tuple[Period | dt.date, Metric], Board]:
    with loaded(store) as warehouse:
        return {
            (board.period, board.metric): board
            for period in Period
            for board in queries.boards(warehouse, period, today)
        }


def _places(board: Board) -> list[tuple[int, int]]:
    return [(row.rank, row.user_id) for row in board.rows]


def test_an_empty_store_has_empty_boards(store: "Store", loaded: Loaded) -> None:
    boards = _boards(loaded, store)
    assert list(boards) == [(period, metric) for period in Period for metric in Metric]
    assert all(board.rows == () and board.totals.users == 0 and board.totals.tokens == 0 for board in boards.values())


def test_equal_users_share_a_rank_and_stand_by_id(store: "Store", row: Row, loaded: Loaded) -> None:
    for user_id, tokens in ((9, 50), (300, 100), (5, 100), (8, 10)):
        store.use(user_id, {"2026-06-20": [row(tokens)]})
    board = _boards(loaded, store)[Period.ALL, Metric.TOKENS]
    assert _places(board) == [(1, 5), (1, 300), (3, 9), (4, 8)]
    assert (board.totals.users, board.totals.tokens) == (4, 260)


@pytest.mark.parametrize(
    ("today", "days", "periods"),
    [
        ("2026-06-20", ["2026-06-14"], {Period.ALL, Period.MONTH, Period.WEEK}),
        ("2026-06-20", ["2026-06-13"], {Period.ALL, Period.MONTH}),
        ("2026-06-20", ["2026-05-31", "2025-06-20"], {Period.ALL}),
        ("2026-06-02", ["2026-05-27", "2026-05-31"], {Period.ALL, Period.WEEK}),
        ("2026-06-02", ["2026-05-26"], {Period.ALL}),
        ("2026-12-31", ["2026-12-01"], {Period.ALL, Period.MONTH}),
        ("2026-12-31", ["2027-01-01"], {Period.ALL}),
    ],
)
def test_periods_are_utc_days_up_to_the_builds(
    store: "Store", row: Row, loaded: Loaded, *, today: str, days: list[str], periods: set[Period]
) -> None:
    store.use(7, {day: [row(10)] for day in days})
    boards = _boards(loaded, store, dt.date.fromisoformat(today))
    assert {period for period, metric in boards if boards[period, metric].rows} == periods
    for period in periods:
        assert boards[period, Metric.DAYS].rows[0].active_days == len(days)


def test_each_metric_has_its_own_order_and_leaves_out_who_has_none(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-20": [row(1000, source="opencode", provider="nobody", model="own")]})
    store.use(2, {"2026-06-19": [row(10)], "2026-06-20": [row(10, source="gemini"), row(10, provider="z-ai")]})
    store.use(3, {"2026-06-20": [row(500, output=500)]})
    boards = _boards(loaded, store)
    assert _places(boards[Period.ALL, Metric.TOKENS]) == [(1, 1), (2, 3), (3, 2)]
    assert _places(boards[Period.ALL, Metric.COST]) == [(1, 3), (2, 2)]
    assert _places(boards[Period.ALL, Metric.DAYS]) == [(1, 2), (2, 1), (2, 3)]
    first = boards[Period.ALL, Metric.TOKENS].rows[0]
    assert (first.tokens, first.cost_micros, first.unpriced_tokens) == (1000, 0, 1000)
    second = boards[Period.ALL, Metric.DAYS].rows[0]
    assert (second.top_provider, second.top_source) == ("anthropic", "claude")
    assert second.last_submission == TODAY


def test_the_top_source_is_of_the_period(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(7, {"2026-01-01": [row(1000, source="codex")], "2026-06-20": [row(10, source="gemini")]})
    boards = _boards(loaded, store)
    assert boards[Period.ALL, Metric.TOKENS].rows[0].top_source == "codex"
    assert boards[Period.WEEK, Metric.TOKENS].rows[0].top_source == "gemini"


@pytest.mark.parametrize(
    ("days", "current", "longest"),
    [
        ([0], 1, 1),
        ([1], 1, 1),
        ([2], 0, 1),
        ([0, 1, 2, 4], 3, 3),
        ([1, 2, 4, 5, 6], 2, 3),
        ([9, 10, 11], 0, 3),
        ([0, 2], 1, 1),
        ([-1, 0, 1], 2, 3),
        ([-2, -1], 0, 2),
    ],
)
def test_streaks(store: "Store", row: Row, loaded: Loaded, *, days: list[int], current: int, longest: int) -> None:
    """Days are counted back from the build's; negative ones lie in its future."""
    store.use(7, {str(TODAY - dt.timedelta(day)): [row()] for day in days})
    stats = _profile(loaded, store).stats
    assert (stats.current_streak, stats.longest_streak, stats.active_days) == (current, longest, len(days))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.sets(st.integers(0, 90), min_size=1))
def test_the_longest_streak_is_what_counting_finds(row: Row, store: "Store", loaded: Loaded, days: set[int]) -> None:
    store.files.clear()
    store.use(7, {str(TODAY - dt.timedelta(day)): [row()] for day in days})
    runs = [next(length for length in range(1, 99) if day + length not in days) for day in days]
    assert _profile(loaded, store).stats.longest_streak == max(runs)


def test_days_without_tokens_are_not_active(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(7, {"2026-06-19": [row(0)], "2026-06-20": [row(5), row(0, model="other")]})
    store.use(8, {"2026-06-20": [row(0)]})
    profile = _profile(loaded, store)
    assert [day.date for day in profile.days] == [TODAY]
    assert [share.name for share in profile.models] == ["claude-opus-4-5"]
    with loaded(store) as warehouse:
        assert queries.user_ids(warehouse) == [7]


def test_two_devices_are_one_user(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(7, {"2026-06-20": [row(30, output=10, cache_read_tokens=5, messages=2)]})
    store.use(7, {"2026-06-20": [row(12, output=2, reasoning_tokens=1)], "2026-06-18": [row(1)]}, device="device02")
    profile = _profile(loaded, store)
    (earlier, day) = profile.days
    assert (earlier.tokens, day.tokens) == (1, 42)
    assert (day.buckets.input, day.buckets.output, day.buckets.cache_read, day.buckets.reasoning) == (30, 12, 5, 1)
    assert _usage(profile, day) == [("claude", "anthropic", "claude-opus-4-5", 42, 0)]
    assert [share.messages for share in profile.models] == [4]
    assert {file.device: file.tokens for file in profile.files} == {"device01": 30, "device02": 13}


def test_each_row_is_priced_by_its_own_request_size(store: "Store", row: Row, loaded: Loaded) -> None:
    """Summed over devices these would be of another tier."""
    model = {"provider": "google", "model": "gemini-2.5-pro"}
    sizes = (150_000, 350_000)
    for number, size in enumerate(sizes):
        store.use(7, {"2026-06-20": [row(size, **model)]}, device=f"device0{number}")
    expected = [
        cost_micros(
            "google",
            "gemini-2.5-pro",
            TODAY,
            input_tokens=size,
            output_tokens=0,
            cache_read_tokens=0,
            cache_creation_tokens=0,
            messages=1,
        )
        for size in sizes
    ]
    assert _profile(loaded, store).stats.cost_micros == sum(cost or 0 for cost in expected)


def test_unpriced_models_keep_their_tokens(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(7, {"2026-06-20": [row(90, provider="nobody", model="own"), row(10)]})
    profile = _profile(loaded, store)
    assert profile.stats.unpriced_tokens == 90
    (day,) = profile.days
    assert (day.unpriced_tokens, day.cost_micros) == (90, 50)
    assert [(share.name, share.unpriced_tokens) for share in profile.models] == [("own", 90), ("claude-opus-4-5", 0)]


def test_a_day_says_what_was_used_on_it(store: "Store", row: Row, loaded: Loaded) -> None:
    series = [("codex", "openai", "b"), ("claude", "openai", "c"), ("claude", "anthropic", "b")]
    rows = [row(source=source, provider=provider, model=model) for source, provider, model in series]
    store.use(7, {"2026-06-18": rows, "2026-06-19": rows[:1], "2026-06-20": rows})
    store.use(8, {"2026-06-18": rows[1:2]})
    with loaded(store) as warehouse:
        seven, eight = queries.profiles(warehouse, TODAY, 7, 8)
    # equal ones stand in the order in which the store has them
    every, first = ([(*names, 100, None) for names in some] for some in (series, series[:1]))
    assert [_usage(seven, day) for day in seven.days] == [every, first, every]
    assert [_usage(eight, day) for day in eight.days] == [[("claude", "openai", "c", 100, None)]]


def _usage(profile: Profile, day: Day) -> list[tuple[object, ...]]:
    """Return a day's usage with the names that its places stand for."""
    numbers = zip(day.usage[::3], day.usage[1::3], day.usage[2::3], strict=True)
    series = [(each.source, each.provider, each.model) for each in profile.series]
    return [(*series[place or 0], tokens, cents) for place, tokens, cents in numbers]


def test_usage_over_time_is_told_by_weeks_and_for_longer_by_months(store: "Store", row: Row, loaded: Loaded) -> None:
    days = {"2026-06-20": [row(5), row(1, model="other")], "2026-06-15": [row(2)], "2026-06-14": [row(3)]}
    store.use(7, days)
    store.use(8, days | {"2025-12-19": [row(9)]})
    with loaded(store) as warehouse:
        young, old = queries.profiles(warehouse, TODAY, 7, 8)
    monday = dt.date(2026, 6, 15)
    assert [(span.start, span.place, span.tokens) for span in young.spans] == [
        (dt.date(2026, 6, 8), 0, 3),
        (monday, 0, 7),
        (monday, 1, 1),
    ]
    june = dt.date(2026, 6, 1)
    assert [(span.start, span.place, span.tokens) for span in old.spans] == [
        (dt.date(2025, 12, 1), 0, 9),
        (june, 0, 10),
        (june, 1, 1),
    ]


def test_a_login_that_was_given_up_leads_to_who_had_it_last(store: "Store", row: Row, loaded: Loaded) -> None:
    """The files of the store are signed as user7, user8 and user9."""
    store.profile(7, "ada-demo")
    store.profile(8, "User7")
    store.profile(9, "grace-demo")
    for user_id in (7, 8, 9):
        store.use(user_id, {"2026-06-20": [row()]})
    with loaded(store) as warehouse:
        found = {profile.login: profile.former_logins for profile in queries.profiles(warehouse, TODAY, 1, 99)}
    assert found == {"ada-demo": (), "User7": ("user8",), "grace-demo": ("user9",)}


def test_keys_are_told_by_their_fingerprints(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(7, {"2026-06-20": [row()]})
    text = store.files["submissions/07/7/profile.json"].content.decode()
    real = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGKt0aYp4mVv0kC8F7e6wPq7u0rH4bq1yZ3v5n9XcT2L"
    device = {
        "id": "device02",
        "publicKey": real,
        "createdAt": "2024-05-01T00:00:00Z",
        "revokedAt": "2025-01-02T03:04:05Z",
    }
    profile = json.loads(text)
    profile["devices"].append(device)
    store.put("submissions/07/7/profile.json", json.dumps(profile).encode())
    first, second = _profile(loaded, store).keys
    assert (first.device, first.revoked) == ("device01", None)
    assert (second.device, second.created, second.revoked) == ("device02", dt.date(2024, 5, 1), dt.date(2025, 1, 2))
    assert second.fingerprint == fingerprint(real)


def test_pioneers_used_a_model_first_that_five_use(store: "Store", row: Row, loaded: Loaded) -> None:
    for user_id in range(1, 6):
        rows = [row(model="widely-used"), *([row(model="seldom-used")] if user_id < 5 else [])]
        store.use(user_id, {f"2026-06-{max(2, user_id):02}": rows}, merged=MERGED + dt.timedelta(user_id // 2))
    with loaded(store) as warehouse:
        found = list(queries.profiles(warehouse, TODAY, 1, 99))
    assert [profile.pioneered for profile in found] == [("widely-used",)] * 2 + [()] * 3
    assert [profile.joined_place for profile in found] == [1, 2, 2, 4, 4]


def test_numbers_beyond_64_bits_add_up(store: "Store", row: Row, loaded: Loaded) -> None:
    """Sixty models, ten years, in each month the most a file may hold."""
    models = [row(MAX_NUMBER // 60, output=MAX_NUMBER // 60, source=f"s{number}") for number in range(60)]
    store.use(7, {f"{year}-{month:02}-15": models for year in range(2016, 2026) for month in range(1, 13)})
    store.use(8, {"2026-06-19": models})
    stats = _profile(loaded, store).stats
    each = MAX_NUMBER // 60 * 60
    assert stats.buckets.total == each * 120
    assert stats.cost_micros == each * 25 * 120 > 2**64
    totals = _boards(loaded, store)[Period.ALL, Metric.TOKENS].totals
    assert (totals.tokens, totals.cost_micros) == (each * 121, each * 25 * 121)


def test_stats_and_shares_agree_with_the_days(store: "Store", row: Row, loaded: Loaded) -> None:
    chance = random.Random(5)
    series = (("claude", "anthropic", "a"), ("codex", "openai", "b"), ("codex", "x", "a"))
    store.use(
        7,
        {
            f"2026-0{month}-{day:02}": [
                row(chance.randrange(1, 999), source=source, provider=provider, model=model, messages=day % 3)
                for source, provider, model in series[: chance.randrange(1, 4)]
            ]
            for month in (4, 5, 6)
            for day in range(1, 20, 2)
        },
    )
    profile = _profile(loaded, store)
    total = sum(day.tokens for day in profile.days)
    assert profile.stats.buckets.total == total
    assert profile.stats.average_tokens_per_day == total // len(profile.days)
    peak = max(profile.days, key=lambda day: (day.tokens, -day.date.toordinal()))
    assert (profile.stats.peak_day, profile.stats.peak_tokens) == (peak.date, peak.tokens)
    for shares in (profile.providers, profile.sources, profile.models):
        assert sum(share.tokens for share in shares) == total
        assert list(shares) == sorted(shares, key=lambda share: (-share.tokens, share.name))
    for shares in (profile.providers, profile.sources):
        assert sum(share.messages for share in shares) == sum(share.messages for share in profile.models)
    assert {day.intensity for day in profile.days} == {1, 2, 3, 4}


def test_the_newest_profile_keeps_a_login_that_two_claim(store: "Store", row: Row, loaded: Loaded) -> None:
    days = {"2026-06-20": [row()]}
    later = dt.datetime(2026, 6, 10, tzinfo=dt.UTC)
    store.profile(9, "Ada", merged=later)
    store.profile(7, "ada")
    store.profile(8, "ADA")
    for user_id in (7, 8, 9):
        store.use(user_id, days)
    with loaded(store) as warehouse:
        logins = {profile.user_id: profile.login for profile in queries.profiles(warehouse, TODAY, 1, 99)}
    assert logins == {7: "ada~7", 8: "ADA~8", 9: "Ada"}


def test_of_profiles_merged_together_the_younger_account_keeps_the_login(
    store: "Store", row: Row, loaded: Loaded
) -> None:
    for user_id in (7, 8):
        store.profile(user_id, "ada")
        store.use(user_id, {"2026-06-20": [row()]})
    assert [_profile(loaded, store, user_id).login for user_id in (7, 8)] == ["ada~7", "ada"]


def test_the_login_that_github_told_counts_not_the_one_a_profile_claims(
    store: "Store", row: Row, loaded: Loaded
) -> None:
    for user_id, claimed, told in ((7, "victim", "victim"), (8, "victim", "thief")):
        store.profile(user_id, claimed, merged=dt.datetime(2026, 6, user_id, tzinfo=dt.UTC))
        store.use(user_id, {"2026-06-20": [row()]})
        reviews = f'{{"schemaVersion": 1, "login": "{told}", "files": []}}'
        store.put(f"submissions/{user_id:02x}/{user_id}/reviews.json", reviews.encode())
    assert [_profile(loaded, store, user_id).login for user_id in (7, 8)] == ["victim", "thief"]


def test_who_is_not_shown_takes_no_login(store: "Store", row: Row, loaded: Loaded) -> None:
    store.profile(9, "ada", merged=dt.datetime(2026, 6, 10, tzinfo=dt.UTC))
    store.profile(7, "ada")
    store.use(7, {"2026-06-20": [row()]})
    assert _profile(loaded, store).login == "ada"


@pytest.mark.parametrize("name", ["An Otter", "Żółw", "灯籠", "فراشة", "👩🏽‍💻 'quoted' <b>", "तितली"])
def test_names_of_any_script(store: "Store", row: Row, loaded: Loaded, name: str) -> None:
    store.profile(7, "ada", name=name)
    store.use(7, {"2026-06-20": [row()]})
    assert _profile(loaded, store).display_name == name


def test_files_say_where_numbers_come_from(store: "Store", row: Row, loaded: Loaded) -> None:
    (may,) = store.use(7, {"2026-05-20": [row(3)]}, revision=2)
    (june,) = store.use(7, {"2026-06-20": [row(4)]})
    (other,) = store.use(7, {"2026-06-02": [row(5)]}, device="device02")
    digest = _profile(loaded, store).files[0].hash
    reviews = (
        '{"schemaVersion": 1, "login": "ada", "files": ['
        f'{{"path": "device01/2026-06.json", "hash": "{digest}", "verdict": "flagged", "pullRequest": 12, '
        '"reviewer": "grace-demo", "time": "2026-06-21T01:02:03Z"},'
        f'{{"path": "device01/2026-05.json", "hash": "sha256:{"0" * 64}", "verdict": "verified", "pullRequest": 3, '
        '"reviewer": null, "time": "2026-06-20T01:02:03Z"},'
        '{"path": "profile.json", "hash": null, "verdict": "verified", "pullRequest": 3, '
        '"reviewer": null, "time": "2026-06-20T01:02:03Z"}]}'
    )
    store.put("submissions/07/7/reviews.json", reviews.encode())
    files = _profile(loaded, store).files
    assert [(file.path, file.revision, file.tokens) for file in files] == [(june, 1, 4), (other, 1, 5), (may, 2, 3)]
    assert [(file.verdict, file.pull_request) for file in files] == [("flagged", 12), ("", None), ("", None)]
    assert (files[0].reviewer, files[0].reviewed) == ("grace-demo", dt.date(2026, 6, 21))
    assert (files[1].reviewer, files[1].reviewed) == (None, None)
    assert [file.commit for file in files] == [store.files[path].commit for path in (june, other, may)]
    assert files[0].created == dt.datetime(2026, 6, 20, 23, 59, 59, tzinfo=dt.UTC)


def test_the_order_of_files_does_not_matter(store: "Store", row: Row, loaded: Loaded) -> None:
    for user_id in range(1, 30):
        store.use(user_id, {f"2026-06-{day:02}": [row(user_id % 4 + 1), row(7, model="m")] for day in range(1, 9)})
    seen = []
    for order in (1, -1):
        store.files = dict(list(store.files.items())[::order])
        store.entries = lambda: list(store.files.values())  # type: ignore[method-assign]
        with loaded(store) as warehouse:
            boards = [queries.boards(warehouse, period, TODAY) for period in Period]
            seen.append((boards, list(queries.profiles(warehouse, TODAY, 1, 99))))
    assert seen[0] == seen[1]


def test_profiles_come_in_ranges(store: "Store", row: Row, loaded: Loaded) -> None:
    for user_id in (3, 400, 5, 70):
        store.use(user_id, {"2026-06-20": [row()]})
    with loaded(store) as warehouse:
        assert queries.user_ids(warehouse) == [3, 5, 70, 400]
        assert [profile.user_id for profile in queries.profiles(warehouse, TODAY, 4, 70)] == [5, 70]
        assert list(queries.profiles(warehouse, TODAY, 6, 69)) == []


def test_places_are_compared_with_the_board_of_a_week_before(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-10": [row(100)]})
    store.use(2, {"2026-06-10": [row(50)], "2026-06-19": [row(100)]})
    store.use(3, {"2026-06-20": [row(10)]})
    boards = _boards(loaded, store)
    before = {row.user_id: (row.rank, row.rank_before) for row in boards[Period.ALL, Metric.TOKENS].rows}
    assert before == {1: (2, 1), 2: (1, 2), 3: (3, None)}
    before = {row.user_id: (row.rank, row.rank_before) for row in boards[Period.WEEK, Metric.TOKENS].rows}
    assert before == {2: (1, 2), 3: (2, None)}


def test_output_and_uncached_tokens_have_boards(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-20": [row(100, cache_read_tokens=90)]})
    store.use(2, {"2026-06-20": [row(60, output=5)]})
    boards = _boards(loaded, store)
    assert _places(boards[Period.ALL, Metric.TOKENS]) == [(1, 1), (2, 2)]
    assert _places(boards[Period.ALL, Metric.OUTPUT]) == [(1, 2)], "who has none is not on the board"
    assert _places(boards[Period.ALL, Metric.UNCACHED]) == [(1, 2), (2, 1)]
    assert [row.uncached_tokens for row in boards[Period.ALL, Metric.UNCACHED].rows] == [60, 10]


def test_weeks_end_with_the_builds_day(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-06-20": [row(3)], "2026-06-14": [row(4)], "2026-06-13": [row(50)], "2025-06-20": [row(9)]})
    (place,) = _boards(loaded, store)[Period.ALL, Metric.TOKENS].rows
    assert len(place.weeks) == queries.WEEKS
    assert place.weeks[-3:] == (0, 50, 7)
    assert sum(place.weeks) == 57, "a year ago is not half a year ago"


def test_months_that_are_over_keep_their_boards(store: "Store", row: Row, loaded: Loaded) -> None:
    store.use(1, {"2026-05-01": [row(10)], "2026-04-30": [row(7)], "2026-06-01": [row(1)]})
    store.use(2, {"2026-05-31": [row(20)]})
    with loaded(store) as warehouse:
        may, april = queries.closed_months(warehouse, TODAY, 1)
    assert (may.period, april.period) == (dt.date(2026, 5, 1), dt.date(2026, 4, 1))
    assert _places(may) == [(1, 2)], "one place was asked for"
    assert (may.totals.users, may.totals.tokens) == (2, 30)
    assert _places(april) == [(1, 1)]
