"""`token-tracker rules`: explain the rules that judge a change."""

import click

from cli import CliError


@click.command()
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the rules as JSON.")
def rules(*, code: str | None, as_json: bool) -> None:
    """Explain the rules that judge a change: all of them, or the one with this CODE."""
    from validator import explain
    from validator.rules import RULES

    chosen = [rule for rule in RULES if code in {None, rule.code}]
    if not chosen:
        raise CliError(f"There is no rule {code!r}.", "`token-tracker rules` lists them all.")
    click.echo(explain.as_json(chosen) if as_json else explain.as_markdown(chosen), nl=False)
