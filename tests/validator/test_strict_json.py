"""JSON from strangers: what is decoded, and that nothing else than BadJson ever comes of the rest."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from validator.strict_json import MAX_DEPTH, BadJson, decode

LIMIT = 64 * 1024

numbers = st.integers(-(10**15), 10**15)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def depth(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(values, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_whole_number_json_is_read_like_any_reader_reads_it(value: object, escaped: bool, indent: int | None) -> None:
    if depth(value) <= MAX_DEPTH:
        assert decode(json.dumps(value, ensure_ascii=escaped, indent=indent).encode(), limit=LIMIT) == value


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"\xef\xbb\xbf{}", "not JSON"),
        (b"\xff\xfe{\x00}\x00", "not UTF-8"),
        (b'"\xed\xa0\x80"', "not UTF-8"),
        (b'"\xc0\xaf"', "not UTF-8"),
        (b"{} {}", "not JSON"),
        (b"{}\0", "not JSON"),
        (b"{},", "not JSON"),
        (b'{"a":1,}', "not JSON"),
        (b"[1 /* one */]", "not JSON"),
        (b"{'a':1}", "not JSON"),
        (b"{a:1}", "not JSON"),
        (b'"tab\there"', "not JSON"),
        (b'"\\x41"', "not JSON"),
        (b"01", "not JSON"),
        (b"+1", "not JSON"),
        (b"0x10", "not JSON"),
        (b"1_000", "not JSON"),
        ("\u0661".encode(), "not JSON"),
        (b"NaN", "not a number"),
        (b"[Infinity]", "not a number"),
        (b"-Infinity", "not a number"),
        (b"1.0", "not a whole number"),
        (b"1e3", "not a whole number"),
        (b"1E-3", "not a whole number"),
        (b"-0.0", "not a whole number"),
        (b"1" + b"0" * 400 + b".5", "not a whole number"),
        (b"100000000000000000", "larger than 2"),
        (b"9" * 60_000, "larger than 2"),
        (b'{"a":1,"a":1}', "'a' appears twice"),
        (b'{"a":{"b":1,"\\u0062":2}}', "'b' appears twice"),
        (b'{"%b":1,"%b":1}' % (b"k" * 200, b"k" * 200), "'" + "k" * 60 + "' appears twice"),
        (b'"\\ud800"', "surrogate"),
        (b'{"\\udc00\\ud800":1}', "surrogate"),
        (b"[" * 17 + b"]" * 17, "deeper than 16"),
        (b'{"a":' * 17 + b"1" + b"}" * 17, "deeper than 16"),
        (b"[" * 60_000, "deeper than 16"),
        (b'["' + b"]" * 30_000 + b'",' + b"[" * 30_000, "deeper than 16"),
        (b'["]",' * 9_000, "deeper than 16"),
        (b'["\\"]",' * 9_000, "deeper than 16"),
        (b'["\\\\",' * 9_000, "deeper than 16"),
        (b'["\\\\\\"]",' * 7_000, "deeper than 16"),
        (b'["123456789012345678",123456789012345678]', "larger than 2"),
        (b"-12345678901234567", "larger than 2"),
        (b'"' + b'\\"' * 30_000, "not JSON"),
        (b'"' * 60_000, "not JSON"),
        (b'"\\', "not JSON"),
        (b" " * (LIMIT + 1), "larger than 65536 bytes"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_readers_may_disagree_on_is_refused(raw: bytes, reason: str) -> None:
    with pytest.raises(BadJson, match=reason) as refused:
        decode(raw, limit=LIMIT)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 120


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"[" * 16 + b"]" * 16, None),
        (b'"[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 24),
        (b'"\\ud83e\\udda6"', "\U0001f9a6"),
        (b'"\\\\ud800"', "\\ud800"),
        (b" \r\n\t9007199254740991\n", 2**53 - 1),
        (b"-9007199254740991", 1 - 2**53),
        (
            b'["123456789012345678901234567890",-1234567890123456]',
            ["123456789012345678901234567890", -1234567890123456],
        ),
        (b"12345678901234567", 12345678901234567),
        (b"{}" + b" " * (LIMIT - 2), {}),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_only_looks_suspicious_is_read(raw: bytes, value: object) -> None:
    decoded = decode(raw, limit=LIMIT)
    assert value is None or decoded == value


def test_many_keys_of_which_the_last_is_double_are_refused_without_comparing_all_with_all() -> None:
    keys = b",".join(b'"%d":0' % number for number in range(100_000))
    with pytest.raises(BadJson, match="'99999' appears twice"):
        decode(b"{" + keys + b',"99999":0}', limit=2**21)


fragments = st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\\", b"\\u", b"d800", b":", b",", b"1", b"-", b".", b"e"])


@given(st.binary() | st.text().map(str.encode) | st.lists(fragments).map(b"".join))
@example(b"-")
@example(b"\\")
def test_any_bytes_are_read_or_refused_politely(raw: bytes) -> None:
    try:
        value = decode(raw, limit=LIMIT)
    except BadJson:
        return
    assert json.loads(raw) == value


def written(value: object) -> str:
    """Write a made-up document: tuples are objects, whose keys may stand twice, and text is as it is in the file."""
    if isinstance(value, tuple):
        return "{" + ",".join(f"{key}:{written(each)}" for key, each in value) + "}"
    return "[" + " , ".join(map(written, value)) + "]" if isinstance(value, list) else str(value)


keys = st.sampled_from(['"a"', '"b"', '":"', '"\\":"', '"\\u0061"', '"a\\\\"', '""'])
literals = keys | st.sampled_from(
    ["0", "-0", "1.5", "1e3", "2E1", "true", "null", "NaN", "1" * 17, "-" + "1" * 16, "1" * 18, '"\\ud800"', '"\t"']
)
documents = st.recursive(literals, lambda inner: st.lists(inner) | st.lists(st.tuples(keys, inner)).map(tuple))


def judged_part_by_part(raw: bytes) -> object:
    """Decode with Python's reader alone, which asks about every object and every number; None: it is refused."""

    def refuse(part: object) -> object:
        raise ValueError(part)

    def unique(pairs: list[tuple[str, object]]) -> object:
        return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse(pairs)

    def whole(text: str) -> object:
        return int(text) if len(text) <= 17 else refuse(text)

    try:
        value = json.loads(
            raw.decode(), object_pairs_hook=unique, parse_int=whole, parse_float=refuse, parse_constant=refuse
        )
        json.dumps(value, ensure_ascii=False).encode()
    except ValueError:
        return None
    return [value] if depth(value) <= MAX_DEPTH else None


@given(documents.map(written))
def test_doubts_are_raised_about_the_same_documents_as_by_asking_of_every_part(text: str) -> None:
    try:
        found = [decode(text.encode(), limit=LIMIT)]
    except BadJson:
        found = None
    assert found == judged_part_by_part(text.encode())
