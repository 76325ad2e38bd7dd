"""From signed submissions to a static site."""

from validator import TokenTrackerError


class GeneratorError(TokenTrackerError):
    """The site could not be built; nothing that was published before is touched."""
