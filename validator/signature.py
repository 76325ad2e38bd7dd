"""SSH signatures (SSHSIG) over what is published, and the public keys they are checked with.

Formats: PROTOCOL.sshsig and PROTOCOL.u2f of OpenSSH, RFC 4251 section 5, RFC 5656, RFC 8332, RFC 8709. Everything
read here comes from strangers and has exactly one accepted spelling: shortest numbers, canonical base64, no byte left
over. Whatever `verify` accepts, `ssh-keygen -Y verify` accepts too; the reverse does not hold, on purpose:

- a non-empty `reserved` field is refused, since OpenSSH does not sign it and anything could be hidden there;
- a security key must say that its owner touched it, as sshd demands of log-ins;
- certificates, SHA-1, RSA below 2048 bits and Ed25519 points of small order (which fit many messages) are refused.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

MAX_ARMOUR_CHARACTERS = 8192
"""The largest honest signature, of an RSA key of 16384 bits, has 5,750."""
RSA_BITS = range(2048, 16384 + 1)

_MAGIC = b"SSHSIG"
_VERSION = 1
_DIGESTS = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_ARMOUR = re.compile(
    r"-----BEGIN SSH SIGNATURE-----\n((?:[A-Za-z0-9+/=]{1,76}\n)+)-----END SSH SIGNATURE-----\n?", re.ASCII
)
_LINE = 70
"""Characters of an armoured line as ssh-keygen writes it; others may use up to 76."""
_USER_PRESENT = 0x01
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
"""The prime and the constant of edwards25519 (RFC 8032 section 5.1)."""


class BadSignature(ValueError):
    """The signature does not prove that the key's owner signed the message; the text says why in one line."""


class BadKey(BadSignature):
    """The text is not a public key that signatures can be trusted with; it says why in one line."""


class _Wire:
    """A cursor over SSH wire data: reads fields in order and never past the end. Raises BadSignature."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def take(self, count: int) -> bytes:
        """Read that many bytes."""
        if count > len(self._raw) - self._at:
            raise BadSignature("it is cut short")
        self._at += count
        return self._raw[self._at - count : self._at]

    def whole(self) -> int:
        """Read an unsigned number of four bytes."""
        return int.from_bytes(self.take(4))

    def string(self) -> bytes:
        """Read bytes that follow their length."""
        return self.take(self.whole())

    def natural(self) -> int:
        """Read a positive number in its shortest form (a positive, minimal `mpint`)."""
        raw = self.string()
        if raw != _natural_bytes(number := int.from_bytes(raw)) or number == 0:
            raise BadSignature("a number is negative, zero or not in its shortest form")
        return number

    def end(self) -> None:
        """Insist that nothing is left."""
        if self._at != len(self._raw):
            raise BadSignature("it goes on after its end")


def _natural_bytes(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1)


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4) + value


_Check = Callable[[bytes, bytes], None]
"""Checks raw signature bytes of one algorithm over a message; raises InvalidSignature or BadSignature."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A public key that can be used: how to check each signature algorithm it may be used with."""

    checks: Mapping[bytes, _Check]
    application: bytes | None = None
    """Of a security key: what it was registered for."""


def _ed25519_check(wire: _Wire) -> _Check:
    raw = wire.string()
    if len(raw) != 32:
        raise BadKey("an Ed25519 key has 32 bytes")
    y = int.from_bytes(raw, "little") % 2**255 % _P
    # A point P has 8P = 0 exactly when it, 2P or 4P has y = 0 or y = ±1; the last term is what 2P's y = 0 comes to.
    if y in {0, 1, _P - 1} or (_D * y**4 + 2 * y**2 - 1) % _P == 0:
        raise BadKey("the key is a point of small order, which fits many messages")
    key = Ed25519PublicKey.from_public_bytes(raw)
    return key.verify


def _ecdsa_check(wire: _Wire, name: bytes, curve: ec.EllipticCurve, digest: HashAlgorithm) -> _Check:
    if wire.string() != name:
        raise BadKey("the curve is not the one of the key's type")
    point = wire.string()
    if len(point) != 1 + 2 * ((curve.key_size + 7) // 8):
        raise BadKey("the point is not written in full")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(curve, point)
    except ValueError:
        raise BadKey("the point is not on its curve") from None

    def check(signature: bytes, message: bytes) -> None:
        numbers = _Wire(signature)
        r, s = numbers.natural(), numbers.natural()
        numbers.end()
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(digest))

    return check


def _rsa_checks(wire: _Wire) -> dict[bytes, _Check]:
    exponent, modulus = wire.natural(), wire.natural()
    if modulus.bit_length() not in RSA_BITS:
        raise BadKey(f"an RSA key must have {RSA_BITS[0]} to {RSA_BITS[-1]} bits")
    # OpenSSL refuses longer exponents for large keys, too: they only make checking slow.
    if modulus % 2 == 0 or exponent % 2 == 0 or not 3 <= exponent < 2**64:
        raise BadKey("the RSA key's numbers cannot be right")
    key = rsa.RSAPublicNumbers(exponent, modulus).public_key()

    def check_with(digest: HashAlgorithm) -> _Check:
        return lambda signature, message: key.verify(signature, message, padding.PKCS1v15(), digest)

    return {b"rsa-sha2-256": check_with(SHA256()), b"rsa-sha2-512": check_with(SHA512())}


_CURVES: dict[bytes, tuple[bytes, ec.EllipticCurve, HashAlgorithm]] = {
    b"ecdsa-sha2-nistp256": (b"nistp256", ec.SECP256R1(), SHA256()),
    b"ecdsa-sha2-nistp384": (b"nistp384", ec.SECP384R1(), SHA384()),
    b"ecdsa-sha2-nistp521": (b"nistp521", ec.SECP521R1(), SHA512()),
}


def _read_key(blob: bytes) -> _Key:
    wire = _Wire(blob)
    match kind := wire.string():
        case b"ssh-ed25519":
            key = _Key({kind: _ed25519_check(wire)})
        case b"ssh-rsa":
            key = _Key(_rsa_checks(wire))
        case b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521":
            key = _Key({kind: _ecdsa_check(wire, *_CURVES[kind])})
        case b"sk-ssh-ed25519@openssh.com":
            key = _Key({kind: _ed25519_check(wire)}, wire.string())
        case b"sk-ecdsa-sha2-nistp256@openssh.com":
            key = _Key({kind: _ecdsa_check(wire, *_CURVES[b"ecdsa-sha2-nistp256"])}, wire.string())
        case _:
            raise BadKey(f"keys of type {_shown(kind)} are not accepted")
    wire.end()
    return key


def _shown(name: bytes) -> str:
    return repr(name[:40].decode("ascii", "replace"))


def _key_blob(text: str) -> bytes:
    """Return the wire form of a key written as `type base64`. Raises BadKey for any other text."""
    kind, _, encoded = text.partition(" ")
    blob = _base64(encoded)
    if blob is None or not blob.startswith(_string(kind.encode("utf-8", "replace"))):
        raise BadKey("a public key is written as its type, one space, and its base64 without a comment")
    return blob


def _base64(text: str) -> bytes | None:
    """Decode canonical base64, or return None: padding bits must be zero, so that a key has one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if base64.b64encode(raw).decode() == text else None


def check_public_key(text: str) -> None:
    """Raise BadKey unless the text is a public key, as `type base64`, that `verify` can trust signatures with."""
    try:
        _read_key(_key_blob(text))
    except BadKey:
        raise
    except BadSignature as error:
        raise BadKey(f"the key cannot be read: {error}") from None


def fingerprint(public_key: str) -> str:
    """Return `SHA256:…` of a public key written as `type base64`, as `ssh-keygen -lf` prints it. Raises BadKey."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(_key_blob(public_key)).digest()).decode().rstrip("=")


def public_key_text(key: Ed25519PrivateKey) -> str:
    """Return a private key's public half as `ssh-ed25519 base64`, without a comment."""
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def sign(message: bytes, key: Ed25519PrivateKey, namespace: str) -> str:
    """Return the armoured signature, byte for byte what `ssh-keygen -Y sign -n NAMESPACE` writes for the same key."""
    purpose = namespace.encode()
    signature = key.sign(_signed_data(message, purpose, b"sha512"))
    fields = (
        _key_blob(public_key_text(key)),
        purpose,
        b"",
        b"sha512",
        _string(b"ssh-ed25519") + _string(signature),
    )
    blob = _MAGIC + _VERSION.to_bytes(4) + b"".join(_string(field) for field in fields)
    encoded = base64.b64encode(blob).decode()
    lines = [encoded[start : start + _LINE] for start in range(0, len(encoded), _LINE)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----\n"])


def _signed_data(message: bytes, namespace: bytes, digest: bytes) -> bytes:
    return _MAGIC + b"".join(_string(field) for field in (namespace, b"", digest, _DIGESTS[digest](message).digest()))


def verify(message: bytes, armoured: str, public_key: str, namespace: str) -> None:
    """Return if the armoured SSHSIG was made over the message by this key's owner for this namespace.

    `public_key` is `type base64`, and must be the very key inside the signature. Raises BadSignature in every other
    case, and nothing else, whatever the texts hold.
    """
    wire = _Wire(_unarmoured(armoured))
    if wire.take(len(_MAGIC)) != _MAGIC or wire.whole() != _VERSION:
        raise BadSignature("it is not an SSH signature of version 1")
    key_blob, purpose, reserved, digest, signature = (wire.string() for _ in range(5))
    wire.end()
    if key_blob != _key_blob(public_key):
        raise BadSignature("it was made with another key")
    if not purpose or purpose != namespace.encode("utf-8", "replace"):
        raise BadSignature(f"it was made for {_shown(purpose)}, not for {namespace!r}")
    if reserved:
        raise BadSignature("its reserved field is not empty")
    if digest not in _DIGESTS:
        raise BadSignature(f"its hash algorithm {_shown(digest)} is neither sha256 nor sha512")
    _check_signature(_read_key(key_blob), signature, _signed_data(message, purpose, digest))


def _unarmoured(armoured: str) -> bytes:
    match = _ARMOUR.fullmatch(armoured) if len(armoured) <= MAX_ARMOUR_CHARACTERS else None
    blob = _base64(match[1].replace("\n", "")) if match else None
    if blob is None:
        raise BadSignature("it is not an armoured SSH signature")
    return blob


def _check_signature(key: _Key, blob: bytes, message: bytes) -> None:
    wire = _Wire(blob)
    algorithm, signature = wire.string(), wire.string()
    if algorithm not in key.checks:
        raise BadSignature(f"its algorithm {_shown(algorithm)} does not belong to the key")
    if key.application is not None:
        message = _touched(key.application, wire, message)
    wire.end()
    try:
        key.checks[algorithm](signature, message)
    except InvalidSignature:
        raise BadSignature("it does not fit the message") from None


def _touched(application: bytes, wire: _Wire, message: bytes) -> bytes:
    """Return what a security key signs for a message, from the flags and counter that follow its signature."""
    flags, counter = wire.take(1), wire.take(4)
    if not flags[0] & _USER_PRESENT:
        raise BadSignature("the security key was not touched")
    return hashlib.sha256(application).digest() + flags + counter + hashlib.sha256(message).digest()
