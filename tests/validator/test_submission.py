"""What a submission and a profile are: one meaning, one hash, whatever the file's looks."""

import copy
import hashlib
import json
import random
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from validator.submission import (
    MAX_PROFILE_BYTES,
    MAX_SUBMISSION_BYTES,
    Contribution,
    Data,
    Malformed,
    Profile,
    Submission,
    Summary,
    UsageRow,
    canonical,
    digest,
    harmless,
    parse_profile,
    parse_submission,
    render_profile,
    render_submission,
    seal,
)

SUBMISSION: dict[str, Any] = {
    "schemaVersion": 1,
    "user": {"id": 9_000_000_001, "login": "demo-otter"},
    "device": "abcd1234",
    "period": "2026-11",
    "revision": 2,
    "previous": "sha256:" + "0" * 64,
    "createdAt": "2026-11-22T13:30:15Z",
    "cliVersion": "0.1.0",
    "parsers": {"claude": 1, "codex": 3},
    "data": {
        "dateRange": {"start": "2026-11-03", "end": "2026-11-04"},
        "summary": {
            "totalTokens": 3300,
            "totalCostMicros": 500,
            "inputTokens": 3000,
            "outputTokens": 300,
            "cacheCreationTokens": 10,
            "cacheReadTokens": 2000,
            "reasoningTokens": 100,
            "activeDays": 2,
            "avgTokensPerDay": 1650,
            "peakDay": {"date": "2026-11-03", "tokens": 2200},
            "sources": ["claude", "codex"],
            "providers": ["anthropic", "openai"],
            "models": ["claude-sonnet-4-5", "gpt-5"],
        },
        "contributions": [
            {
                "date": "2026-11-03",
                "usage": [
                    {
                        "source": "claude",
                        "provider": "anthropic",
                        "model": "claude-sonnet-4-5",
                        "inputTokens": 2000,
                        "outputTokens": 200,
                        "cacheReadTokens": 1500,
                        "cacheCreationTokens": 10,
                        "reasoningTokens": 0,
                        "messages": 4,
                        "costMicros": 500,
                    }
                ],
            },
            {
                "date": "2026-11-04",
                "usage": [
                    {
                        "source": "codex",
                        "provider": "openai",
                        "model": "gpt-5",
                        "inputTokens": 1000,
                        "outputTokens": 100,
                        "cacheReadTokens": 500,
                        "cacheCreationTokens": 0,
                        "reasoningTokens": 100,
                        "messages": 2,
                        "costMicros": None,
                    }
                ],
            },
        ],
    },
    "hash": "sha256:" + "1" * 64,
    "signature": "-----BEGIN SSH SIGNATURE-----\n",
}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
PROFILE: dict[str, Any] = {
    "schemaVersion": 1,
    "user": {"id": 9_000_000_001, "login": "demo-otter"},
    "displayName": "Otter 🦦",
    "devices": [
        {"id": "abcd1234", "publicKey": KEY, "createdAt": "2026-11-22T13:30:15Z", "revokedAt": None},
        {
            "id": "zzzz9999",
            "publicKey": KEY,
            "createdAt": "2026-01-01T00:00:00Z",
            "revokedAt": "2026-02-28T23:59:59Z",
        },
    ],
}


def encode(value: object, **how: Any) -> bytes:
    return json.dumps(value, **how).encode()


def place(value: Any, path: str) -> tuple[Any, Any]:
    """Return the container and the last key of a dotted path such as `data.contributions.0.date`."""
    *before, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for key in before:
        value = value[key]
    return value, last


def with_value(original: dict[str, Any], path: str, value: object) -> bytes:
    changed = copy.deepcopy(original)
    container, key = place(changed, path)
    container[key] = value
    return encode(changed)


def shuffled(value: Any, rng: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        rng.shuffle(keys)
        return {key: shuffled(value[key], rng) for key in keys}
    return [shuffled(item, rng) for item in value] if isinstance(value, list) else value


texts = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from('\0\b\t\n\f\r\x1f"\\/\x7f\u2028\u2029\ufeff\U0001f9a6')
)
counts = st.integers(0, 10**9)
rows = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["claude", "codex"]),
        "provider": st.sampled_from(["anthropic", "openai", "x-ai", "lm_studio", "0"]),
        "model": st.text("aZ09 ._:/@+()[]-", max_size=9).map("m{}".format),
        "inputTokens": counts,
        "outputTokens": counts,
        "cacheReadTokens": counts,
        "cacheCreationTokens": counts,
        "reasoningTokens": counts,
        "messages": counts,
        "costMicros": st.none() | counts,
    }
).map(UsageRow.model_validate)
days = st.lists(
    st.tuples(st.integers(1, 30), st.lists(rows, min_size=1, max_size=3)),
    min_size=1,
    max_size=4,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: [Contribution(date=f"2026-11-{day:02}", usage=tuple(usage)) for day, usage in sorted(pairs)])


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    claim = parse_submission(encode(SUBMISSION)).model_copy(update={"data": Data.of(draw(days))})
    return seal(claim, draw(st.text(max_size=50)))


@settings(max_examples=40)
@given(submissions(), st.randoms(use_true_random=False), st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_key_order_and_white_space_change_neither_bytes_nor_hash(
    submission: Submission, rng: random.Random, indent: int | None, escaped: bool
) -> None:
    text = render_submission(submission)
    value = shuffled(json.loads(text), rng)
    other = parse_submission(json.dumps(value, indent=indent, ensure_ascii=escaped).encode())
    assert other == submission == parse_submission(text)
    assert canonical(other) == canonical(submission)
    assert render_submission(other) == text
    unsigned = {key: item for key, item in value.items() if key not in {"hash", "signature"}}
    assert canonical(other) == rfc8785.dumps(unsigned)
    assert other.hash == digest(canonical(other)) == "sha256:" + hashlib.sha256(canonical(other)).hexdigest()


numbers = st.integers(1 - 2**53, 2**53 - 1)


@settings(max_examples=60)
@given(submissions(), st.dictionaries(st.from_regex(r"[a-z][a-z0-9-]{0,31}", fullmatch=True), numbers), numbers, texts)
def test_whatever_a_claim_holds_is_written_as_the_reference_does(
    submission: Submission, parsers: dict[str, int], number: int, text: str
) -> None:
    """Nothing is validated here: the canonical bytes of any text at all are those of the library rfc8785."""
    claim = submission.model_copy(
        update={"parsers": parsers, "revision": number, "previous": text, "cli_version": text}
    )
    fields = claim.model_dump(mode="json", by_alias=True, exclude={"hash", "signature"})
    assert canonical(claim) == rfc8785.dumps(fields)


@settings(max_examples=60)
@given(submissions())
def test_a_file_has_one_usage_row_a_line(submission: Submission) -> None:
    lines = render_submission(submission).decode().split("\n")
    assert lines[-1] == ""
    usage = [json.loads(line.rstrip(",")) for line in lines if line.startswith('     {"source"')]
    assert usage == [
        row.model_dump(mode="json", by_alias=True) for day in submission.data.contributions for row in day.usage
    ]


@settings(max_examples=60)
@given(days)
def test_a_summary_is_what_the_days_add_up_to(contributions: list[Contribution]) -> None:
    data = Data.of(contributions)
    summary = data.summary
    usage = [row for day in contributions for row in day.usage]
    assert summary.total_tokens == summary.input_tokens + summary.output_tokens
    for count in ("input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens", "reasoning_tokens"):
        assert getattr(summary, count) == sum(getattr(row, count) for row in usage)
    assert summary.total_cost_micros == sum(row.cost_micros for row in usage if row.cost_micros is not None)
    assert summary.active_days == len(contributions)
    assert 0 <= summary.total_tokens - summary.avg_tokens_per_day * summary.active_days < summary.active_days
    assert summary.peak_day.tokens == max(day.total_tokens for day in contributions)
    assert summary.models == tuple(sorted({row.model for row in usage}))
    assert (data.date_range.start, data.date_range.end) == (contributions[0].date, contributions[-1].date)


def test_of_equal_days_the_earliest_is_the_peak() -> None:
    row = UsageRow.model_validate(SUBMISSION["data"]["contributions"][0]["usage"][0])
    contributions = [Contribution(date=f"2026-11-0{day}", usage=(row,)) for day in (3, 1, 2)]
    assert Summary.of(contributions).peak_day.date == "2026-11-01"


def test_the_example_is_read_and_its_summary_is_right() -> None:
    submission = parse_submission(encode(SUBMISSION))
    assert submission.data.summary == Summary.of(submission.data.contributions)
    assert json.loads(render_submission(submission)) == SUBMISSION


def test_canonical_bytes_are_pinned() -> None:
    """A change here makes every signature ever made invalid."""
    message = canonical(parse_submission(encode(SUBMISSION)))
    assert message.startswith(b'{"cliVersion":"0.1.0","createdAt":"2026-11-22T13:30:15Z","data":{"contributions":[{"da')
    assert digest(message) == "sha256:f6e25195ac4d9f09e8b299b17889dfdb61f4b03e7a0deccd5c65df19e7aaba3d"


def test_sealing_replaces_hash_and_signature() -> None:
    submission = parse_submission(encode(SUBMISSION))
    again = seal(submission, "x")
    assert (again.hash, again.signature) == (digest(canonical(submission)), "x")
    assert canonical(again) == canonical(submission)
    changed = submission.model_copy(update={"revision": 3})
    assert digest(canonical(changed)) != again.hash


def test_the_canonical_form_is_that_of_rfc_8785() -> None:
    """Section 3.2.3 of the RFC: keys are sorted by UTF-16 code units, which is not Python's order."""
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\x80": 6, "\xf6": 7}
    expected = '{"\\r":2,"1":4,"\x80":6,"\xf6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'
    assert rfc8785.dumps(value) == expected.encode()
    profile = parse_profile(encode(PROFILE))
    assert parse_profile(rfc8785.dumps(profile.model_dump(mode="json", by_alias=True))) == profile


def leaves(value: Any, path: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path.strip(".")] if path else []
    return found + [leaf for key, item in inner for leaf in leaves(item, f"{path}.{key}")]


NAMES: list[object] = [[], ["x"]]
RIGHT: dict[str, list[object]] = {
    "parsers": [{}, {"x": 1}],
    "sources": NAMES,
    "providers": NAMES,
    "models": NAMES,
    "devices": [[]],
    "signature": ["\u0661\n"],
}
"""Of the values tried everywhere, those that are right after all."""
OPTIONAL = ("previous", "costMicros", "revokedAt")
PARSE: dict[str, tuple[dict[str, Any], Callable[[bytes], Submission | Profile]]] = {
    "submission": (SUBMISSION, parse_submission),
    "profile": (PROFILE, parse_profile),
}
EVERY_PLACE = [(kind, path) for kind, (example, _) in PARSE.items() for path in leaves(example)]


@pytest.mark.parametrize(("kind", "path"), EVERY_PLACE)
def test_every_field_is_needed_and_typed(kind: str, path: str) -> None:
    example, parse = PARSE[kind]
    container, key = place(example, path)
    wrong: list[object] = [1.5, True, {"x": 1}, ["x"], "\u0661\n", -(2**53), 2**53, [], {}, "x" * 9000]
    wrong += [] if path.endswith(OPTIONAL) else [None]
    for value in wrong:
        if value in RIGHT.get(path.rsplit(".", maxsplit=1)[-1], []):
            continue
        with pytest.raises(Malformed) as refused:
            parse(with_value(example, path, value))
        assert all(len(problem) < 300 and "\n" not in problem for problem in refused.value.problems)
    if isinstance(container, dict) and not path.startswith("parsers.") and key != "revokedAt":
        changed = copy.deepcopy(example)
        del place(changed, path)[0][key]
        with pytest.raises(Malformed, match=f"{key}: Field required"):
            parse(encode(changed))


@pytest.mark.parametrize(("kind", "path"), [("submission", ""), ("profile", ""), *EVERY_PLACE])
def test_there_is_no_room_for_other_fields(kind: str, path: str) -> None:
    example, parse = PARSE[kind]
    changed = copy.deepcopy(example)
    target = changed
    if path:
        container, key = place(changed, path)
        target = container[key]
    if isinstance(target, dict) and path != "parsers":
        for name in ("cwd", "input_tokens", "schema_version", "__class__", ""):
            target[name] = 5
            with pytest.raises(Malformed, match="Extra inputs are not permitted"):
                parse(encode(changed))
            del target[name]


@pytest.mark.parametrize("name", ["schema_version", "created_at", "cli_version"])
def test_fields_go_by_their_published_name_only(name: str) -> None:
    camel = {"schema_version": "schemaVersion", "created_at": "createdAt", "cli_version": "cliVersion"}[name]
    changed = copy.deepcopy(SUBMISSION)
    changed[name] = changed.pop(camel)
    with pytest.raises(Malformed, match=f"{camel}: Field required"):
        parse_submission(encode(changed))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schemaVersion", 2),
        ("user.id", 0),
        ("user.id", -5),
        ("user.login", "-x"),
        ("user.login", "a/b"),
        ("user.login", "x" * 40),
        ("user.login", "demo\n"),
        ("user.login", "dem\u043e"),
        ("device", "ABCD1234"),
        ("device", "abcd123"),
        ("device", "abcd1234\n"),
        ("period", "2026-13"),
        ("period", "2026-1"),
        ("period", "1999-12"),
        ("period", "2026-11-01"),
        ("revision", 0),
        ("previous", "sha256:" + "A" * 64),
        ("previous", "sha256:" + "0" * 63),
        ("createdAt", "2026-11-22T13:30:15"),
        ("createdAt", "2026-11-22T13:30:60Z"),
        ("createdAt", "2026-02-29T00:00:00Z"),
        ("createdAt", "2026-11-22T24:00:00Z"),
        ("createdAt", "2026-11-22 13:30:15Z"),
        ("createdAt", "2026-11-22T13:30:15Z\n"),
        ("cliVersion", "0.1.0 (me@host)"),
        ("parsers", {"Claude": 1}),
        ("parsers", {"claude": 0}),
        ("parsers", {f"s{number}": 1 for number in range(65)}),
        ("data.contributions", []),
        ("data.contributions.0.date", "2026-11-31"),
        ("data.contributions.0.date", "20261103"),
        ("data.contributions.0.date", "2026-11-\uff11\uff12"),
        ("data.contributions.0.usage", []),
        ("data.contributions.0.usage.0.source", "../x"),
        ("data.contributions.0.usage.0.provider", "OpenAI"),
        ("data.contributions.0.usage.0.model", "/home/me/x"),
        ("data.contributions.0.usage.0.model", "<script>"),
        ("data.contributions.0.usage.0.model", "C:\\x"),
        ("data.contributions.0.usage.0.model", "gpt-5\u202e"),
        ("data.contributions.0.usage.0.model", "x" * 129),
        ("hash", "md5:" + "0" * 32),
        ("signature", "x" * 8193),
    ],
)
def test_values_have_one_spelling(path: str, value: object) -> None:
    with pytest.raises(Malformed, match=path.split(".", maxsplit=1)[0]):
        parse_submission(with_value(SUBMISSION, path, value))


def test_negative_numbers_pass_so_that_a_rule_can_name_them() -> None:
    changed = parse_submission(with_value(SUBMISSION, "data.contributions.0.usage.0.inputTokens", -5))
    assert changed.data.contributions[0].usage[0].input_tokens == -5


@pytest.mark.parametrize("name", ["🏴󠁧󠁢󠁥󠁮󠁧󠁿 Ünï çødé", "日本語 の 名前", "א ב", "O'Neil <b>&amp;\"", "x" * 100])
def test_names_of_any_script_are_welcome(name: str) -> None:
    profile = parse_profile(with_value(PROFILE, "displayName", name))
    assert profile.display_name == name == harmless(name)
    assert parse_profile(render_profile(profile)) == profile


@pytest.mark.parametrize(
    "name",
    [
        *("", " x", "x\u3000", "x" * 101, "a\nb", "a\tb", "a\x00b", "a\x7fb", "a\x85b", "a\x1b[31mb"),
        *("a\u2028b", "a\u202eb", "a\u2066b", "a\ue000b", "a\ufffeb", "\ufdd0"),
    ],
)
def test_names_that_steer_are_refused(name: str) -> None:
    assert harmless(name) != name or name == ""
    with pytest.raises(Malformed, match="displayName"):
        parse_profile(with_value(PROFILE, "displayName", name))


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_can_be_made_harmless(text: str) -> None:
    name = harmless(text)
    assert harmless(name) == name
    if name:
        assert parse_profile(with_value(PROFILE, "displayName", name)).display_name == name


@pytest.mark.parametrize(
    "key", ["ssh-ed25519", f"{KEY} me@host", f"{KEY}\n", KEY.replace(" ", "\n"), "ssh-ed25519 " + "A" * 4097]
)
def test_public_keys_have_no_comment(key: str) -> None:
    with pytest.raises(Malformed, match=r"devices\.0\.publicKey"):
        parse_profile(with_value(PROFILE, "devices.0.publicKey", key))


def test_a_profile_is_read_and_written() -> None:
    profile = parse_profile(encode(PROFILE))
    text = render_profile(profile)
    assert json.loads(text) == PROFILE
    assert text.count(b'\n    {"id"') == len(PROFILE["devices"])
    empty = profile.model_copy(update={"devices": ()})
    assert parse_profile(render_profile(empty)) == empty


def test_sizes_are_bounded_before_anything_is_parsed() -> None:
    for example, parse, limit in (
        (SUBMISSION, parse_submission, MAX_SUBMISSION_BYTES),
        (PROFILE, parse_profile, MAX_PROFILE_BYTES),
    ):
        raw = encode(example)
        padded = raw + b" " * (limit - len(raw))
        assert parse(padded) == parse(raw)
        with pytest.raises(Malformed, match=f"larger than {limit} bytes"):
            parse(padded + b" ")


def test_ten_problems_are_enough_and_each_names_its_place() -> None:
    with pytest.raises(Malformed) as refused:
        parse_submission(b"{}")
    assert len(refused.value.problems) == 10
    assert refused.value.problems[0] == "schemaVersion: Field required"
    with pytest.raises(Malformed, match=r"^file: Input should be"):
        parse_submission(b"[]")


def test_a_list_of_which_all_is_wrong_is_not_called_empty() -> None:
    with pytest.raises(Malformed) as refused:
        parse_submission(with_value(SUBMISSION, "data.contributions.0.usage.0.messages", "many"))
    assert refused.value.problems == ["data.contributions.0.usage.0.messages: Input should be a valid integer"]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"data":{"contributions":[{"date":"2026-01-01","usage":[' + b"{}," * 80_000 + b"{}]}]}}",
        b'{"data":{"contributions":[' + b"{}," * 80_000 + b"{}]}}",
        b'{"data":{"summary":{"models":[' + b"1," * 120_000 + b"1]}}}",
        b"{" + b",".join(b'"%d":0' % number for number in range(25_000)) + b"}",
        b'{"parsers":{' + b",".join(b'"%d":0' % number for number in range(25_000)) + b"}}",
    ],
    ids=["rows", "days", "names", "fields", "parsers"],
)
def test_a_file_full_of_mistakes_is_not_recited(raw: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse_submission(raw)
    assert len(refused.value.problems) == 10


def test_values_cannot_be_changed() -> None:
    submission = parse_submission(encode(SUBMISSION))
    with pytest.raises(ValidationError):
        submission.revision = 3


keys = st.sampled_from([*SUBMISSION, *SUBMISSION["data"], *PROFILE, "date", "usage", "id", "login"])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | st.just("2026-11-01"),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=150)
@given(anything.map(encode) | st.binary())
def test_any_bytes_are_refused_politely(raw: bytes) -> None:
    for parse in (parse_submission, parse_profile):
        with pytest.raises(Malformed):
            parse(raw)


@settings(max_examples=150)
@given(st.sampled_from(EVERY_PLACE), anything)
def test_any_value_in_any_place_is_read_or_refused_politely(where: tuple[str, str], value: object) -> None:
    kind, path = where
    example, parse = PARSE[kind]
    try:
        parsed = parse(with_value(example, path, value))
    except Malformed:
        return
    text = render_submission(parsed) if isinstance(parsed, Submission) else render_profile(parsed)
    assert parse(text) == parsed
