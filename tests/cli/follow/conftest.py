"""The board, machines and bot of the tests of `submit`, with what follows a submission."""

from tests.cli.submit.conftest import ada, scene

__all__ = ["ada", "scene"]
