"""Whose it is: the path, the file, the fork and the key must all say the same person."""

from collections import Counter
from collections.abc import Iterator

from validator import signature as sshsig
from validator.change import Change
from validator.findings import Level
from validator.rules.rule import Remark, rule
from validator.submission import NAMESPACE, Device, digest


@rule("own-folder", Level.REJECT)
def own_folder(change: Change) -> Iterator[Remark]:
    """Stay in your own folder.

    Looks at: the user id in each path, against the GitHub id of the account that opened the pull request.

    Why: The path is the claim. Logins can be renamed and taken over by strangers, ids cannot, so logins are never
    compared.

    What to do: Open the pull request from the account whose usage it is; `token-tracker whoami` says which one is used.

    Bad: account 4242 changes `submissions/93/4243/profile.json`.

    Good: account 4242 changes `submissions/92/4242/profile.json`.
    """
    for file in change.files:
        if file.place and file.place.user_id != change.author.id:
            yield Remark(
                f"This folder belongs to the account {file.place.user_id}; the pull request is by {change.author.id}.",
                file.path,
            )


@rule("own-fork", Level.REJECT)
def own_fork(change: Change) -> Iterator[Remark]:
    """Send it from your own fork.

    Looks at: who owns the repository that the pull request comes from.

    Why: Whoever may push to a branch decides what its pull request holds, also after it was opened. From somebody
    else's fork, somebody else could write into the author's folder.

    What to do: Run `token-tracker submit`: it opens the pull request from your own fork. If the fork is gone, close
    the pull request and run it again.

    Bad: account 4242 opens a pull request from a branch of account 4243.

    Good: account 4242 opens a pull request from its own fork, or from a branch of the board that it may write to.
    """
    owner = change.author.head_owner_id
    if owner is not None and owner != change.author.id:
        whose = f"belongs to the account {owner}" if owner else "no longer exists"
        yield Remark(f"The repository it comes from {whose}; the pull request is by {change.author.id}.")


@rule("own-file", Level.REJECT)
def own_file(change: Change) -> Iterator[Remark]:
    """Let files say what their path says.

    Looks at: user id, device and month in each submission, and the user id in the profile, against the path.

    Why: The signature covers the file but not where it lies. A file that names its place cannot be put elsewhere.

    What to do: Run `token-tracker submit` again; files cannot be moved or renamed by hand.

    Bad: `…/4242/ab12cd34/2026-11.json` with `"period": "2026-10"`.

    Good: `…/4242/ab12cd34/2026-11.json` with `"user": {"id": 4242, …}, "device": "ab12cd34", "period": "2026-11"`.
    """
    for each in change.submitted:
        claimed = (each.new.user.id, each.new.device, each.new.period)
        expected = (each.place.user_id, each.place.device, each.place.period)
        if claimed != expected:
            yield Remark(f"The file says it is {_triple(claimed)}; its path says {_triple(expected)}.", each.path)
    path = _changed_profile(change)
    if path and change.profile and change.profile.user.id != change.author.id:
        yield Remark(f"The profile says it is of the account {change.profile.user.id}.", path)


def _triple(names: tuple[int, str, str]) -> str:
    return f"of account {names[0]}, device {names[1]}, month {names[2]}"


@rule("login", Level.NOTICE)
def login(change: Change) -> Iterator[Remark]:
    """Go by the name that GitHub knows you by.

    Looks at: the login in a changed profile, against the login that the author's account has now, whatever the case.

    Why: Accounts are renamed, and logins given up are registered by others. So it decides nothing: whose folder it is,
    the id says, and pages are named after the login that GitHub tells at the merge.

    What to do: Nothing has to be done; `token-tracker submit` writes the login that your account has now.

    Bad: the account `ada-demo` calls itself `grace-demo`.

    Good: the account `ada-demo`, renamed to `butterfly`, calls itself `butterfly`.
    """
    path = _changed_profile(change)
    if path and change.profile and change.profile.user.login.lower() != change.author.login.lower():
        said, known = change.profile.user.login, change.author.login
        yield Remark(f"The profile says it is of {said}; GitHub knows the account as {known}.", path)


@rule("profile", Level.REJECT)
def profile(change: Change) -> Iterator[Remark]:
    """Keep a profile with submissions.

    Looks at: whether the author has a `profile.json` once the change is merged, as long as they have submissions.

    Why: The profile holds the public keys. Without it nobody could verify the submissions any more.

    What to do: Run `token-tracker submit` again, which adds the profile, or `token-tracker withdraw`, which removes
    everything at once.

    Bad: a change that deletes `profile.json` and keeps the months.

    Good: a first change with `profile.json` and the months.
    """
    listed = change.file_count == len(change.files)
    if listed and change.profile is None and not _changed_profile(change) and change.remaining():
        yield Remark("There would be submissions without a profile.json.")


@rule("known-device", Level.REJECT)
def known_device(change: Change) -> Iterator[Remark]:
    """Submit from a device in use.

    Looks at: whether the profile, as the change leaves it, lists the device of each submission, not revoked.

    Why: A key is trusted because GitHub authenticated whoever put it into the profile. A revoked key may be in a
    thief's hands.

    What to do: Run `token-tracker submit` on the device; it enters itself into the profile. A revoked device needs
    a new key first: `token-tracker devices` says how.

    Bad: a submission of a device whose `revokedAt` is set.

    Good: a first submission that enters its device's key into the profile in the same change.
    """
    if change.profile is None:
        return
    devices = {device.id: device for device in change.profile.devices}
    for each in change.submitted:
        device = devices.get(each.place.device)
        if device is None:
            yield Remark(f"The profile lists no device {each.place.device}.", each.path)
        elif device.revoked_at is not None:
            yield Remark(f"The device {device.id} was revoked at {device.revoked_at}.", each.path)


@rule("hash", Level.REJECT)
def file_hash(change: Change) -> Iterator[Remark]:
    """Hash the content.

    Looks at: the `hash` of each submission, against the SHA-256 of its RFC 8785 canonical bytes without hash
    and signature.

    Why: The next revision names this one by its hash; a wrong one would break the chain.

    What to do: Run `token-tracker submit` again; a submission cannot be edited by hand.

    Bad: a submission in which a number was changed after it was hashed.

    Good: a submission as the command wrote it.
    """
    for each in change.submitted:
        expected = digest(each.message)
        if each.new.hash != expected:
            yield Remark(f"The hash is {each.new.hash}; that of the content is {expected}.", each.path)


@rule("signature", Level.REJECT)
def signature(change: Change) -> Iterator[Remark]:
    """Sign with the device's key.

    Looks at: the SSH signature of each submission over its canonical bytes, in the namespace
    `token-tracker/submission/v1`, against the device's public key in the profile. Ed25519, ECDSA, RSA of 2048 bits
    and more with SHA-2, and security keys that were touched are accepted.

    Why: It proves offline and for ever that these very numbers come from the owner of the key. It proves who, not
    that the numbers are true: for that there are the other rules.

    What to do: Run `token-tracker submit` again on the device that the usage is of.

    Bad: a signature with another key, of other bytes, made for `git`, or with SHA-1.

    Good: the output of `ssh-keygen -Y sign -n token-tracker/submission/v1` over the canonical bytes.
    """
    keys = {device.id: device.public_key for device in change.profile.devices} if change.profile else {}
    for each in change.submitted:
        key = keys.get(each.place.device)
        if key is None:
            continue
        try:
            sshsig.verify(each.message, each.new.signature, key, NAMESPACE)
        except sshsig.BadSignature as error:
            yield Remark(f"The signature does not hold: {error}.", each.path)


@rule("device-keys", Level.REJECT)
def device_keys(change: Change) -> Iterator[Remark]:
    """List each device once, with a key that works.

    Looks at: ids and public keys of the devices in a changed profile, and their number against `devices_per_user`
    of the policy.

    Why: With two keys for one device nobody could say which one counts, and a key that cannot be read or is too weak
    verifies nothing.

    What to do: Run `token-tracker submit` again. With too many devices, withdraw those no longer used.

    Bad: an RSA key of 1024 bits.

    Good: an Ed25519 key as `token-tracker` makes one for each device.
    """
    path = _changed_profile(change)
    if change.profile is None or not path:
        return
    devices, limit = change.profile.devices, change.policy.devices_per_user
    if len(devices) > limit:
        numbers = (("devices", len(devices)), ("limit", limit))
        yield Remark(f"The profile lists {len(devices):,} devices; {limit:,} are allowed.", path, numbers)
        return
    for what, values in (("device", [each.id for each in devices]), ("key", [each.public_key for each in devices])):
        for value, times in sorted(Counter(values).items()):
            if times > 1:
                yield Remark(f"The {what} {value[:100]} is listed {times} times.", path)
    for device in devices:
        try:
            sshsig.check_public_key(device.public_key)
        except sshsig.BadKey as error:
            yield Remark(f"The key of device {device.id} cannot be used: {error}.", path)


@rule("device-history", Level.REJECT)
def device_history(change: Change) -> Iterator[Remark]:
    """Revoke devices, never rewrite them.

    Looks at: every device that the profile on the board lists, against the changed profile. Its key and time of
    creation must stay, a revocation too, which cannot lie before a submission that is kept was created; it may only
    disappear when the author keeps no submission of it.

    Why: Submissions of years ago are verified with these keys. And whoever got hold of an account must not be able to
    put their own key in the place of a known one.

    What to do: If another of your devices was entered meanwhile, run `token-tracker submit` again: it starts from the
    profile that the board has now. To be rid of a device, revoke it with the present time and let
    `token-tracker submit` enter a new one, or withdraw all its submissions.

    Bad: a profile in which device `ab12cd34` suddenly has another key.

    Good: a profile in which device `ab12cd34` has gained a `revokedAt`.
    """
    path = _changed_profile(change)
    if change.profile is None or change.folder.profile is None or not path:
        return
    now = {device.id: device for device in change.profile.devices}
    in_use = {device for device, _ in change.remaining()}
    for old in change.folder.profile.devices:
        problem = _rewritten(old, now.get(old.id), in_use, _last_created(change, old.id))
        if problem:
            yield Remark(f"The device {old.id} {problem}.", path)


def _last_created(change: Change, device: str) -> str:
    """Return when the last of a revoked device's submissions that the author keeps was created, empty if none is."""
    kept = [key for key in change.remaining() if key[0] == device]
    return max((change.folder.created.get(key, "") for key in kept), default="")


def _rewritten(old: Device, new: Device | None, in_use: set[str], last_created: str) -> str:
    if new is None:
        return "is missing, but there are submissions of it" if old.id in in_use else ""
    if new.public_key != old.public_key:
        return "was given another key"
    if new.created_at != old.created_at:
        return f"was created at {old.created_at}; the change says {new.created_at}"
    if old.revoked_at is not None and new.revoked_at != old.revoked_at:
        return f"was revoked at {old.revoked_at}; that cannot be changed"
    if old.revoked_at is None and new.revoked_at is not None and new.revoked_at < last_created:
        return f"is said to be revoked at {new.revoked_at}, but a submission of it was created at {last_created}"
    return ""


def _changed_profile(change: Change) -> str:
    """Return the path of the author's profile if the change brings a new one, else nothing."""
    own = [file for file in change.files if file.place and file.place.kind == "profile" and not file.deleted]
    return next((file.path for file in own if file.place and file.place.user_id == change.author.id), "")
