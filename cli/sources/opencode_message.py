"""What a message of OpenCode tells, whether it stands in a JSON file or in a row of its databases.

Containment: OpenCode's `input` excludes both cache counters, so the prompt is the sum of the three. Its `output`
holds the reasoning up to 1.2 and excludes it later; `total`, where a message has one, tells which. Version 2 stores
no total and keeps the reasoning apart (`visibleOutputTokens` in its session module); 684 of 688 messages of a real
1.18 database have it on top, the others were cut off.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from cli.sources.base import Tally, UsageEvent
from cli.sources.values import Count

PROVIDERS = {
    "amazon-bedrock": "aws",
    "azure-cognitive-services": "azure",
    "cloudflare-workers-ai": "cloudflare",
    "fireworks-ai": "fireworks",
    "github-copilot-enterprise": "github-copilot",
    "google-vertex": "google",
    "google-vertex-anthropic": "google",
    "kimi-for-coding": "moonshotai",
    "minimax-cn": "minimax",
    "moonshotai-cn": "moonshotai",
    "novita-ai": "novita",
    "togetherai": "together",
    "xai": "x-ai",
    "zai-coding-plan": "zai",
    "zhipuai-coding-plan": "zhipuai",
}
"""OpenCode's names of providers (those of models.dev) where genai-prices has others."""

_SILENT_TYPES = frozenset(
    {"agent-switched", "location-switched", "model-switched", "compaction", "idle"}
    | {"shell", "skill", "synthetic", "system", "user"}
)
"""Rows of version 2 that are no response."""

_Milliseconds = Annotated[int, msgspec.Meta(ge=946_684_800_000, lt=7_258_118_400_000)]
"""From the year 2000 up to 2200: no other time was ever a clock's."""


class _Cache(msgspec.Struct):
    """The part of the prompt that was read from or written to a cache."""

    read: Count | None = None
    write: Count | None = None


class _Tokens(msgspec.Struct):
    """The counters of one response."""

    input: Count | None = None
    output: Count | None = None
    reasoning: Count | None = None
    total: Count | None = None
    cache: _Cache | None = None


class _Model(msgspec.Struct):
    """The model of a message of version 2."""

    id: str | None = None
    provider: str | None = msgspec.field(name="providerID", default=None)


class _Time(msgspec.Struct):
    """When a message was begun."""

    created: _Milliseconds | None = None


class _Response(msgspec.Struct):
    """A response: the fields that bear on counting."""

    provider: str | None = msgspec.field(name="providerID", default=None)
    model_id: str | None = msgspec.field(name="modelID", default=None)
    model: _Model | str | None = None
    tokens: _Tokens | None = None
    cost: msgspec.Raw = msgspec.Raw(b"")
    time: _Time | None = None


class _Metadata(msgspec.Struct):
    """Where messages before 0.4 keep all that."""

    assistant: _Response | None = None
    time: _Time | None = None


class _Document(_Response):
    """A message of version 1, in a file or in a row."""

    role: str = ""
    metadata: _Metadata | None = None


_document = msgspec.json.Decoder(_Document)
_response = msgspec.json.Decoder(_Response)


@dataclass(slots=True)
class Gathered:
    """What was found so far."""

    events: list[UsageEvent] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


def take_message(key: str, session: str, data: bytes, gathered: Gathered) -> None:
    """Take a message of version 1: a JSON file, or the data of a row of `message`."""
    try:
        document = _document.decode(data)
        response = _response_of(document)
        event = _event(key, session, response, apart=False)
    except (ValueError, RecursionError):
        gathered.tally.bad += 1
        return
    known = document.role == "user" or (document.role == "assistant" and response.tokens is not None)
    _count(event, gathered, known=known)


def take_session_message(key: str, session: str, kind: str, data: bytes, gathered: Gathered) -> None:
    """Take a row of `session_message`, of version 2. A response has no tokens until it is complete."""
    event = None
    if kind == "assistant":
        try:
            event = _event(key, session, _response.decode(data), apart=True)
        except (ValueError, RecursionError):
            gathered.tally.bad += 1
            return
    _count(event, gathered, known=kind == "assistant" or kind in _SILENT_TYPES)


def _count(event: UsageEvent | None, gathered: Gathered, *, known: bool) -> None:
    """Add an event, or count that a message brought none."""
    if event is not None:
        gathered.events.append(event)
        gathered.tally.events += 1
    elif known:
        gathered.tally.silent += 1
    else:
        gathered.tally.unknown += 1


def _response_of(document: _Document) -> _Response:
    """Return the response in a document; up to 0.3 it is a part of the document."""
    if document.role != "assistant":
        return _Response()
    if document.metadata is None or document.metadata.assistant is None:
        return document
    return msgspec.structs.replace(document.metadata.assistant, time=document.metadata.time)


def _event(key: str, session: str, response: _Response, *, apart: bool) -> UsageEvent | None:
    """Return the event of a response, or None while it has no tokens. Raises ValueError for what cannot be right.

    Of one message found more than once, the counters furthest grown win; of equal ones those whose containment is
    known, which is not so for a copy that version 2 made of a row of version 1. Forking a session copies its
    messages under new ids: `twin` is what stays the same.
    """
    tokens = response.tokens
    if tokens is None:
        return None
    cache = tokens.cache or _Cache()
    cache_read, cache_creation, reasoning = cache.read or 0, cache.write or 0, tokens.reasoning or 0
    prompt = (tokens.input or 0) + cache_read + cache_creation
    output = tokens.output or 0
    grown = prompt + output + reasoning
    if grown == 0:
        return None
    if response.time is None or response.time.created is None:
        raise ValueError("usage without a time")
    model, provider = _model(response)
    created = response.time.created
    copied = (created, model, tokens.input, output, reasoning, cache_read, cache_creation, bytes(response.cost))
    if _on_top(tokens.total, prompt, output, reasoning, apart=apart):
        output += reasoning
    return UsageEvent(
        key=key,
        session=session,
        time_ms=created,
        provider=PROVIDERS.get(provider, provider),
        model=model,
        input_tokens=prompt,
        output_tokens=output,
        cache_read_tokens=cache_read,
        cache_creation_tokens=cache_creation,
        reasoning_tokens=min(reasoning, output),
        rank=2 * grown + (not apart),
        twin=hashlib.blake2b(repr(copied).encode(), digest_size=12).hexdigest(),
    )


def _on_top(total: int | None, prompt: int, output: int, reasoning: int, *, apart: bool) -> bool:
    """Tell whether reasoning comes on top of the output: by the total, else as the version has it."""
    if total == prompt + output + reasoning:
        return True
    if total == prompt + output:
        return False
    return apart or reasoning > output


def _model(response: _Response) -> tuple[str, str]:
    """Return the names of the model and of who served it, which version 2 keeps together."""
    nested = response.model if isinstance(response.model, _Model) else _Model()
    return response.model_id or nested.id or "unknown", response.provider or nested.provider or "unknown"
