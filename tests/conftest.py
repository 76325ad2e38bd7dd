"""How the whole suite is run: the longest first, no example timed, the collector of garbage as the command sets it."""

import gc

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

LONG = ("tests/demo/", "tests/workflows/")
"""Where single tests take as long as hundreds of others: begun at the end, they would be waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    gc.set_threshold(100_000)  # as in cli.main
