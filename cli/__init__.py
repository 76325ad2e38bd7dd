"""The command `token-tracker`: count, sign, submit."""

from validator import TokenTrackerError


class CliError(TokenTrackerError):
    """The command could not do what was asked; says why and what to do."""
