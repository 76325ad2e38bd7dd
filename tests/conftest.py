"""How the whole suite is run: the longest first, and a collector of garbage that is set as the command sets it."""

import gc

import pytest

LONG = ("tests/demo/", "tests/workflows/")
"""Where single tests take as long as hundreds of others: begun at the end, they would be waited for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def pytest_collection_finish() -> None:
    gc.set_threshold(100_000)  # as in cli.main
