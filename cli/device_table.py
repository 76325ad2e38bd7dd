"""A user's devices, for people and programs."""

from cli import tables
from cli.keyring import Listed
from validator.signature import BadKey, fingerprint
from validator.submission import Device


def fingerprint_of(device: Device) -> str:
    """Return the fingerprint of a device's key as `ssh-keygen -l` shows it, empty for what is no key."""
    try:
        return fingerprint(device.public_key)
    except BadKey:
        return ""


def device_fields(device: Device) -> dict[str, object]:
    """Return a device as --json tells it."""
    return {
        "id": device.id,
        "createdAt": device.created_at,
        "revokedAt": device.revoked_at,
        "publicKey": device.public_key,
        "fingerprint": fingerprint_of(device),
    }


def listed_fields(listed: Listed, own: str) -> dict[str, object]:
    """Return a listed device as --json tells it; `own` is this machine's."""
    return {
        **device_fields(listed.device),
        "isThisDevice": listed.device.id == own,
        "months": list(listed.months),
        "addedBy": listed.adding.fields() if listed.adding else None,
        "revokedBy": listed.revoking.fields() if listed.revoking else None,
    }


def print_devices(title: str, found: list[Listed], own: str) -> None:
    """Print the devices, their keys, and which open pull requests would change them."""
    console = tables.console()
    if found:
        table = tables.table(title, ["Device", "Since", "State", "Months"], [])
        table.padding = (0, 1, 0, 0)
        for each in found:
            table.add_row(each.device.id, each.device.created_at[:10], _state(each, own), _months(each.months))
        console.print(table)
        console.print()
    for each in found:
        console.print(f"{each.device.id}  {fingerprint_of(each.device) or 'no usable key'}", soft_wrap=True)
        for pull, does in ((each.adding, "enter"), (each.revoking, "revoke")):
            if pull:
                console.print(f"          {tables.printable(pull.url)} would {does} it.", soft_wrap=True)
    if own not in {each.device.id for each in found}:
        machine = f"device {own}" if own else "machine"
        console.print(
            f"The board does not know this {machine} yet: `token-tracker submit` enters it with its first usage, "
            "`token-tracker devices add` before."
        )


def _state(listed: Listed, own: str) -> str:
    if listed.revoking:
        state = "being revoked"
    elif listed.device.revoked_at:
        state = f"revoked {listed.device.revoked_at[:10]}"
    else:
        state = "being added" if listed.adding else "in use"
    return f"{state}, this machine" if listed.device.id == own else state


def _months(months: tuple[str, ...]) -> str:
    if not months:
        return "none"
    return months[0] if len(months) == 1 else f"{len(months):,}: {months[0]} to {months[-1]}"
