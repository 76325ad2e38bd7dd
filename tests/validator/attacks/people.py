"""Attacks by who it is from: other people's ids, forks, keys, signatures, revisions and numbers."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.validator.attacks.attack import attack
from tests.validator.attacks.scene import ADA, BOB, Pull, Scene
from tests.validator.conftest import Contributor
from validator import signature
from validator.submission import (
    NAMESPACE,
    Claim,
    Device,
    Profile,
    Submission,
    canonical,
    render_profile,
    render_submission,
    seal,
)

DESK = replace(ADA, device="zz99zz99")
ADA_AS_BOB = replace(ADA, id=BOB.id, login=BOB.login)


def _bring(scene: Scene, submission: Submission, profile: Profile | None = None) -> str:
    """Commit one submission at its path in Ada's folder, and a profile (default: her honest one)."""
    made = render_profile(profile or ADA.profile())
    return scene.commit({ADA.profile_path: made, ADA.path(submission.period): render_submission(submission)})


def _with_key(public_key: str, *, device: str = ADA.device) -> Profile:
    """Ada's profile with any key for a device."""
    honest = ADA.profile()
    return honest.model_copy(update={"devices": (_device(device, public_key),)})


def _device(device: str, public_key: str) -> Device:
    return Device(id=device, public_key=public_key, created_at="2026-01-01T00:00:00Z", revoked_at=None)


# -- who opened it, and from where -----------------------------------------------------------------------------------


@attack("rejected", "own-fork")
def others_fork(scene: Scene) -> Pull:
    """A pull request that Ada opens from Bob's fork."""
    return Pull(scene.commit(ADA.files()), head_owner=BOB.id)


@attack("rejected", "own-fork")
def gone_fork(scene: Scene) -> Pull:
    """A pull request whose head repository is null: the fork was deleted."""
    return Pull(scene.commit(ADA.files()), head_owner=0)


@attack("rejected", "own-folder")
def same_login(scene: Scene) -> Pull:
    """An account that took over Ada's old login, but has another id."""
    thief = Contributor(666, ADA.login)
    return Pull(scene.commit(ADA.files()), thief, thief.id)


@attack("verified")
def renamed(scene: Scene) -> Pull:
    """A month of an account that was renamed since it signed up: only the id counts (honest)."""
    scene.merged(ADA.files())
    again = render_submission(ADA.submission({"2026-10-05": 9}))
    return Pull(scene.commit({ADA.path("2026-10"): again}), replace(ADA, login="ada-renamed"))


@attack("verified", "login")
def others_login(scene: Scene) -> str:
    """A profile under one's own id, but with another user's login: what counts is the login that GitHub tells."""
    user = ADA.profile().user.model_copy(update={"login": BOB.login})
    return _bring(scene, ADA.submission(), ADA.profile().model_copy(update={"user": user}))


@attack("rejected", "own-file")
def owner_rewritten(scene: Scene) -> str:
    """Another user's id in a submission in one's own folder, rightly signed."""
    return _bring(scene, ADA_AS_BOB.sign(replace(ADA_AS_BOB).claim()), _with_key(ADA_AS_BOB.public_key))


@attack("rejected", "login", "own-file")
def false_profile(scene: Scene) -> str:
    """A profile that claims another user's id."""
    return _bring(
        scene,
        ADA.submission(),
        replace(ADA_AS_BOB, device=ADA.device).profile().model_copy(update={"devices": ADA.profile().devices}),
    )


@attack("rejected", "own-file")
def stolen_file(scene: Scene) -> str:
    """Bob's signed file as one's own, with Bob's public key in one's own profile."""
    return _bring(scene, BOB.submission(), _with_key(BOB.public_key))


@attack("rejected", "known-device", "own-file")
def others_device(scene: Scene) -> str:
    """Bob's device id in one's own folder, with his file."""
    text = render_submission(BOB.submission())
    return scene.commit(
        {ADA.profile_path: render_profile(ADA.profile()), ADA.path().replace(ADA.device, BOB.device): text}
    )


@attack("verified")
def device_like_anothers(scene: Scene) -> str:
    """A device of one's own that is named like Bob's: ids are the user's own affair (honest)."""
    return scene.commit(replace(ADA, device=BOB.device).files())


# -- keys and signatures ---------------------------------------------------------------------------------------------


@attack("rejected", "known-device")
def unknown_key(scene: Scene) -> str:
    """A device that the profile does not list."""
    return scene.commit({**DESK.files(), ADA.profile_path: render_profile(ADA.profile())})


@attack("rejected", "signature")
def others_key(scene: Scene) -> str:
    """A submission signed with a key that is not the device's."""
    return _bring(scene, DESK.sign(ADA.claim()))


@attack("rejected", "known-device")
def revoked_key(scene: Scene) -> str:
    """A submission signed with a key that its owner has revoked."""
    return _bring(scene, ADA.submission(), ADA.profile(revoked_at="2026-11-10T00:00:00Z"))


@attack("rejected", "device-history")
def revocation_undone(scene: Scene) -> str:
    """A revocation taken back."""
    revoked = render_profile(ADA.profile(revoked_at="2026-11-20T11:00:00Z"))
    scene.merged(ADA.files())
    scene.merged({ADA.profile_path: revoked})
    return scene.commit({ADA.profile_path: render_profile(ADA.profile())})


@attack("rejected", "device-history")
def revoked_in_the_past(scene: Scene) -> str:
    """A revocation dated before submissions that stay: `verify` could not tell them from a thief's."""
    scene.merged(ADA.files())
    return scene.commit({ADA.profile_path: render_profile(ADA.profile(revoked_at="2026-11-10T00:00:00Z"))})


@attack("verified")
def withdrawn_and_back(scene: Scene) -> str:
    """A month withdrawn and later submitted anew, from revision 1 (honest)."""
    scene.merged(ADA.files(ADA.submission(), ADA.submission({"2026-10-05": 7})))
    scene.merged({ADA.path("2026-10"): None})
    return scene.commit({ADA.path("2026-10"): ADA.files(ADA.submission({"2026-10-05": 9}))[ADA.path("2026-10")]})


@attack("rejected", "device-history", "lowered")
def key_replaced(scene: Scene) -> str:
    """A device's key replaced by another one, as after the theft of an account."""
    scene.merged(ADA.files())
    submission = DESK.sign(ADA.claim({"2026-11-03": 5}, previous=ADA.submission()))
    return _bring(scene, submission, _with_key(DESK.public_key))


@attack("verified")
def own_first_key(scene: Scene) -> str:
    """A device's key registered and used in the same change, one's own (honest)."""
    scene.merged(ADA.files())
    files = DESK.files(DESK.submission({"2026-11-04": 77}))
    return scene.commit({**files, ADA.profile_path: render_profile(ADA.profile(DESK))})


@attack("rejected", "own-folder")
def key_in_anothers_profile(scene: Scene) -> str:
    """A device's key registered in Bob's profile and used in the same change."""
    mine = replace(BOB, device="zz99zz99")
    files = mine.files(mine.submission({"2026-11-04": 77}))
    return scene.commit({**files, BOB.profile_path: render_profile(BOB.profile(mine))})


@attack("rejected", "device-keys", "signature")
def two_keys(scene: Scene) -> str:
    """Two keys for one device."""
    twice = (*ADA.profile().devices, _device(ADA.device, DESK.public_key))
    return _bring(scene, ADA.submission(), ADA.profile().model_copy(update={"devices": twice}))


@attack("rejected", "device-keys", "signature")
def key_for_everything(scene: Scene) -> str:
    """The Ed25519 key of small order whose signatures fit many messages."""
    blob = b"".join(len(part).to_bytes(4) + part for part in (b"ssh-ed25519", b"\x01" + bytes(31)))
    weak = "ssh-ed25519 " + base64.b64encode(blob).decode()
    made = _sshsig(canonical(ADA.claim()), weak, b"ssh-ed25519", lambda _: b"\x01" + bytes(63))
    return _bring(scene, seal(ADA.claim(), made), _with_key(weak))


@attack("rejected", "signature")
def other_bytes(scene: Scene) -> str:
    """A right signature, but of other numbers."""
    honest = ADA.submission({"2026-11-02": 5})
    return _bring(scene, seal(ADA.claim({"2026-11-02": 500}), honest.signature))


@attack("rejected", "hash")
def other_hash(scene: Scene) -> str:
    """A right signature, but the hash of other numbers."""
    return _bring(scene, ADA.submission().model_copy(update={"hash": ADA.submission({"2026-11-02": 5}).hash}))


@attack("rejected", "signature")
def other_namespace(scene: Scene) -> str:
    """A signature made for another purpose (namespace `git`)."""
    claim = ADA.claim()
    return _bring(scene, seal(claim, signature.sign(canonical(claim), ADA.key, "git")))


@attack("rejected", "signature")
def rsa_with_sha1(scene: Scene) -> str:
    """An RSA signature with SHA-1."""
    public = _rsa().public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    claim = ADA.claim()
    made = _sshsig(canonical(claim), public, b"ssh-rsa", lambda data: _rsa().sign(data, padding.PKCS1v15(), SHA1()))
    return _bring(scene, seal(claim, made), _with_key(public))


@attack("rejected", "signature")
def no_signature(scene: Scene) -> str:
    """An empty signature."""
    return _bring(scene, seal(ADA.claim(), ""))


@cache
def _rsa() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def _sshsig(message: bytes, public: str, algorithm: bytes, sign: Callable[[bytes], bytes]) -> str:
    """Write an SSHSIG as PROTOCOL.sshsig says, with any algorithm."""

    def strings(*values: bytes) -> bytes:
        return b"".join(len(value).to_bytes(4) + value for value in values)

    purpose = strings(NAMESPACE.encode(), b"", b"sha512")
    made = strings(algorithm, sign(b"SSHSIG" + purpose + strings(hashlib.sha512(message).digest())))
    blob = b"SSHSIG" + (1).to_bytes(4) + strings(base64.b64decode(public.split()[1])) + purpose + strings(made)
    text = base64.b64encode(blob).decode()
    lines = [text[start : start + 70] for start in range(0, len(text), 70)]
    return "\n".join(["-----BEGIN SSH SIGNATURE-----", *lines, "-----END SSH SIGNATURE-----\n"])


# -- revisions -------------------------------------------------------------------------------------------------------


def _revisions(scene: Scene) -> list[Submission]:
    """Let Ada publish three revisions of a month."""
    made = [ADA.submission()]
    for tokens in (1300, 1400):
        made.append(ADA.submission({"2026-11-02": tokens}, previous=made[-1]))
    for each in made:
        scene.merged(ADA.files(each))
    return made


@attack("rejected", "chain", "lowered")
def replayed(scene: Scene) -> str:
    """An older revision put back, rightly signed."""
    return _bring(scene, _revisions(scene)[1])


@attack("rejected", "duplicate")
def repeated(scene: Scene) -> str:
    """The revision that the board has, as a new pull request: only its time differs."""
    last = _revisions(scene)[-1]
    return _bring(scene, ADA.sign(ADA.claim({"2026-11-02": 1400}, previous=last, created_at="2026-11-20T11:00:00Z")))


@attack("rejected", "chain")
def forked_chain(scene: Scene) -> str:
    """A second revision 3, which goes on from revision 2."""
    return _bring(scene, ADA.submission({"2026-11-02": 1500}, previous=_revisions(scene)[1]))


@attack("rejected", "overlap")
def started_over(scene: Scene) -> str:
    """A month started over with revision 1, as if the board had none."""
    _revisions(scene)
    return _bring(scene, ADA.submission({"2026-11-02": 9000}))


@attack("rejected", "chain")
def skipped(scene: Scene) -> str:
    """A first revision with the number 7 and an invented predecessor."""
    claim = ADA.claim().model_copy(update={"revision": 7, "previous": "sha256:" + "0" * 64})
    return _bring(scene, ADA.sign(claim))


@attack("rejected", "duplicate")
def copied_device(scene: Scene) -> str:
    """The same month on a second device of one's own, to count it twice."""
    scene.merged(ADA.files())
    return scene.commit({**DESK.files(), ADA.profile_path: render_profile(ADA.profile(DESK))})


@attack("flagged", "copied-month")
def copied_numbers(scene: Scene) -> str:
    """Bob's public numbers, signed as one's own."""
    scene.merged(BOB.files(BOB.submission({"2026-10-02": 300_000})), BOB)
    return _bring(scene, ADA.submission({"2026-10-02": 300_000}))


@attack("verified")
def copied_and_changed(scene: Scene) -> str:
    """Bob's public numbers, changed by one token and signed as one's own: no rule can tell."""
    scene.merged(BOB.files(BOB.submission({"2026-10-02": 300_000})), BOB)
    return _bring(scene, ADA.submission({"2026-10-02": 300_001}))


# -- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(scene: Scene, **row: int | str | None) -> str:
    """Commit a submission of which one row was made up, with a summary that fits."""
    return _bring(scene, ADA.sign(_made_up(**row)))


def _made_up(**row: int | str | None) -> Claim:
    claim = ADA.claim()
    (day,) = claim.data.contributions
    made = day.model_copy(update={"usage": (day.usage[0].model_copy(update=row),)})
    return claim.model_copy(update={"data": type(claim.data).of([made])})


@attack("rejected", "negative")
def negative(scene: Scene) -> str:
    """Negative output tokens, to hide others in the sum."""
    return _numbers(scene, output_tokens=-5, reasoning_tokens=-5)


@attack("rejected", "cache-reads", "cost", "parts")
def parts(scene: Scene) -> str:
    """More cache reads than input."""
    return _numbers(scene, cache_read_tokens=1_000_000)


@attack("flagged", "cost", "daily-cost", "daily-tokens", "output-rate")
def largest_numbers(scene: Scene) -> str:
    """The largest numbers that a submission can hold."""
    return _numbers(scene, output_tokens=2**53 - 10_001, cost_micros=2**53 - 1)


@attack("flagged", "cost", "daily-cost", "daily-tokens")
def beyond_all_numbers(scene: Scene) -> str:
    """Two devices whose numbers are as large as can be, so that their sum is larger than a file can say."""
    made: dict[str, bytes] = {}
    for place, device in enumerate((ADA, DESK)):
        claim = _made_up(input_tokens=2**53 - 10_001 - place, cost_micros=2**53 - 1).model_copy(
            update={"device": device.device}
        )
        made |= device.files(device.sign(claim))
    return scene.commit({**made, ADA.profile_path: render_profile(ADA.profile(DESK))})


@attack("flagged", "round-total")
def round_total(scene: Scene) -> str:
    """A month of exactly 50,000,000 tokens."""
    return _numbers(scene, input_tokens=49_998_799, cost_micros=150_010_000)


@attack("rejected", "future")
def future(scene: Scene) -> str:
    """Usage of the day after tomorrow."""
    return _bring(scene, ADA.submission({"2026-11-22": 5}))


@attack("rejected", "dates")
def other_month(scene: Scene) -> str:
    """A day of October in November's file, to count it twice."""
    claim = ADA.claim({"2026-10-31": 5}).model_copy(update={"period": "2026-11"})
    return _bring(scene, ADA.sign(claim))
