"""The contract: what a submission is, and whether to believe it.

Nothing here imports `cli` or `generator`; both build on this package.
"""

__version__ = "0.1.0"


class TokenTrackerError(Exception):
    """The tool could not do its job; the root of every package's own family.

    `message` says what went wrong, `hint` what the user can do about it (may be empty).
    Both are one line of plain text. `exit_code` is what the command ends with.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class ValidatorError(TokenTrackerError):
    """Git, a key or a configuration kept the validator from judging at all.

    Never raised for what a pull request holds: that becomes a finding.
    """
