"""Honest input to begin fuzzing with: the files of the tests' made-up contributor, keys and a signature."""

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.validator.conftest import Contributor
from validator import signature
from validator.reviews import Approval, FileReview, Reviews, Today, render_reviews
from validator.submission import NAMESPACE, render_profile, render_submission

_ADA = Contributor()
_MONTH = _ADA.submission({"2026-11-02": 1201, "2026-11-05": 7})
_TIME = "2026-11-19T10:00:00Z"
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def _reviews() -> bytes:
    approval = Approval(rule="daily-tokens", up_to=312_000_000, pull_request=7, reviewer="grace-demo", time=_TIME)
    file = FileReview(
        path="ab12cd34/2026-11.json",
        hash=_MONTH.hash,
        verdict="flagged",
        findings=("daily-tokens",),
        pull_request=7,
        reviewer="grace-demo",
        time=_TIME,
    )
    today = Today(date="2026-11-19", changes=1)
    return render_reviews(
        Reviews(schema_version=1, login="ada-demo", today=today, approvals=(approval,), files=(file,))
    )


def _keys() -> list[bytes]:
    public = [ec.generate_private_key(curve).public_key() for curve in (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())]
    texts = [key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH) for key in public]
    strong = rsa.generate_private_key(65537, 2048).public_key()
    return [
        signature.public_key_text(_KEY).encode(),
        *texts,
        strong.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
    ]


MESSAGE = b"what was signed"


def _signed() -> bytes:
    return f"{signature.sign(MESSAGE, _KEY, NAMESPACE)}\0{signature.public_key_text(_KEY)}".encode()


SEEDS: dict[str, list[bytes]] = {
    "read_json": [render_submission(_MONTH), b'{"a": [1, -2, "\\ud83e\\udda6", true, null]}', b'"[[["'],
    "read_submission": [render_submission(_MONTH), render_submission(_ADA.submission(previous=_MONTH))],
    "read_profile": [render_profile(_ADA.profile())],
    "read_reviews": [_reviews()],
    "read_key": _keys(),
    "read_signature": [_signed()],
}
