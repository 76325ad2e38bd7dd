"""Agent logs for the demo: sessions of the real samples, written again with fresh ids and other times.

Numbers, models and the quirks of each format (streaming duplicates, cumulative counters) stay as the agents wrote
them; only when it happened and under which ids is made up, so that a few samples become months of usage.
"""

import datetime as dt
import json
import random
import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent.parent / "samples"
SECONDS_BETWEEN_ROWS = 40

Row = dict[str, Any]


def _rows(path: Path) -> Iterator[Row]:
    for line in path.read_bytes().splitlines():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def _time(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _fresh_id(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _write_lines(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)


def _slice(rows: list[Row], size: int, rng: random.Random) -> list[Row]:
    start = rng.randrange(max(1, len(rows) - size))
    return rows[start : start + size]


@cache
def _claude_sessions() -> list[list[Row]]:
    kept = ("type", "sessionId", "isSidechain", "version", "timestamp", "requestId", "uuid")
    sessions = []
    for path in sorted((SAMPLES / "claude").rglob("*.jsonl")):
        rows = []
        for row in _rows(path):
            message = row.get("message")
            if row.get("type") == "assistant" and isinstance(message, dict) and "usage" in message:
                slim = {key: message[key] for key in ("id", "type", "role", "model", "usage") if key in message}
                rows.append({key: row[key] for key in kept if key in row} | {"message": slim})
        if len(rows) >= 4:
            sessions.append(rows)
    return sessions


def claude(home: Path, start: dt.datetime, size: int, rng: random.Random) -> None:
    """Add a Claude Code session of about `size` rows to a home folder, streaming duplicates included."""
    session, ids = _fresh_id(rng), dict[str, str]()
    rows = []
    for number, row in enumerate(_slice(rng.choice(_claude_sessions()), size, rng)):
        message = dict(row["message"])
        message["id"] = ids.setdefault(message["id"], f"msg_{rng.getrandbits(96):024x}")
        moment = start + dt.timedelta(seconds=number * SECONDS_BETWEEN_ROWS)
        rows.append(
            {**row, "sessionId": session, "uuid": _fresh_id(rng), "timestamp": _time(moment), "message": message}
        )
    _write_lines(home / ".claude" / "projects" / "-demo" / f"{session}.jsonl", rows)


@cache
def _codex_sessions() -> list[list[Row]]:
    sessions = []
    for path in sorted((SAMPLES / "codex").rglob("*.jsonl")):
        rows = [row for row in _rows(path) if isinstance(row.get("payload"), dict)]
        if any(row["payload"].get("forked_from_id") or isinstance(row["payload"].get("source"), dict) for row in rows):
            continue
        counted = [row for row in rows if row["payload"].get("type") == "token_count"]
        first = next((row for row in rows if row.get("type") == "turn_context"), None)
        if first is not None and len(counted) >= 4:
            context = {**first, "payload": {"model": first["payload"].get("model")}}
            sessions.append([context, *counted])
    return sessions


def codex(home: Path, start: dt.datetime, size: int, rng: random.Random) -> None:
    """Add a Codex rollout with the first `size` counter rows of a real one."""
    session = _fresh_id(rng)
    meta = {"id": session, "timestamp": _time(start), "cli_version": "0.145.0", "model_provider": "openai"}
    rows: list[Row] = [{"timestamp": _time(start), "type": "session_meta", "payload": meta}]
    for number, row in enumerate(rng.choice(_codex_sessions())[: size + 1], 1):
        rows.append({**row, "timestamp": _time(start + dt.timedelta(seconds=number * SECONDS_BETWEEN_ROWS))})
    name = f"rollout-{start:%Y-%m-%dT%H-%M-%S}-{session}.jsonl"
    _write_lines(home / ".codex" / "sessions" / f"{start:%Y/%m/%d}" / name, rows)


@cache
def _gemini_messages() -> list[list[Row]]:
    sessions = []
    for path in sorted((SAMPLES / "gemini").rglob("session-*")):
        rows = list(_rows(path)) if path.suffix == ".jsonl" else json.loads(path.read_bytes())["messages"]
        kept = ("id", "timestamp", "type", "content", "model", "tokens")
        messages = [{key: row[key] for key in kept if key in row} for row in rows if row.get("type") == "gemini"]
        counted = [message for message in messages if message.get("tokens")]
        if counted:
            sessions.append(counted)
    return sessions


def gemini(home: Path, start: dt.datetime, size: int, rng: random.Random) -> None:
    """Add a Gemini CLI chat with `size` messages of real ones."""
    session, messages = _fresh_id(rng), []
    for number in range(size):
        moment = start + dt.timedelta(seconds=number * SECONDS_BETWEEN_ROWS)
        message = rng.choice(rng.choice(_gemini_messages()))
        messages.append({**message, "id": _fresh_id(rng), "timestamp": _time(moment)})
    path = home / ".gemini" / "tmp" / "demo" / "chats" / f"session-{start:%Y-%m-%dT%H-%M}-{session[:8]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    chat = {"sessionId": session, "startTime": _time(start), "lastUpdated": _time(start), "messages": messages}
    path.write_text(json.dumps(chat), encoding="utf-8")


@cache
def _opencode_messages() -> list[Row]:
    rows = [json.loads(path.read_bytes()) for path in sorted((SAMPLES / "opencode").rglob("msg_*.json"))]
    return [row for row in rows if row.get("role") == "assistant" and row.get("tokens")]


_SERVED_BY = {"claude": "anthropic", "gpt": "openai", "kimi": "moonshotai"}
"""The samples were served by mocks; in the demo they come from the vendors of the models."""


def opencode(home: Path, start: dt.datetime, size: int, rng: random.Random) -> None:
    """Add an OpenCode session of `size` message files."""
    session = f"ses_{rng.getrandbits(80):020x}"
    folder = home / ".local" / "share" / "opencode" / "storage" / "message" / session
    folder.mkdir(parents=True)
    for number in range(size):
        created = int((start + dt.timedelta(seconds=number * SECONDS_BETWEEN_ROWS)).timestamp() * 1000)
        row = dict(rng.choice(_opencode_messages()))
        row["id"] = f"msg_{rng.getrandbits(80):020x}"
        row["sessionID"], row["time"] = session, {"created": created, "completed": created + 9000}
        row["providerID"] = _SERVED_BY[row["modelID"].split("-")[0]]
        (folder / f"{row['id']}.json").write_text(json.dumps(row), encoding="utf-8")


WRITERS: dict[str, Callable[[Path, dt.datetime, int, random.Random], None]] = {
    "claude": claude,
    "codex": codex,
    "gemini": gemini,
    "opencode": opencode,
}
