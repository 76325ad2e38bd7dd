"""The only place that knows the template engine.

Everything put into a template is escaped unless it is itself the result of a template.
"""

from functools import cache
from importlib.resources import files
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from generator import format as text

TEMPLATES = Path(str(files("generator"))).parent / "templates"
"""The folder beside the packages, in a checkout and in the wheel alike."""


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters |= {
        "bytes": text.size,
        "day": text.day,
        "exact": text.exact,
        "marked": marked,
        "money": text.money,
        "month": text.month,
        "plural": text.plural,
        "share": text.share,
        "tokens": text.tokens,
    }
    return environment


def render(template: str, **values: object) -> Markup:
    """Fill in a template of `templates/` (`"board.html.j2"`) and return its text, safe to put into another.

    A value the template needs and does not get is an error (jinja2.UndefinedError): that is a mistake in this project.
    """
    return Markup(_environment().get_template(template).render(values))  # noqa: S704


def marked(paragraph: str) -> Markup:
    """Return a paragraph with what stands between backticks as code; everything else in it stays text."""
    code, words = Markup("<code>{}</code>"), paragraph.split("`")
    return Markup().join(code.format(word) if number % 2 else escape(word) for number, word in enumerate(words))


def assets() -> list[tuple[str, bytes]]:
    """Return (file name, bytes) of everything in `templates/assets/`, sorted by name."""
    return [(path.name, path.read_bytes()) for path in sorted((TEMPLATES / "assets").iterdir())]
