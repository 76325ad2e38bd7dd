"""Attacks by what a file holds: JSON that readers understand differently, and values that do something."""

import json
import re
from collections.abc import Callable

import rfc8785

from tests.validator.attacks.attack import attack
from tests.validator.attacks.scene import ADA, Scene
from validator import signature
from validator.submission import NAMESPACE, digest, render_profile, render_submission

HONEST = render_submission(ADA.submission())
PROFILE = render_profile(ADA.profile())


def _bring(scene: Scene, month: bytes, profile: bytes = PROFILE) -> str:
    return scene.commit({ADA.path(): month, ADA.profile_path: profile})


def _swap(old: bytes, new: bytes) -> bytes:
    """Return the honest file with one piece of text replaced."""
    assert HONEST.count(old) == 1
    return HONEST.replace(old, new)


def _signed(edit: Callable[[dict[str, object]], object]) -> bytes:
    """Return a file whose fields were edited before they were hashed and signed."""
    fields = json.loads(HONEST)
    edit(fields)
    claim = rfc8785.dumps({name: value for name, value in fields.items() if name not in {"hash", "signature"}})
    fields |= {"hash": digest(claim), "signature": signature.sign(claim, ADA.key, NAMESPACE)}
    return json.dumps(fields, ensure_ascii=False).encode()


def _row(edit: dict[str, object]) -> bytes:
    """Return a signed file with values of its usage row replaced."""

    def replace(fields: dict[str, object]) -> None:
        data = fields["data"]
        assert isinstance(data, dict)
        data["contributions"][0]["usage"][0].update(edit)

    return _signed(replace)


@attack("rejected", "schema")
def duplicate_keys(scene: Scene) -> str:
    """A key twice, of which readers take the first or the last."""
    return _bring(scene, _swap(b'  "revision": 1', b'  "revision": 2,\n  "revision": 1'))


@attack("rejected", "schema")
def duplicate_key_escaped(scene: Scene) -> str:
    """A key twice, once written with an escape."""
    return _bring(scene, _swap(b'  "revision": 1', b'  "r\\u0065vision": 2,\n  "revision": 1'))


@attack("rejected", "schema")
def not_a_number(scene: Scene) -> str:
    """`NaN` as a number of tokens."""
    return _bring(scene, _swap(b'"messages": 12', b'"messages": NaN'))


@attack("rejected", "schema")
def infinity(scene: Scene) -> str:
    """`1e400`, infinity to some readers."""
    return _bring(scene, _swap(b'"messages": 12', b'"messages": 1e400'))


@attack("rejected", "schema")
def fraction(scene: Scene) -> str:
    """A fraction of a token."""
    return _bring(scene, _swap(b'"messages": 12', b'"messages": 12.5'))


@attack("rejected", "schema")
def huge_integer(scene: Scene) -> str:
    """An integer of 100,000 digits."""
    return _bring(scene, _swap(b'"messages": 12', b'"messages": ' + b"9" * 100_000))


@attack("rejected", "schema")
def beyond_json(scene: Scene) -> str:
    """2^53, which half of all JSON readers cannot tell from 2^53 + 1."""
    return _bring(scene, _swap(b'"messages": 12', b'"messages": 9007199254740993'))


@attack("rejected", "schema")
def deep_nesting(scene: Scene) -> str:
    """Lists nested 100,000 deep."""
    return _bring(scene, b"[" * 100_000 + b"]" * 100_000)


@attack("rejected", "schema")
def deep_in_a_field(scene: Scene) -> str:
    """Objects nested 20,000 deep in one field."""
    return _bring(scene, _swap(b'"messages": 12', b'"messages": ' + b'{"a":' * 20_000 + b"1" + b"}" * 20_000))


@attack("rejected", "schema")
def byte_order_mark(scene: Scene) -> str:
    """A byte order mark before the JSON."""
    return _bring(scene, b"\xef\xbb\xbf" + HONEST)


@attack("rejected", "schema")
def utf_16(scene: Scene) -> str:
    """The file in UTF-16."""
    return _bring(scene, HONEST.decode().encode("utf-16"))


@attack("rejected", "schema")
def overlong(scene: Scene) -> str:
    """An overlong UTF-8 sequence that some readers take for a quotation mark."""
    return _bring(scene, _swap(b'"cliVersion": "0.1.0"', b'"cliVersion": "0.1.0\xc0\xa2"'))


@attack("rejected", "schema")
def half_surrogate(scene: Scene) -> str:
    """Half a surrogate pair in a name, which cannot be written as UTF-8."""
    return _bring(scene, HONEST, PROFILE.replace(b'"displayName": "ada-demo"', b'"displayName": "\\ud800"'))


@attack("rejected", "schema")
def null_character(scene: Scene) -> str:
    """U+0000 in a name."""
    return _bring(scene, HONEST, PROFILE.replace(b'"displayName": "ada-demo"', b'"displayName": "a\\u0000b"'))


@attack("verified", "layout")
def crlf(scene: Scene) -> str:
    """Windows line ends: the same signed content in another layout."""
    return _bring(scene, HONEST.replace(b"\n", b"\r\n"))


@attack("verified", "layout")
def white_space(scene: Scene) -> str:
    """Something hidden in trailing white space, after the signature."""
    return _bring(scene, HONEST + b"\t  \t \t\t" * 100)


@attack("verified", "layout")
def no_last_line_break(scene: Scene) -> str:
    """No line break at the end."""
    return _bring(scene, HONEST.removesuffix(b"\n"))


@attack("verified", "layout")
def key_order(scene: Scene) -> str:
    """The same JSON with its keys in another order, rightly signed."""
    return _bring(scene, json.dumps(dict(reversed(json.loads(HONEST).items()))).encode())


@attack("rejected", "schema")
def two_documents(scene: Scene) -> str:
    """A second JSON document after the first."""
    return _bring(scene, HONEST * 2)


@attack("rejected", "schema")
def not_json(scene: Scene) -> str:
    """A program in the place of a submission."""
    return _bring(scene, b"#!/bin/sh\nrm -rf /\n")


@attack("rejected", "schema")
def empty_file(scene: Scene) -> str:
    """An empty file."""
    return _bring(scene, b"")


@attack("rejected", "schema")
def private_field(scene: Scene) -> str:
    """A field that nobody knows, with private data, rightly signed."""
    return _bring(scene, _signed(lambda fields: fields.update(email="ada@demo.invalid")))


@attack("rejected", "schema")
def many_fields(scene: Scene) -> str:
    """20,000 fields that nobody knows."""
    return _bring(scene, json.dumps({f"x{number}": 0 for number in range(20_000)}).encode())


@attack("rejected", "schema")
def line_break(scene: Scene) -> str:
    """A line break and a workflow command in a model's name, rightly signed."""
    return _bring(scene, _row({"model": "claude\n::set-output name=verdict::verified"}))


@attack("rejected", "schema")
def trailing_line_break(scene: Scene) -> str:
    """A line break at the very end of a device's name, where patterns overlook it."""
    return _bring(scene, _signed(lambda fields: fields.update(device="ab12cd34\n")))


@attack("rejected", "schema")
def html(scene: Scene) -> str:
    """HTML in a model's name, rightly signed."""
    return _bring(scene, _row({"model": "<img src=x onerror=alert(1)>"}))


@attack("rejected", "schema")
def template(scene: Scene) -> str:
    """A workflow expression in a provider's name, rightly signed."""
    return _bring(scene, _row({"provider": "${{ secrets.GITHUB_TOKEN }}"}))


@attack("rejected", "schema")
def path_in_a_name(scene: Scene) -> str:
    """`../../` in the name of a device in the profile."""
    return _bring(scene, HONEST, PROFILE.replace(b'"id": "ab12cd34"', b'"id": "../../07"'))


@attack("rejected", "schema")
def command_as_key(scene: Scene) -> str:
    """An unknown field whose name is a workflow command of the old form."""
    return _bring(scene, _swap(b'  "revision": 1', b'  "##[set-output name=verdict]verified": 2,\n  "revision": 1'))


@attack("rejected", "schema")
def mentions(scene: Scene) -> str:
    """An unknown field whose name mentions everybody, with a link and an image."""
    name = b"@everyone [x](https://evil.example) ![](//evil.example/p.png) <b>"
    return _bring(scene, _swap(b'  "revision": 1', b'  "%s": 2,\n  "revision": 1' % name))


@attack("verified")
def odd_display_name(scene: Scene) -> str:
    """HTML and a mention in one's display name: any text is a name, and shown as text (honest)."""
    return _bring(scene, HONEST, PROFILE.replace(b'"displayName": "ada-demo"', b'"displayName": "<b>@everyone</b> #1"'))


@attack("rejected", "schema")
def turned_display_name(scene: Scene) -> str:
    """A display name that turns the writing direction of the page around."""
    name = '"displayName": "\u202emoc.live"'.encode()
    return _bring(scene, HONEST, re.sub(rb'"displayName": "ada-demo"', name, PROFILE))


@attack("rejected", "schema")
def other_alphabet(scene: Scene) -> str:
    """Another user's login written with Cyrillic letters."""
    return _bring(scene, HONEST, PROFILE.replace(b'"login": "ada-demo"', '"login": "b\u043eb-demo"'.encode()))


@attack("rejected", "schema")
def profile_as_submission(scene: Scene) -> str:
    """A profile in the place of a submission."""
    return _bring(scene, PROFILE)
