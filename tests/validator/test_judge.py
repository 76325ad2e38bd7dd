"""Verdicts: what holds for every submission, whatever it holds."""

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from validator import judge as judge_module
from validator import signature
from validator.config import Policy
from validator.findings import Level, Outcome, Verdict
from validator.judge import Author, judge
from validator.rules.rule import Remark, rule
from validator.submission import (
    NAMESPACE,
    Malformed,
    Summary,
    canonical,
    digest,
    parse_profile,
    parse_submission,
    render_profile,
    render_submission,
    seal,
)

Judge = Callable[..., Verdict]
real_git = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@pytest.fixture
def judged(board: Any, ada: Any, now: dt.datetime) -> Judge:
    """Return a function that commits files upon main and judges them as Ada's."""

    def run(files: dict[str, bytes | None]) -> Verdict:
        head = board.commit(files, board.main)
        author = Author(ada.id, ada.login, ada.id)
        verdict = judge(board.repository, base="main", head=head, author=author, policy=Policy(), now=now)
        assert verdict is not None
        return verdict

    return run


def codes(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_an_honest_change_is_verified_with_all_that_the_merge_records(judged: Judge, ada: Any, board: Any) -> None:
    submission = ada.submission({"2026-11-02": 1201, "2026-11-03": 5})
    verdict = judged(ada.files(submission))
    assert verdict.outcome is Outcome.VERIFIED
    assert verdict.base == board.main
    month, profile = verdict.files
    assert (month.path, month.hash, month.total_tokens) == (ada.path(), submission.hash, 4824)
    assert month.key == signature.fingerprint(ada.public_key)
    assert board.repository.blob(month.blob, 10**6) == render_submission(submission)
    assert (profile.path, profile.hash, profile.key, profile.total_tokens) == (ada.profile_path, "", "", 0)


def test_leaving_altogether_is_verified(judged: Judge, ada: Any, board: Any) -> None:
    board.push(ada.files())
    verdict = judged(dict.fromkeys(ada.files()))
    assert verdict.outcome is Outcome.VERIFIED
    assert {(file.path, file.blob) for file in verdict.files} == {(path, "") for path in ada.files()}


def test_the_same_change_gives_the_same_verdict(judged: Judge, ada: Any, board: Any, now: dt.datetime) -> None:
    first = judged(ada.files(ada.submission({"2026-11-02": 500_000_000, "2026-12-01": 1})))
    author = Author(ada.id, ada.login, ada.id)
    again = judge(board.repository, base=first.base, head=first.head, author=author, policy=Policy(), now=now)
    assert again == first
    levels = [finding.level for finding in first.findings]
    assert levels == sorted(levels, key=list(Level).index)
    assert {Level.REJECT, Level.FLAG} <= set(levels)


def test_a_rule_that_fails_rejects(judged: Judge, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    @rule("broken", Level.NOTICE)
    def broken(change: Any) -> list[Remark]:
        """Divide by zero."""
        return [Remark(str(1 // 0))]

    monkeypatch.setattr(judge_module, "RULES", (broken,))
    verdict = judged(ada.files())
    assert verdict.outcome is Outcome.REJECTED
    assert [(finding.code, finding.level) for finding in verdict.findings] == [("broken", Level.REJECT)]
    assert "ZeroDivisionError" in verdict.findings[0].message


def test_a_reading_that_fails_rejects(judged: Judge, ada: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError

    monkeypatch.setattr(judge_module, "read_change", fail)
    verdict = judged(ada.files())
    assert verdict.outcome is Outcome.REJECTED
    assert "KeyError" in verdict.findings[0].message


def test_what_was_not_read_is_rejected_even_if_no_rule_objects(
    judged: Judge, ada: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge_module, "RULES", ())
    assert judged(ada.files()).outcome is Outcome.VERIFIED
    verdict = judged({**ada.files(), ada.path("2026-10"): b"{}"})
    assert [(finding.code, finding.path) for finding in verdict.findings] == [("schema", ada.path("2026-10"))]


@pytest.mark.parametrize("path", ["profile.json", "ab12cd34/2026-11.json"])
def test_an_empty_file_is_rejected(path: str, judged: Judge, ada: Any) -> None:
    assert codes(judged({**ada.files(), f"submissions/92/4242/{path}": b""})) == {"schema"}


# --- keys that a test must make by hand


@pytest.mark.parametrize(("digest_name", "accepted"), [("rsa-sha2-256", True), ("ssh-rsa", False)])
def test_rsa_is_accepted_with_sha2_and_refused_with_sha1(
    digest_name: str, accepted: bool, judged: Judge, ada: Any
) -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    claim = ada.claim()
    signed = _sshsig(
        canonical(claim),
        public,
        digest_name,
        lambda data: key.sign(
            data,
            padding.PKCS1v15(),
            SHA256() if accepted else SHA1(),
        ),
    )
    profile = ada.profile()
    profile = profile.model_copy(update={"devices": (profile.devices[0].model_copy(update={"public_key": public}),)})
    files = {ada.profile_path: render_profile(profile), ada.path(): render_submission(seal(claim, signed))}
    assert codes(judged(files)) == (set() if accepted else {"signature"})


def _sshsig(message: bytes, public: str, algorithm: str, sign: Callable[[bytes], bytes]) -> str:
    """Write an SSHSIG as PROTOCOL.sshsig says, with any algorithm."""

    def string(value: bytes) -> bytes:
        return len(value).to_bytes(4) + value

    fields = string(NAMESPACE.encode()) + string(b"") + string(b"sha512")
    data = b"SSHSIG" + fields + string(hashlib.sha512(message).digest())
    made = string(algorithm.encode()) + string(sign(data))
    blob = b"SSHSIG" + (1).to_bytes(4) + string(base64.b64decode(public.split()[1])) + fields + string(made)
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----\n"])


def test_another_users_signed_file_is_of_no_use(judged: Judge, ada: Any, contributor: Any) -> None:
    """Ada lists the other's public key as her own device and takes over the file as it is."""
    other = contributor(7)
    profile = ada.profile()
    device = profile.devices[0].model_copy(update={"public_key": other.public_key})
    stolen = render_submission(other.submission())
    verdict = judged(
        {ada.profile_path: render_profile(profile.model_copy(update={"devices": (device,)})), ada.path(): stolen}
    )
    assert codes(verdict) == {"own-file"}


def test_the_key_of_a_second_device_does_not_sign_for_the_first(judged: Judge, ada: Any) -> None:
    desk = replace(ada, device="zz99zz99")
    files = ada.files(desk.sign(ada.claim()))
    verdict = judged({**files, ada.profile_path: render_profile(ada.profile(desk))})
    assert codes(verdict) == {"signature"}


# --- laws


@real_git
@given(month=st.binary(max_size=400), profile=st.binary(max_size=200))
def test_no_bytes_make_the_judge_raise_or_pass(month: bytes, profile: bytes, judged: Judge, ada: Any) -> None:
    verdict = judged({ada.path(): month, ada.profile_path: profile})
    assert verdict.outcome is Outcome.REJECTED


def holds(board: Any, verdict: Verdict) -> None:
    """Check of what was not rejected that it round-trips, and verifies again from what is in Git alone."""
    raw = {file.path: board.repository.blob(file.blob, 10**6) for file in verdict.files}
    profile = parse_profile(next(content for path, content in raw.items() if path.endswith("profile.json")))
    keys = {device.id: device.public_key for device in profile.devices}
    for file in verdict.files:
        if file.path.endswith("profile.json"):
            assert render_profile(profile) == raw[file.path]
        else:
            submission = parse_submission(raw[file.path])
            assert render_submission(submission) == raw[file.path]
            assert submission.data.summary == Summary.of(submission.data.contributions)
            assert digest(canonical(submission)) == submission.hash == file.hash
            assert file.key == signature.fingerprint(keys[submission.device])
            signature.verify(canonical(submission), submission.signature, keys[submission.device], NAMESPACE)


_tokens = st.integers(min_value=0, max_value=10_000_000)
_day_numbers = st.integers(min_value=1, max_value=20)


@real_git
@given(days=st.dictionaries(_day_numbers.map("2026-11-{:02d}".format), _tokens, min_size=1, max_size=20))
def test_honest_usage_is_never_rejected(days: dict[str, int], judged: Judge, ada: Any, board: Any) -> None:
    verdict = judged(ada.files(ada.submission(days)))
    assert verdict.outcome is not Outcome.REJECTED, verdict.findings
    holds(board, verdict)


_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(2**60), max_value=2**60),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=2),
)


def _places(value: object, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of everything inside a JSON value."""
    items: list[tuple[str | int, object]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [each for name, below in items for each in [(*way, name), *_places(below, (*way, name))]]


@real_git
@given(data=st.data(), value=_values, name=st.sampled_from(["profile", "submission", "submission signed again"]))
def test_whatever_single_value_is_altered_nothing_raises_and_what_passes_holds(
    *, data: st.DataObject, value: object, name: str, judged: Judge, ada: Any, board: Any
) -> None:
    files = ada.files(ada.submission({"2026-11-02": 1201, "2026-11-05": 7}))
    path = ada.profile_path if name == "profile" else ada.path()
    fields = json.loads(files[path])
    *way, last = data.draw(st.sampled_from(_places(fields)))
    target = fields
    for step in way:
        target = target[step]
    target[last] = value
    if name.endswith("again"):
        _sign_again(fields, ada)
    verdict = judged({**files, path: _written(fields)})
    if verdict.outcome is not Outcome.REJECTED:
        holds(board, verdict)
        assert name != "submission" or _written(fields) == files[path]


def _written(fields: dict[str, Any]) -> bytes:
    """Return the text of a file as the command writes it, if it is one at all."""
    raw = json.dumps(fields).encode()
    forms: list[tuple[Callable[[bytes], Any], Callable[[Any], bytes]]] = [
        (parse_submission, render_submission),
        (parse_profile, render_profile),
    ]
    for parse, render in forms:
        with suppress(Malformed):
            return render(parse(raw))
    return raw


def _sign_again(fields: dict[str, Any], ada: Any) -> None:
    claim = {name: each for name, each in fields.items() if name not in {"hash", "signature"}}
    try:
        message = rfc8785.dumps(claim)
    except (ValueError, rfc8785.CanonicalizationError):
        return
    fields["hash"] = digest(message)
    fields["signature"] = signature.sign(message, ada.key, NAMESPACE)
