"""The shapes of the static JSON, read off the types that write it, so that what is documented is what is written."""

import datetime as dt
import types
import typing
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import Struct

from generator import api
from generator.rows import Metric, Period
from generator.search import SearchList

_INDENT = "  "
_SCALARS: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Decimal: "US dollars",
    dt.date: "day",
    dt.datetime: "time",
    type(None): "null",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of file below `/api/`: its address, what it is, the address of one that is always there, fields."""

    address: str
    about: str
    example: str
    fields: str


def fields(kind: object, depth: int = 0) -> str:
    """Return a type of the API as JSON in which each value is what kind of value stands there, `…` for more of them."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        inner = [
            f'{_INDENT * (depth + 1)}"{field.encode_name}": {fields(field.type, depth + 1)}'
            for field in msgspec.structs.fields(kind)
        ]
        return "{\n" + ",\n".join(inner) + f"\n{_INDENT * depth}}}"
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return fields(arguments[0], depth)
    if origin is tuple and arguments[-1] is not Ellipsis:
        return f"[{', '.join(fields(each, depth) for each in arguments)}]"
    if origin in {list, tuple}:
        return f"[{fields(arguments[0], depth)}, …]"
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(fields(each, depth) for each in arguments)
    return _SCALARS[kind]


def _either(words: type[StrEnum]) -> str:
    return " or ".join(f"`{word}`" for word in words)


SHAPES = (
    Shape(
        "api/leaderboard/<period>/<metric>/<page>.json",
        f"{api.PAGE_SIZE} places of a board. The period is {_either(Period)}, the metric {_either(Metric)}; pages "
        "count from 1. Tokens of models that nobody prices are not in the cost. Equal values share a rank. "
        "Uncached tokens are input that was not read from a cache, and output. `rankBefore` is the place on the same "
        "board seven days earlier, null for who was not on it.",
        "api/leaderboard/all/tokens/1.json",
        fields(api.BoardPage),
    ),
    Shape(
        "api/users/<login>.json",
        "One user: totals over all time, every active day, and all usage by provider, source and model. Days are "
        "columns: the third value of each belongs to the third day; days that are absent have none. A day's `count` is "
        "its tokens, its `intensity` 1 to 4. Its `usage` has three numbers for each series used: the place in `series` "
        "(from 0), tokens, and whole cents, null where nobody prices the model.",
        "",
        fields(api.UserPage),
    ),
    Shape(
        "api/search/<prefix>.json",
        "Who has a word in login, name or a former login that begins so, without accents and in small letters: rank, "
        "login, name, and the former logins, in order of rank. A "
        "prefix has one character, and one more as long as `more` is true; characters but a-z and 0-9 are written as "
        "their number in hexadecimal digits between `_`.",
        "",
        fields(SearchList),
    ),
    Shape(
        "api/flagged.json",
        "What waits for a maintainer, by number. The reasons are codes of rules, joined by commas.",
        "api/flagged.json",
        fields(api.Flagged),
    ),
    Shape(
        "api/build.json",
        "What this site was made from: the commit, the UTC day that weeks, months and streaks end with, and the GitHub "
        "ids of all its users.",
        "api/build.json",
        fields(api.Build),
    ),
)
"""Every kind of file below `/api/`."""
