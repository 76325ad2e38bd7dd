"""JSON from strangers: decoded only when it is small, shallow, unambiguous and made of whole numbers."""

import json
import re
from typing import NoReturn

import msgspec

MAX_DEPTH = 16
"""Levels of nesting; a submission has six."""
MAX_DIGITS = 17
"""Characters of a number, its sign among them: any more are beyond 2^53."""

_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_UNNESTING = bytes(set(range(256)) - set(b'"[]{}'))
"""All bytes but quotes and brackets."""
_DIGITS_TO_ZERO = bytes.maketrans(b"123456789", b"000000000")


class BadJson(ValueError):
    """The bytes are not JSON as the store wants it; the text says why in one line."""


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) < len(pairs):
        raise BadJson(f"the key {_first_duplicate(pairs)[:60]!r} appears twice")
    return result


def _first_duplicate(pairs: list[tuple[str, object]]) -> str:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            break
        seen.add(key)
    return key


def _no_constant(word: str) -> NoReturn:
    raise BadJson(f"{word} is not a number")


def _no_float(text: str) -> NoReturn:
    raise BadJson(f"{text[:30]} is not a whole number")


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise BadJson("a number is larger than 2^53 - 1")
    return int(text)


def _has_long_digits(raw: bytes) -> bool:
    """Tell whether a number may be too large; digits in a string look the same."""
    return b"0" * MAX_DIGITS in raw.translate(_DIGITS_TO_ZERO)


def _check_depth(raw: bytes) -> None:
    """Refuse deep nesting before decoding, which would exhaust Python's stack.

    Strings nest nothing, not even one that never ends. A backslash outside of them is no JSON, and decoding ends there,
    so that it does not matter what is made of the rest.
    """
    marks = _ESCAPE.sub(b"", raw).translate(None, _UNNESTING).replace(b'""', b"")
    depth = 0
    for bracket in b"".join(marks.split(b'"')[::2]):
        depth += 1 if bracket in b"[{" else -1
        if depth > MAX_DEPTH:
            raise BadJson(f"nested deeper than {MAX_DEPTH} levels")


def decode(raw: bytes, *, limit: int) -> object:
    """Decode at most `limit` bytes of UTF-8 JSON.

    Raises BadJson for: too large, not UTF-8, a byte order mark, lone surrogates, duplicate keys, fractions, exponents,
    NaN and infinities, numbers of more than 17 characters, nesting deeper than MAX_DEPTH, anything after the value.
    """
    if len(raw) > limit:
        raise BadJson(f"larger than {limit} bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadJson("not UTF-8") from None
    _check_depth(raw)
    if b"\\u" not in raw and not _has_long_digits(raw):
        try:
            value = _decode_plain(raw)
        except (msgspec.MsgspecError, ValueError):
            pass  # the careful way finds the words for it
        else:
            if not _has_lost_pairs(raw, value):
                return value
    return _decode_carefully(text)


_decode_plain = msgspec.json.Decoder(float_hook=_no_float).decode
"""Reads JSON in half the time. What it accepts, others read alike, but of a key that stands twice only the last stays;
large numbers and halves of surrogate pairs are for the careful way, too."""


def _has_lost_pairs(raw: bytes, value: object) -> bool:
    """Tell whether a key stood twice: written again, a value has every colon of its strings and one for each pair."""
    return raw.count(b":") != msgspec.json.encode(value).count(b":")


def _decode_carefully(text: str) -> object:
    """Ask of every part whether it may be there, and say which may not."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_no_duplicates,
            parse_float=_no_float,
            parse_int=_whole,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise BadJson(f"not JSON: {error.msg} at line {error.lineno}") from None
    if "\\u" in text:
        _refuse_surrogates(value)
    return value


def _refuse_surrogates(value: object) -> None:
    """Lone surrogates cannot be written as UTF-8 again, so they would have no canonical bytes (RFC 8785)."""
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise BadJson("a string holds half a surrogate pair") from None
