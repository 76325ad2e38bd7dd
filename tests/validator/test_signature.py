"""Our signatures against the real ssh-keygen, in both directions, and against strangers."""

import base64
import hashlib
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, SHA512
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from validator.signature import (
    MAX_ARMOUR_CHARACTERS,
    BadKey,
    BadSignature,
    check_public_key,
    fingerprint,
    public_key_text,
    sign,
    verify,
)

NAMESPACE = "token-tracker/submission/v1"
MESSAGE = b'{"tokens":1}'
KINDS = {
    "ed25519": ["-t", "ed25519"],
    "ecdsa-256": ["-t", "ecdsa", "-b", "256"],
    "ecdsa-384": ["-t", "ecdsa", "-b", "384"],
    "ecdsa-521": ["-t", "ecdsa", "-b", "521"],
    "rsa-2048": ["-t", "rsa", "-b", "2048"],
    "rsa-3072": ["-t", "rsa", "-b", "3072"],
}


def keygen(*arguments: object, message: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["ssh-keygen", *map(str, arguments)], input=message, capture_output=True, check=False)


def string(value: bytes) -> bytes:
    return len(value).to_bytes(4) + value


def strings(*values: bytes) -> bytes:
    return b"".join(map(string, values))


def key_text(blob: bytes) -> str:
    kind = blob[4 : 4 + int.from_bytes(blob[:4])]
    return f"{kind.decode()} {base64.b64encode(blob).decode()}"


def blob_of(text: str) -> bytes:
    return base64.b64decode(text.split()[1])


def armour(blob: bytes, width: int = 70) -> str:
    lines = re.findall(f".{{1,{width}}}", base64.b64encode(blob).decode())
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----", ""])


def unarmour(armoured: str) -> bytes:
    return base64.b64decode("".join(armoured.split("\n")[1:-2]))


def signed_data(message: bytes = MESSAGE, namespace: str = NAMESPACE, reserved: bytes = b"") -> bytes:
    return b"SSHSIG" + strings(namespace.encode(), reserved, b"sha512", hashlib.sha512(message).digest())


def sshsig(
    key: bytes, signature: bytes, *, namespace: str = NAMESPACE, reserved: bytes = b"", version: int = 1
) -> bytes:
    fields = strings(key, namespace.encode(), reserved, b"sha512", signature)
    return b"SSHSIG" + version.to_bytes(4) + fields


@dataclass(frozen=True)
class Signed:
    """A public key and its genuine signature over MESSAGE."""

    public_key: str
    armoured: str


def security_key(name: bytes, public: tuple[bytes, ...], signer: Callable[[bytes], bytes], flags: int = 1) -> Signed:
    """Sign as the hardware does: over the application, the flags, the counter and the hashed message."""
    blob = strings(name, *public, b"ssh:")
    state = bytes([flags]) + (7).to_bytes(4)
    signature = signer(hashlib.sha256(b"ssh:").digest() + state + hashlib.sha256(signed_data()).digest())
    return Signed(key_text(blob), armour(sshsig(blob, strings(name, signature) + state)))


def ed25519_security_key(flags: int = 1) -> Signed:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    return security_key(b"sk-ssh-ed25519@openssh.com", (key.public_key().public_bytes_raw(),), key.sign, flags)


def ecdsa_blob(signature: bytes) -> bytes:
    return strings(*(n.to_bytes(n.bit_length() // 8 + 1) for n in decode_dss_signature(signature)))


def ecdsa_security_key() -> Signed:
    key = ec.derive_private_key(2**200 + 7, ec.SECP256R1())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def signer(message: bytes) -> bytes:
        return ecdsa_blob(key.sign(message, ec.ECDSA(SHA256())))

    return security_key(b"sk-ecdsa-sha2-nistp256@openssh.com", (b"nistp256", point), signer)


def text_of(path: Path) -> str:
    return " ".join(path.with_suffix(".pub").read_text().split()[:2])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="module")
def make_key(folder: Path) -> Callable[[str], Path]:
    def make(kind: str) -> Path:
        path = folder / kind
        if not path.exists():
            keygen("-q", *KINDS[kind], "-N", "", "-C", "", "-f", path)
        return path

    return make


@pytest.fixture(scope="module")
def genuine(make_key: Callable[[str], Path]) -> dict[str, Signed]:
    """A signature of every kind that must be accepted; RSA of one size only, since its keys take long to find."""
    made = {}
    for kind in ("ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048"):
        path = make_key(kind)
        armoured = keygen("-Y", "sign", "-f", path, "-n", NAMESPACE, message=MESSAGE).stdout.decode()
        made[kind] = Signed(text_of(path), armoured)
    return made | {"sk-ed25519": ed25519_security_key(), "sk-ecdsa": ecdsa_security_key()}


def keygen_accepts(folder: Path, signed: Signed, message: bytes = MESSAGE) -> bool:
    signers, signature = folder / "signers", folder / "signature"
    signers.write_text(f"me {signed.public_key}\n")
    signature.write_text(signed.armoured)
    common = ("-n", NAMESPACE, "-s", signature)
    known = keygen("-Y", "verify", "-f", signers, "-I", "me", *common, message=message)
    formed = keygen("-Y", "check-novalidate", *common, message=message)
    assert known.returncode == formed.returncode
    return known.returncode == 0


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_ssh_keygen_signs_is_verified(make_key: Callable[[str], Path], kind: str, digest: str) -> None:
    path = make_key(kind)
    arguments = ("-Y", "sign", "-f", path, "-n", NAMESPACE, "-O", f"hashalg={digest}")
    armoured = keygen(*arguments, message=MESSAGE).stdout.decode()
    verify(MESSAGE, armoured, text_of(path), NAMESPACE)
    with pytest.raises(BadSignature, match="does not fit the message"):
        verify(MESSAGE + b" ", armoured, text_of(path), NAMESPACE)


def test_ours_is_what_ssh_keygen_writes_and_verifies(folder: Path, make_key: Callable[[str], Path]) -> None:
    path = make_key("ed25519")
    key = load_ssh_private_key(path.read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    assert public_key_text(key) == text_of(path)
    for message in (b"", MESSAGE, bytes(range(256)) * 999):
        ours = sign(message, key, NAMESPACE)
        assert ours == keygen("-Y", "sign", "-f", path, "-n", NAMESPACE, message=message).stdout.decode()
        assert keygen_accepts(folder, Signed(text_of(path), ours), message)
        verify(message, ours, text_of(path), NAMESPACE)


@pytest.mark.parametrize("signed", [ed25519_security_key(), ecdsa_security_key(), ed25519_security_key(flags=0x85)])
def test_security_keys_count_when_they_were_touched(folder: Path, signed: Signed) -> None:
    assert keygen_accepts(folder, signed)
    verify(MESSAGE, signed.armoured, signed.public_key, NAMESPACE)


def test_a_security_key_that_was_not_touched_proves_nothing() -> None:
    signed = ed25519_security_key(flags=0x04)
    with pytest.raises(BadSignature, match="not touched"):
        verify(MESSAGE, signed.armoured, signed.public_key, NAMESPACE)


@pytest.mark.parametrize("algorithm", ["rsa-sha2-256", "rsa-sha2-512"])
def test_rsa_signs_with_sha2(folder: Path, algorithm: str) -> None:
    key = rsa.generate_private_key(65537, 2048)
    signature = key.sign(signed_data(), padding.PKCS1v15(), SHA256() if algorithm.endswith("256") else SHA512())
    text = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    signed = Signed(text, armour(sshsig(blob_of(text), strings(algorithm.encode(), signature))))
    assert keygen_accepts(folder, signed)
    verify(MESSAGE, signed.armoured, text, NAMESPACE)


def test_rsa_with_sha1_is_refused(folder: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    signature = key.sign(signed_data(), padding.PKCS1v15(), SHA1())
    text = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    armoured = armour(sshsig(blob_of(text), strings(b"ssh-rsa", signature)))
    assert not keygen_accepts(folder, Signed(text, armoured))
    with pytest.raises(BadSignature, match="'ssh-rsa' does not belong to the key"):
        verify(MESSAGE, armoured, text, NAMESPACE)


@pytest.mark.parametrize("kind", [*KINDS, "sk"])
def test_fingerprints_are_those_of_ssh_keygen(folder: Path, make_key: Callable[[str], Path], kind: str) -> None:
    text = ecdsa_security_key().public_key if kind == "sk" else text_of(make_key(kind))
    public = folder / "public"
    public.write_text(text + "\n")
    check_public_key(text)
    assert fingerprint(text) == keygen("-lf", public).stdout.decode().split()[1]


ALL_KINDS = ["ed25519", "ecdsa-256", "ecdsa-384", "ecdsa-521", "rsa-2048", "sk-ed25519", "sk-ecdsa"]


@settings(max_examples=200)
@given(kind=st.sampled_from(ALL_KINDS), place=st.integers(0), flip=st.integers(1, 255))
def test_one_changed_byte_of_the_signature_is_noticed(
    genuine: dict[str, Signed], kind: str, place: int, flip: int
) -> None:
    signed = genuine[kind]
    with pytest.raises(BadSignature):
        verify(MESSAGE, armour(changed(unarmour(signed.armoured), place, flip)), signed.public_key, NAMESPACE)


@settings(max_examples=100)
@given(kind=st.sampled_from(ALL_KINDS), place=st.integers(0), flip=st.integers(1, 255))
def test_one_changed_byte_of_the_message_or_key_is_noticed(
    genuine: dict[str, Signed], kind: str, place: int, flip: int
) -> None:
    signed = genuine[kind]
    with pytest.raises(BadSignature):
        verify(changed(MESSAGE, place, flip), signed.armoured, signed.public_key, NAMESPACE)
    key = changed(blob_of(signed.public_key), place, flip)
    with pytest.raises(BadSignature):
        verify(MESSAGE, signed.armoured, f"{signed.public_key.split()[0]} {base64.b64encode(key).decode()}", NAMESPACE)


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_no_character_of_the_texts_can_go_or_be_doubled(genuine: dict[str, Signed], kind: str) -> None:
    signed = genuine[kind]
    verify(MESSAGE, signed.armoured, signed.public_key, NAMESPACE)
    armoured, key = signed.armoured, signed.public_key
    breaks = {place for place, character in enumerate(armoured) if character == "\n"}
    for place in set(range(len(armoured))) - breaks:
        for text in (armoured[:place] + armoured[place + 1 :], armoured[:place] + armoured[place] + armoured[place:]):
            with pytest.raises(BadSignature):
                verify(MESSAGE, text, key, NAMESPACE)
    for place in range(len(key)):
        with pytest.raises(BadSignature):
            verify(MESSAGE, armoured, key[:place] + key[place + 1 :], NAMESPACE)


def changed(raw: bytes, place: int, flip: int) -> bytes:
    place %= len(raw)
    return raw[:place] + bytes([raw[place] ^ flip]) + raw[place + 1 :]


def ending(value: str) -> str:
    """Name a case by its end: keys and signatures are too long to be names."""
    return value[-20:]


ED25519 = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
ED25519_TEXT = public_key_text(ED25519)
ED25519_BLOB = blob_of(ED25519_TEXT)
PROOF = strings(b"ssh-ed25519", ED25519.sign(signed_data()))
GOOD = sshsig(ED25519_BLOB, PROOF)


def test_the_parts_used_below_make_a_good_signature() -> None:
    for width in (1, 64, 76):
        verify(MESSAGE, armour(GOOD, width), ED25519_TEXT, NAMESPACE)
    verify(MESSAGE, armour(GOOD).rstrip("\n"), ED25519_TEXT, NAMESPACE)


@pytest.mark.parametrize(
    ("armoured", "reason"),
    [
        ("", "not an armoured"),
        ("\n" + armour(GOOD), "not an armoured"),
        (armour(GOOD) + "\n", "not an armoured"),
        (armour(GOOD) + armour(GOOD), "not an armoured"),
        (armour(GOOD, 77), "not an armoured"),
        (armour(GOOD).replace("\n", "\r\n"), "not an armoured"),
        (armour(GOOD).replace("\n", "\n\n", 1), "not an armoured"),
        (armour(GOOD).replace("\n", " \n", 1), "not an armoured"),
        (armour(GOOD).replace("-\nU", "-\n\uff35", 1), "not an armoured"),
        (armour(GOOD).replace("\n-----END", "=\n-----END"), "not an armoured"),
        (armour(bytes(9_000)), "not an armoured"),
        (armour(b"SSHSIH" + GOOD[6:]), "of version 1"),
        (armour(sshsig(ED25519_BLOB, PROOF, version=0)), "of version 1"),
        (armour(sshsig(ED25519_BLOB, PROOF, version=2)), "of version 1"),
        (armour(GOOD + b"\0"), "goes on after its end"),
        (armour(GOOD[:10] + b"\xff\xff\xff\xff" + GOOD[14:]), "cut short"),
        (armour(sshsig(ED25519_BLOB, PROOF + b"\0")), "goes on after its end"),
        (armour(sshsig(ED25519_BLOB + b"\0", PROOF)), "another key"),
        (armour(sshsig(ED25519_BLOB, PROOF, namespace="git")), "made for 'git', not for"),
        (armour(sshsig(ED25519_BLOB, PROOF, namespace="")), "made for '', not for"),
        (armour(sshsig(ED25519_BLOB, PROOF, namespace=NAMESPACE + "\0")), "not for"),
        (armour(sshsig(ED25519_BLOB, PROOF, reserved=b"hidden")), "reserved field is not empty"),
        (armour(GOOD.replace(b"sha512", b"sha384")), "neither sha256 nor sha512"),
        (armour(GOOD.replace(b"sha512", b"sha256")), "does not fit"),
        (armour(sshsig(ED25519_BLOB, strings(b"rsa-sha2-512", PROOF))), "does not belong to the key"),
        (armour(sshsig(ED25519_BLOB, strings(b"ssh-ed25519", bytes(63)))), "does not fit"),
        (armour(sshsig(ED25519_BLOB, strings(b"ssh-ed25519"))), "cut short"),
    ],
    ids=ending,
)
def test_a_signature_has_one_spelling(armoured: str, reason: str) -> None:
    with pytest.raises(BadSignature, match=reason):
        verify(MESSAGE, armoured, ED25519_TEXT, NAMESPACE)


def test_every_truncation_is_refused() -> None:
    for length in range(len(GOOD)):
        with pytest.raises(BadSignature):
            verify(MESSAGE, armour(GOOD[:length]), ED25519_TEXT, NAMESPACE)


def test_an_empty_namespace_is_never_right() -> None:
    proof = strings(b"ssh-ed25519", ED25519.sign(signed_data(namespace="")))
    with pytest.raises(BadSignature):
        verify(MESSAGE, armour(sshsig(ED25519_BLOB, proof, namespace="")), ED25519_TEXT, "")


def test_reserved_is_refused_even_when_it_was_signed() -> None:
    proof = strings(b"ssh-ed25519", ED25519.sign(signed_data(reserved=b"x")))
    with pytest.raises(BadSignature, match="reserved"):
        verify(MESSAGE, armour(sshsig(ED25519_BLOB, proof, reserved=b"x")), ED25519_TEXT, NAMESPACE)


def test_ecdsa_numbers_have_one_form(genuine: dict[str, Signed]) -> None:
    signed = genuine["ecdsa-256"]
    blob, key = unarmour(signed.armoured), blob_of(signed.public_key)
    inner = blob[blob.rindex(b"ecdsa-sha2-nistp256") + len("ecdsa-sha2-nistp256") + 4 :]
    r = inner[4 : 4 + int.from_bytes(inner[:4])]
    s = inner[4 + len(r) + 4 :]
    verify(MESSAGE, armour(sshsig(key, strings(b"ecdsa-sha2-nistp256", strings(r, s)))), signed.public_key, NAMESPACE)
    for numbers in ((b"\0" + r, s), (r, b"\0\0" + s), (r, b""), (b"\0", s), (r, s, b""), (r,), (b"\xff" + r[1:], s)):
        proof = strings(b"ecdsa-sha2-nistp256", strings(*numbers))
        with pytest.raises(BadSignature):
            verify(MESSAGE, armour(sshsig(key, proof)), signed.public_key, NAMESPACE)


def rsa_text(exponent: int, modulus: int) -> str:
    return key_text(strings(b"ssh-rsa", *(n.to_bytes(n.bit_length() // 8 + 1) for n in (exponent, modulus))))


def small_order_points() -> Iterator[bytes]:
    """Every encoding of the eight points of small order, canonical or not, from the curve's own equation."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    root = pow(2, (p - 1) // 4, p)
    inner = pow(1 + d, (p + 3) // 8, p)
    inner = inner if inner * inner % p == (1 + d) % p else inner * root % p
    eighth = []
    for square in ((-1 + inner) * pow(d, -1, p) % p, (-1 - inner) * pow(d, -1, p) % p):
        y = pow(square, (p + 3) // 8, p)
        y = y if y * y % p == square else y * root % p
        eighth += [y, p - y] if y * y % p == square else []
    assert len(eighth) == 2
    for y in (0, 1, p - 1, p, p + 1, *eighth):
        for sign_bit in (0, 1):
            yield (y + (sign_bit << 255)).to_bytes(32, "little")


@pytest.mark.parametrize("point", list(small_order_points()))
def test_points_of_small_order_are_no_keys(point: bytes) -> None:
    with pytest.raises(BadKey, match="small order"):
        check_public_key(key_text(strings(b"ssh-ed25519", point)))


def test_the_key_that_fits_every_message_is_refused() -> None:
    neutral = bytes([1, *bytes(31)])
    Ed25519PublicKey.from_public_bytes(neutral).verify(neutral + bytes(32), b"whatever")
    blob = strings(b"ssh-ed25519", neutral)
    armoured = armour(sshsig(blob, strings(b"ssh-ed25519", neutral + bytes(32))))
    with pytest.raises(BadKey):
        verify(MESSAGE, armoured, key_text(blob), NAMESPACE)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "written as"),
        ("ssh-ed25519", "written as"),
        (ED25519_TEXT + " me@here", "written as"),
        (ED25519_TEXT + "\n", "written as"),
        (ED25519_TEXT.replace(" ", "  "), "written as"),
        (" " + ED25519_TEXT, "written as"),
        (ED25519_TEXT + "=", "written as"),
        (ED25519_TEXT[:-1], "written as"),
        (ED25519_TEXT.replace("ssh-ed25519", "ssh-rsa"), "written as"),
        (ED25519_TEXT.replace("ssh-ed25519", "ssh-ed\ud800"), "written as"),
        ("ssh-ed25519 " + "\u0661" * 68, "written as"),
        (key_text(ED25519_BLOB + b"\0"), "goes on after its end"),
        (key_text(ED25519_BLOB[:-1]), "cut short"),
        (key_text(strings(b"ssh-ed25519", bytes(31))), "32 bytes"),
        (key_text(strings(b"ssh-dss", b"1", b"2", b"3", b"4")), "not accepted"),
        (key_text(strings(b"ssh-ed25519-cert-v01@openssh.com", b"")), "not accepted"),
        (key_text(strings(b"ecdsa-sha2-nistp256", b"nistp384", bytes(65))), "not the one"),
        (key_text(strings(b"ecdsa-sha2-nistp256", b"nistp256", b"\x04" + bytes(64))), "not on its curve"),
        (key_text(strings(b"ecdsa-sha2-nistp256", b"nistp256", b"\x02" + b"\1" * 32)), "in full"),
        (key_text(strings(b"ecdsa-sha2-nistp256", b"nistp256", b"\0")), "in full"),
        (rsa_text(65537, 2**2047 - 1), "2048 to 16384 bits"),
        (rsa_text(65537, 2**16384 + 1), "2048 to 16384 bits"),
        (rsa_text(65537, 2**2048 - 2), "cannot be right"),
        (rsa_text(1, 2**2048 - 1), "cannot be right"),
        (rsa_text(4, 2**2048 - 1), "cannot be right"),
        (rsa_text(2**64 + 1, 2**2048 - 1), "cannot be right"),
        (key_text(strings(b"ssh-rsa", b"\0\1\0\1", b"\0" + b"\xff" * 256)), "shortest form"),
        (key_text(strings(b"ssh-rsa", b"\1\0\1", b"\xff" * 256)), "negative"),
    ],
    ids=ending,
)
def test_unusable_and_weak_keys_are_refused(text: str, reason: str) -> None:
    with pytest.raises(BadKey, match=reason):
        check_public_key(text)
    with pytest.raises(BadSignature):
        verify(MESSAGE, armour(GOOD), text, NAMESPACE)


@pytest.mark.parametrize("bits", [2048, 16384])
def test_rsa_keys_of_every_accepted_size_can_be_used(bits: int) -> None:
    text = rsa_text(65537, 2**bits - 1)
    check_public_key(text)
    proof = strings(b"rsa-sha2-512", bytes(bits // 8))
    armoured = armour(sshsig(blob_of(text), proof))
    assert len(armoured) <= MAX_ARMOUR_CHARACTERS
    with pytest.raises(BadSignature, match="does not fit"):
        verify(MESSAGE, armoured, text, NAMESPACE)


def test_a_certificate_is_not_a_key(folder: Path, make_key: Callable[[str], Path]) -> None:
    path = make_key("ed25519")
    assert keygen("-q", "-s", path, "-I", "me", path.with_suffix(".pub")).returncode == 0
    certificate = path.with_name(path.name + "-cert.pub").read_text().split()
    with pytest.raises(BadKey, match="not accepted"):
        check_public_key(" ".join(certificate[:2]))


@given(st.text(), st.text(st.characters(exclude_categories=())), st.binary())
def test_any_text_is_refused_politely(armoured: str, key: str, message: bytes) -> None:
    for function in (
        lambda: verify(message, armoured, ED25519_TEXT, NAMESPACE),
        lambda: verify(message, armour(GOOD), key, NAMESPACE),
        lambda: verify(MESSAGE, armour(GOOD), ED25519_TEXT, key),
        lambda: check_public_key(key),
        lambda: fingerprint(key),
    ):
        with pytest.raises(BadSignature):
            function()


names = st.sampled_from(
    [
        b"ssh-ed25519",
        b"ssh-rsa",
        b"rsa-sha2-512",
        b"ecdsa-sha2-nistp256",
        b"nistp256",
        b"sk-ssh-ed25519@openssh.com",
        b"sk-ecdsa-sha2-nistp256@openssh.com",
        b"sha512",
        b"",
    ]
)
pieces = st.lists(st.one_of(names, st.binary(max_size=70)).map(string) | st.binary(max_size=6), max_size=6)


@settings(max_examples=300)
@given(name=names, key=pieces, signature=pieces)
def test_fields_in_any_order_are_refused_politely(name: bytes, key: list[bytes], signature: list[bytes]) -> None:
    blob = string(name) + b"".join(key)
    with pytest.raises(BadSignature):
        verify(MESSAGE, armour(sshsig(blob, string(name) + b"".join(signature))), key_text(blob), NAMESPACE)
