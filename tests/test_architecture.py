"""Who may import whom: data flows one way, and each outside world has one door."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("validator", "generator", "cli")
"""From the lowest to the highest: a package may import itself and those before it."""
DOORS = {
    "duckdb": {"cli/ledger.py", "generator/warehouse.py"},
    "github": {"cli/api.py", "validator/github.py"},
    "jinja2": {"generator/render.py"},
    "genai_prices": {"validator/prices.py"},
    "subprocess": {
        "validator/git_process.py",
        "cli/processes.py",
        "cli/account.py",
        "cli/autosubmit/tools.py",
        "cli/own_key.py",
    },
}
"""The only files that may import each of these, at whatever depth."""
SQL = ("select ", "insert into ", "delete from ", "update ", "create table", "create view")


def _modules() -> list[str]:
    return [str(path.relative_to(ROOT)) for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


@pytest.mark.parametrize("module", _modules())
def test_imports_point_one_way_and_through_the_doors(module: str) -> None:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    own = PACKAGES.index(module.split("/", maxsplit=1)[0])
    for name in _imports(tree):
        top = name.split(".")[0]
        assert top not in PACKAGES[own + 1 :], f"{module} imports {name} from above"
        assert top != "tests", f"{module} imports the tests"
        assert module in DOORS.get(top, {module}), f"{module} imports {name}; only {sorted(DOORS[top])} may"


@pytest.mark.parametrize("module", _modules())
def test_sql_lives_in_sql_files(module: str) -> None:
    tree = ast.parse((ROOT / module).read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            assert not node.value.lower().lstrip().startswith(SQL), f"{module}:{node.lineno} holds SQL"
