"""The one door to the schedulers' own commands."""

import subprocess

from cli import CliError
from cli.autosubmit.scheduler import Command

SECONDS = 60
MAX_TOLD = 300


def run(command: Command, hint: str) -> None:
    """Run a scheduler's command. Raises CliError when it is not there, fails or hangs, with what it said."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise CliError(f"{command[0]} is not on this machine.", hint) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CliError(f"{command[0]} did not work ({type(error).__name__}).", hint) from None
    if done.returncode != 0:
        said = " ".join((done.stderr or done.stdout).split())[:MAX_TOLD]
        raise CliError(f"`{' '.join(command)}` failed: {said.rstrip('.') or done.returncode}.", hint)


def succeeds(command: Command) -> bool:
    """Run a scheduler's command and tell whether it went well; its words are dropped."""
    try:
        run(command, "")
    except CliError:
        return False
    return True
