"""The agents whose logs are counted."""

from cli.sources.base import Source
from cli.sources.claude import CLAUDE
from cli.sources.codex import CODEX
from cli.sources.gemini import GEMINI
from cli.sources.opencode import OPENCODE

SOURCES: tuple[Source, ...] = (CLAUDE, CODEX, GEMINI, OPENCODE)
"""In the order in which they are shown."""
