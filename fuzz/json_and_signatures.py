"""Fuzz what reads strangers' bytes: the JSON reader, the three kinds of file, public keys and signatures.

    python fuzz/json_and_signatures.py [--seconds 600] [libFuzzer's options] [a file to try again]

The corpus begins with honest files, keys and signatures. Besides never raising anything but its own error, each
reader has laws to keep: other readers understand alike what it accepts, and writing it out gives it back.
"""

import argparse
import copy
import json
import random
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import atheris  # type: ignore[import-untyped, import-not-found, unused-ignore]

sys.path.insert(0, str(Path(__file__).parents[1]))

with atheris.instrument_imports(include=["validator"]):
    from fuzz.seeds import MESSAGE, SEEDS
    from validator import signature, strict_json
    from validator.reviews import parse_reviews, render_reviews
    from validator.submission import (
        NAMESPACE,
        Malformed,
        canonical,
        parse_profile,
        parse_submission,
        render_profile,
        render_submission,
    )

LIMIT = 256 * 1024
JSON_SHARE = 0.5
"""How often a document is changed as JSON, and not as bytes."""
HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
"""Seeds, and what libFuzzer adds to them: a later run goes on from there."""
FINDINGS = HERE / "findings"
"""Input that broke a law; give such a file to this program to see it again."""


class BrokenLawError(Exception):
    """A reader accepted what it should have refused, or gave back something else."""


def insist(kept: bool, law: str) -> None:
    """Raise BrokenLawError unless the law was kept."""
    if not kept:
        raise BrokenLawError(law)


def read_json(raw: bytes) -> None:
    """Decode; what is accepted must be what Python's own reader makes of it."""
    try:
        value = strict_json.decode(raw, limit=LIMIT)
    except strict_json.BadJson:
        return
    insist(json.loads(raw) == value, "Python reads it alike")


def read_submission(raw: bytes) -> None:
    """Read a submission; what is accepted must be written, read back and canonicalised to the same."""
    try:
        submission = parse_submission(raw)
    except Malformed:
        return
    again = parse_submission(render_submission(submission))
    insist(again == submission, "it is written and read back alike")
    insist(canonical(again) == canonical(submission), "it is signed alike")


def read_profile(raw: bytes) -> None:
    """Read a profile; what is accepted must be written and read back to the same."""
    try:
        profile = parse_profile(raw)
    except Malformed:
        return
    insist(parse_profile(render_profile(profile)) == profile, "it is written and read back alike")


def read_reviews(raw: bytes) -> None:
    """Read a reviews.json; what is accepted must be written and read back to the same."""
    try:
        reviews = parse_reviews(raw)
    except Malformed:
        return
    insist(parse_reviews(render_reviews(reviews)) == reviews, "it is written and read back alike")


def read_key(raw: bytes) -> None:
    """Read a public key; one that is accepted has a fingerprint."""
    key = raw.decode("utf-8", "replace")
    try:
        signature.check_public_key(key)
    except signature.BadKey:
        return
    insist(signature.fingerprint(key).startswith("SHA256:"), "it has a fingerprint")


def read_signature(raw: bytes) -> None:
    """Check a signature and a key, with a NUL between; it must hold for one message and one purpose only."""
    armoured, _, key = raw.decode("utf-8", "replace").partition("\0")
    if _holds(armoured, key, MESSAGE, NAMESPACE):
        insist(not _holds(armoured, key, MESSAGE + b"!", NAMESPACE), "it holds for no other message")
        insist(not _holds(armoured, key, MESSAGE, NAMESPACE + "2"), "it holds for no other purpose")


def _holds(armoured: str, key: str, message: bytes, namespace: str) -> bool:
    try:
        signature.verify(message, armoured, key, namespace)
    except signature.BadSignature:
        return False
    return True


READERS: tuple[Callable[[bytes], None], ...] = (
    read_json,
    read_submission,
    read_profile,
    read_reviews,
    read_key,
    read_signature,
)


def read(raw: bytes) -> None:
    """Give the bytes to the reader that the first of them names."""
    if raw:
        READERS[raw[0] % len(READERS)](raw[1:])


ODD_VALUES: tuple[object, ...] = (
    *(None, True, 0, 1, -1, 2**53 - 1, 2**53, 10**20, 1.5, "", "x", "2026-11-02", "\u202e", "\ud800", "\n", "a" * 9000),
    *([], {}, [[[[[]]]]], {"x": 1}),
)


def mutate(raw: bytes, max_size: int, seed: int) -> bytes:
    """Change one value of a JSON document, or any bytes of what is none: libFuzzer alone rarely keeps JSON whole."""
    chance = random.Random(seed)  # noqa: S311 - which input is tried next is no secret
    try:
        value = json.loads(raw[1:]) if chance.random() < JSON_SHARE else None
    except (ValueError, RecursionError):
        value = None
    holders = list(_holders(value))
    if not holders:
        return bytes(atheris.Mutate(raw, max_size))
    holder = chance.choice(holders)
    place = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    other = chance.choice(holders)
    found = chance.choice(list(other.values()) if isinstance(other, dict) else other)
    holder[place] = chance.choice([*ODD_VALUES, copy.deepcopy(found)])
    return (raw[:1] + json.dumps(value).encode())[:max_size]


def _holders(value: Any) -> Iterator[Any]:
    """Yield every object and list inside a JSON value that is not empty."""
    if isinstance(value, dict | list) and value:
        yield value
        for below in value.values() if isinstance(value, dict) else value:
            yield from _holders(below)


def write_corpus() -> Path:
    """Write honest input for every reader, and return a dictionary of the words in it."""
    for folder in (CORPUS, FINDINGS):
        folder.mkdir(exist_ok=True)
    words: set[bytes] = set()
    for number, reader in enumerate(READERS):
        for place, seed in enumerate(SEEDS[reader.__name__]):
            (CORPUS / f"{reader.__name__}-{place}").write_bytes(bytes([number]) + seed)
            words.update(re.findall(rb"[\w./:-]{3,40}", seed))
    dictionary = HERE / "corpus.dict"
    dictionary.write_bytes(b"".join(b'"%s"\n' % word for word in sorted(words)))
    return dictionary


def main() -> None:
    """Fuzz for so many seconds; libFuzzer ends the process, with a code that is not 0 when it found something."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=600, help="how long (default: 600)")
    arguments, others = parser.parse_known_args()
    options = [f"-max_total_time={arguments.seconds}", "-max_len=65536", "-timeout=20", "-rss_limit_mb=1024"]
    options += [f"-dict={write_corpus()}", f"-artifact_prefix={FINDINGS}/"]
    given = [] if any(not other.startswith("-") for other in others) else [str(CORPUS)]
    atheris.Setup([sys.argv[0], *options, *others, *given], read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
