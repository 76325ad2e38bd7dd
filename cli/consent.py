"""Asking before something is sent."""

import sys

import click

from cli import CliError


def agree(question: str) -> None:
    """Ask a yes-or-no question at the terminal. Raises CliError when the answer is no, or nobody can be asked."""
    _require_terminal()
    if not click.confirm(question, err=True):
        raise _refused()


def agree_by_typing(question: str, word: str) -> None:
    """Let somebody type a word for what is not done by accident. Raises CliError when it is not typed."""
    _require_terminal()
    if click.prompt(question, default="", show_default=False, err=True).strip() != word:
        raise _refused()


def _require_terminal() -> None:
    if not sys.stdin.isatty():
        raise CliError("Nobody can be asked here: there is no terminal.", "Use --yes to send it without being asked.")


def _refused() -> CliError:
    return CliError("Nothing was sent.", "Run it again whenever you like.")
