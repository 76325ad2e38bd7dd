"""The agents whose logs are counted."""

from cli.sources.base import Source
from cli.sources.claude import CLAUDE
from cli.sources.codex import CODEX
from cli.sources.gemini import GEMINI
# opencode follows

SOURCES: tuple[Source, ...] = (CLAUDE, CODEX, GEMINI)
"""In the order in which they are shown."""
