"""Where people see a board's files, commits and pull requests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebLinks:
    """Addresses at GitHub's site; what goes into them is ASCII of the store's or Git's own making."""

    server: str
    """Without a final slash."""
    board: str
    """`owner/name`."""

    def file(self, path: str, commit: str) -> str:
        """Return the address of a file as it is in a commit."""
        return f"{self.server}/{self.board}/blob/{commit}/{path}"

    def folder(self, path: str) -> str:
        """Return the address of a folder as it is now."""
        return f"{self.server}/{self.board}/tree/HEAD/{path}"

    def commits(self, path: str) -> str:
        """Return the address of the list of commits that changed something below a path."""
        return f"{self.server}/{self.board}/commits/HEAD/{path}"

    def commit(self, commit: str) -> str:
        """Return the address of a commit."""
        return f"{self.server}/{self.board}/commit/{commit}"

    def pull(self, number: int) -> str:
        """Return the address of a pull request."""
        return f"{self.server}/{self.board}/pull/{number}"
