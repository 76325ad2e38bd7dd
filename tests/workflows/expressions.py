"""The few expressions of GitHub Actions that the workflows use: names, literals, `!` `==` `!=` `&&` `||`, startsWith.

What is not known raises Unknown, so that a workflow cannot quietly outgrow its test.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Value: TypeAlias = "str | float | bool | Mapping[str, Value] | Sequence[Value] | None"
_TOKEN = re.compile(r"\s*(?:(&&|\|\||==|!=|[!(),])|('(?:[^']|'')*')|(-?\d+)|([A-Za-z_][A-Za-z0-9_.-]*))")
_SPAN = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_LITERALS: dict[str, Value] = {"true": True, "false": False, "null": None}


class Unknown(Exception):
    """An expression has something that is not known here."""


def evaluate(text: str, contexts: Mapping[str, Value]) -> Value:
    """Return the value of an expression, without or within `${{ }}`."""
    span = _SPAN.fullmatch(text.strip())
    parser = _Parser(span[1] if span else text, contexts)
    value = parser.either()
    if parser.tokens:
        raise Unknown(f"{text!r} goes on with {parser.tokens[0]!r}")
    return value


def fill_in(text: str, contexts: Mapping[str, Value]) -> str:
    """Return a text with its `${{ }}` replaced by their values, as GitHub writes them."""
    return _SPAN.sub(lambda span: as_text(evaluate(span[1], contexts)), text)


def as_text(value: Value) -> str:
    """Write a value: null is empty, booleans are in small letters, whole numbers have no point."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, str | int):
        return str(value)
    raise Unknown("an object has no text")


def is_true(value: Value) -> bool:
    """Tell whether a value counts as true: anything but false, 0, '' and null."""
    return value not in (False, 0, "", None)


class _Parser:
    def __init__(self, text: str, contexts: Mapping[str, Value]) -> None:
        self.contexts = contexts
        self.tokens = _tokens(text)

    def either(self) -> Value:
        value = self._both()
        while self._take("||"):
            other = self._both()
            value = value if is_true(value) else other
        return value

    def _both(self) -> Value:
        value = self._compared()
        while self._take("&&"):
            other = self._compared()
            value = other if is_true(value) else value
        return value

    def _compared(self) -> Value:
        value = self._single()
        for sign in ("==", "!="):
            if self._take(sign):
                return _equal(value, self._single()) == (sign == "==")
        return value

    def _single(self) -> Value:
        if self._take("!"):
            return not is_true(self._single())
        if self._take("("):
            value = self.either()
            self._need(")")
            return value
        if not self.tokens:
            raise Unknown("the expression ends too early")
        token = self.tokens.pop(0)
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token.lstrip("-").isdigit():
            return float(token)
        return self._starts_with() if token == "startsWith" else self._named(token)

    def _starts_with(self) -> bool:
        self._need("(")
        text = self.either()
        self._need(",")
        start = self.either()
        self._need(")")
        return as_text(text).lower().startswith(as_text(start).lower())

    def _named(self, name: str) -> Value:
        if name in _LITERALS:
            return _LITERALS[name]
        first, *rest = name.split(".")
        if first not in self.contexts:
            raise Unknown(name)
        value = self.contexts[first]
        for part in rest:
            value = value.get(part) if isinstance(value, Mapping) else None
        return value

    def _take(self, token: str) -> bool:
        if self.tokens and self.tokens[0] == token:
            self.tokens.pop(0)
            return True
        return False

    def _need(self, token: str) -> None:
        if not self._take(token):
            raise Unknown(f"{token} is missing")


def _equal(one: Value, other: Value) -> bool:
    """Compare as GitHub does what the workflows compare: text with text, whatever the case, or the same kinds."""
    if isinstance(one, str) and isinstance(other, str):
        return one.lower() == other.lower()
    if one is None or other is None or type(one) is type(other):
        return one == other
    raise Unknown(f"{one!r} and {other!r} are of different kinds")


def _tokens(text: str) -> list[str]:
    found, place = [], 0
    while text[place:].strip():
        match = _TOKEN.match(text, place)
        if match is None:
            raise Unknown(text[place:])
        found.append(match[0].strip())
        place = match.end()
    return found
