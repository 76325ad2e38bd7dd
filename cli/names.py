"""What models and providers are called in public.

Their names come from logs and configurations, so they may be paths, addresses or anything else. What is published is
a name the store accepts, without the folders, hosts and accounts that such names carry. The same name always gives
the same result, and a result given again stays as it is.
"""

import re

UNKNOWN = "unknown"
"""What is called nothing, or has no letter that the store accepts."""

_PLACE = re.compile(
    r"""^(?: [/~$] | \.[^/]*/ | (?:home|users|projects)/ | arn: )  # paths; resources of Google and Amazon name accounts
    | [:/]/ | \\                                                   # drives, addresses, doubled and Windows slashes
    | /[^/]+\.(?:gguf|ggml|safetensors|bin|pth?)$                  # files with a model in them""",
    re.IGNORECASE | re.VERBOSE,
)
_NOT_IN_MODEL = re.compile(r"[^A-Za-z0-9 ._:/@+()\[\]-]")
_NOT_IN_PROVIDER = re.compile(r"[^a-z0-9._-]")
_NOT_FIRST = re.compile(r"^[^A-Za-z0-9]+")


def public_model(name: str) -> str:
    """Return a `validator.submission.ModelName` for any text; accepted names that are no place stay as they are."""
    return _cleaned(name, _NOT_IN_MODEL, 128)


def public_provider(name: str) -> str:
    """Return a `validator.submission.ProviderName`, in lower case, for any text."""
    return _cleaned(name.lower(), _NOT_IN_PROVIDER, 64)


def _cleaned(name: str, refused: re.Pattern[str], limit: int) -> str:
    """Clean until nothing changes: what is left may look like a place, once what stood before it is gone."""
    kept = refused.sub("_", _last_part(name.strip()))
    cleaned = _NOT_FIRST.sub("", kept)[:limit].rstrip() or UNKNOWN
    return cleaned if cleaned == name else _cleaned(cleaned, refused, limit)


def _last_part(name: str) -> str:
    """Return a place's last part: of a path the file, of an address what follows the host, without its query."""
    if not _PLACE.search(name):
        return name
    _, scheme, rest = re.split("[?#]", name, maxsplit=1)[0].rpartition("://")
    parts = re.split(r"[/\\]", rest)[1 if scheme else 0 :]
    return next((part for part in reversed(parts) if part), "")
