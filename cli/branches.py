"""What the branches of this command are called, and which command offers what is on them."""

import re

from cli.github import BRANCH_PREFIX

DEVICES = f"{BRANCH_PREFIX}devices"
WITHDRAW = f"{BRANCH_PREFIX}withdraw"
_DEVICE = re.compile(rf"{BRANCH_PREFIX}([a-z0-9]{{8}})", re.ASCII)


def device_of(branch: str) -> str:
    """Return the device whose submissions a branch has by its name, empty for all others."""
    found = _DEVICE.fullmatch(branch)
    return found[1] if found and branch not in {DEVICES, WITHDRAW} else ""


def command_for(branch: str, this_device: str) -> str:
    """Return what a user has to run to offer a branch's content anew, given this machine's device."""
    if branch in {DEVICES, WITHDRAW}:
        return f"the same `token-tracker {branch.removeprefix(BRANCH_PREFIX)}` again"
    elsewhere = "" if device_of(branch) == this_device else " on that machine"
    return f"`token-tracker submit`{elsewhere}"
