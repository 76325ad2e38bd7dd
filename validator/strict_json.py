"""JSON from strangers: decoded only when it is small, shallow, unambiguous and made of whole numbers."""

import json
import re
from typing import NoReturn

MAX_DEPTH = 16
"""Levels of nesting; a submission has six."""


_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
"""A string, even one that never ends: its brackets nest nothing."""
_BRACKET = re.compile(r"[\[\]{}]")


class BadJson(ValueError):
    """The bytes are not JSON as the store wants it; the text says why in one line."""


def _no_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result: dict[str, object] = {}
    for key, value in pairs:
        if key in result:
            raise BadJson(f"the key {key[:60]!r} appears twice")
        result[key] = value
    return result


def _no_constant(word: str) -> NoReturn:
    raise BadJson(f"{word} is not a number")


def _no_float(text: str) -> NoReturn:
    raise BadJson(f"{text[:30]} is not a whole number")


def _whole(text: str) -> int:
    if len(text) > 17:
        raise BadJson("a number is larger than 2^53 - 1")
    return int(text)


def _check_depth(text: str) -> None:
    """Refuse deep nesting before decoding, which would exhaust Python's stack."""
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
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
    _check_depth(text)
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
