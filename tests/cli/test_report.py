"""What the reports say, against samples whose totals are known."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.commands.report import GROUPINGS

Command = Callable[..., tuple[int, str, str]]
SAMPLES = Path(__file__).parents[1] / "samples"
REPORTS = ["usage", "sessions", *GROUPINGS]
FIELDS = [
    "date", "source", "provider", "model", "inputTokens", "outputTokens", "cacheReadTokens", "cacheCreationTokens",
    "reasoningTokens", "totalTokens", "messages", "costMicros",
]  # fmt: skip


@pytest.fixture
def logs(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find a sample of each of two agents."""
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(SAMPLES / "claude/entire-graph-reduced"))
    monkeypatch.setenv("CODEX_HOME", str(SAMPLES / "codex/vct"))


@pytest.fixture
def unpriced(home: Path) -> None:
    """Let the command find a response of a model that nobody prices, among others."""
    path = home / ".claude" / "projects" / "p" / "a.jsonl"
    path.parent.mkdir(parents=True)
    rows = [("1", "nobody-knows-this"), ("2", "claude-opus-4-8"), ("3", "nobody-knows-this")]
    days = ["20", "20", "21"]
    with path.open("w") as file:
        for (key, model), day in zip(rows, days, strict=True):
            usage = {"input_tokens": 1_000_000, "output_tokens": 0}
            message = {"id": key, "model": model, "usage": usage}
            row = {"type": "assistant", "timestamp": f"2026-11-{day}T00:00:00Z", "sessionId": "s", "message": message}
            file.write(json.dumps(row) + "\n")


def _expected() -> list[tuple[Any, ...]]:
    rows = []
    for source, name in (("claude", "entire-graph-reduced"), ("codex", "vct")):
        days = json.loads((SAMPLES / source / f"{name}.expected.json").read_text())
        for day, models in days.items():
            for model, sums in models.items():
                cache = sums["cache_read"], sums["cache_write"]
                whole = sums["input"] + sum(cache)
                counts = whole, sums["output"], *cache, sums["reasoning"], sums["total"], sums["events"]
                rows.append((day, source, model, *counts))
    return sorted(rows)


def test_usage_is_exactly_what_the_samples_hold(command: Command, logs: None) -> None:
    code, out, err = command("report", "usage", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert [list(row) for row in rows] == [FIELDS] * len(rows)
    assert [tuple(value for name, value in row.items() if name not in {"provider", "costMicros"}) for row in rows] == (
        _expected()
    )
    assert {row["source"]: row["provider"] for row in rows} == {"claude": "anthropic", "codex": "openai"}
    assert {row["model"] for row in rows if row["costMicros"] is None} == {"aide-gpt-5"}


def test_every_report_adds_up_to_the_same(command: Command, logs: None) -> None:
    totals = [sum(numbers) for numbers in zip(*(row[3:] for row in _expected()), strict=True)]
    for report in REPORTS:
        code, out, err = command("report", report, "--json")
        assert (code, err) == (0, "")
        rows = json.loads(out)
        assert [sum(row[name] for row in rows) for name in FIELDS[4:11]] == totals, report


def test_every_table_fits_80_columns_and_has_a_total(command: Command, logs: None) -> None:
    for report in REPORTS:
        code, out, err = command("report", report)
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert all(len(line) <= 80 for line in lines), report
        (total,) = [line for line in lines if line.startswith("Total")]
        assert "148M" in total


def test_labels_of_periods(command: Command, logs: None) -> None:
    def labels(report: str, field: str) -> list[str]:
        return [row[field] for row in json.loads(command("report", report, "--json")[1])]

    assert labels("monthly", "month") == ["2025-09", "2026-05", "2026-06", "2026-07"]
    assert labels("weekly", "week")[:2] == ["2025-W38", "2026-W22"]
    assert labels("daily", "day")[0] == "2025-09-19"
    assert labels("sources", "source") == ["claude", "codex"]


def test_limits(command: Command, logs: None) -> None:
    rows = json.loads(
        command("report", "usage", "--json", "--since", "2026-06-01", "--until", "2026-06-30", "--source", "claude")[1]
    )
    expected = [row for row in _expected() if "2026-06-01" <= row[0] <= "2026-06-30" and row[1] == "claude"]
    assert [(row["date"], row["totalTokens"]) for row in rows] == [(row[0], row[8]) for row in expected]
    assert len(rows) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "2026-11-02", "--until", "2026-11-01"],
        ["--since", "20261101"],
        ["--since", "2026-11-31"],
        ["--until", "yesterday"],
        ["--source", "nobody"],
    ],
)
def test_wrong_limits_are_wrong_usage(command: Command, arguments: list[str]) -> None:
    code, out, err = command("report", "daily", *arguments)
    assert (code, out) == (2, "")
    assert "Error: Invalid value for" in err


def test_what_has_no_price_is_unpriced_and_never_free(command: Command, unpriced: None) -> None:
    rows = json.loads(command("report", "usage", "--json")[1])
    assert [row["costMicros"] for row in rows] == [5_000_000, None, None]
    days = json.loads(command("report", "daily", "--json")[1])
    assert [(row["costMicros"], row["unpricedTokens"]) for row in days] == [(5_000_000, 1_000_000), (None, 1_000_000)]
    lines = command("report", "daily")[1].splitlines()
    assert any(line.startswith("2026-11-20") and line.endswith("$5.00+") for line in lines)
    assert any(line.startswith("2026-11-21") and line.endswith("unpriced") for line in lines)
    assert lines[-1].strip() == "2.00M tokens have no known price and are not in the cost."


def test_an_empty_machine_has_an_empty_report(command: Command) -> None:
    assert command("report", "usage", "--json") == (0, "[]\n", "")
    code, out, _ = command("report", "daily")
    assert code == 0
    assert out.splitlines()[-1].split() == ["Total", *"0000000", "$0.00"]


def test_sessions_have_times_and_models(command: Command, logs: None) -> None:
    rows = json.loads(command("report", "sessions", "--json", "--source", "codex")[1])
    (row,) = rows
    assert row["start"].startswith("2025-09-19T") <= row["end"].startswith("2025-09-19T")
    assert row["models"] == ["aide-gpt-5"]


def test_reports_are_the_same_whatever_the_time_zone_and_locale(
    command: Command, logs: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = command("report", "usage", "--json")[1]
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("TOKEN_TRACKER_DATA_DIR", os.environ["TOKEN_TRACKER_DATA_DIR"] + "2")
    assert command("report", "usage", "--json")[1] == before
