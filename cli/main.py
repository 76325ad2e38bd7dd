"""The command group and the one place where the process ends."""

import gc
import os
import sys
from importlib import import_module

import click

from cli import CliError
from validator import TokenTrackerError, __version__

COMMANDS: dict[str, tuple[str, str]] = {
    "login": ("cli.commands.login:login", "Let this command speak to GitHub for you."),
    "logout": ("cli.commands.logout:logout", "Forget the token that login kept."),
    "whoami": ("cli.commands.whoami:whoami", "Who GitHub thinks you are."),
    "scan": ("cli.commands.scan:scan", "Count what the agents' logs hold and say what was found."),
    "report": ("cli.commands.report:report", "Your usage by day, week, month, model, source or session."),
    "graph": ("cli.commands.graph:graph", "Your contribution graph, in the terminal or as a file."),
    "submit": ("cli.commands.submit:submit", "Publish your usage: one signed pull request."),
    "status": ("cli.commands.status:status", "What became of your pull requests, and what to do."),
    "history": ("cli.commands.history:history", "What is published of you, per device and month."),
    "devices": ("cli.commands.devices:devices", "Your devices and their keys: list, add, revoke."),
    "withdraw": ("cli.commands.withdraw:withdraw", "Take back a month, a device, or everything."),
    "autosubmit": ("cli.commands.autosubmit:autosubmit", "Submit once a day without being asked."),
    "doctor": ("cli.commands.doctor:doctor", "What was found, what will be lost, how it stands with GitHub."),
    "preview": ("cli.commands.preview:preview", "Your own profile page from your own logs; nothing is sent."),
    "validate": ("cli.commands.validate:validate", "Judge one change to a leaderboard's store."),
    "merge": ("cli.commands.merge:merge", "Merge judged changes in one push."),
    "judge": ("cli.commands.judge:judge", "Judge pull requests at GitHub and hand the verdicts over."),
    "act": ("cli.commands.act:act", "Do what verdicts ask for: merge, or label and comment."),
    "sweep": ("cli.commands.sweep:sweep", "Judge and settle every open pull request at once."),
    "review": ("cli.commands.review:review", "Look at flagged pull requests and answer them."),
    "verify": ("cli.commands.verify:verify", "Check every signature and chain of a store again."),
    "rules": ("cli.commands.rules:rules", "Explain the rules that judge a change."),
    "build": ("cli.commands.build:build", "Build the site from a store."),
}
"""Every command: where it lives, and its line in the help, so that the help need not import it."""

INTERRUPTED = 130
"""What a shell reports for a program ended by Ctrl-C."""


class LazyGroup(click.Group):
    """A group that imports a command only when it is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the table's order, which is the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import and return a command, or None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above promises it
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table's lines instead of asking each command for its help."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def command() -> None:
    """Count what your AI coding agents used, and put it on a leaderboard that lives in Git."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command and end the process: 0 done, 1 failed, 2 wrong usage, 130 interrupted; commands add their own.

    What goes wrong is told in one line on stderr, never as a traceback.
    """
    gc.set_threshold(100_000)  # a process this short makes many objects and hardly a cycle
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command and return its exit code."""
    try:
        result = command.main(arguments, prog_name="token-tracker", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort as error:
        return INTERRUPTED if isinstance(error.__cause__, KeyboardInterrupt) else 1
    except TokenTrackerError as error:
        click.echo(f"token-tracker: {_line(str(error))}", err=True)
        return error.exit_code
    except Exception as error:
        click.echo(f"token-tracker: {_line(_unforeseen(error))}", err=True)
        return 1
    return result if isinstance(result, int) else 0


def _line(text: str) -> str:
    """Return text as one printable line: a path or a log's content may hold line breaks and control codes."""
    return "".join(character if character.isprintable() else "?" for character in " ".join(text.split()))


def _unforeseen(error: Exception) -> str:
    """Write an unexpected error's traceback to a file, without tokens, and return what to tell the user."""
    from traceback import format_exception

    from cli.redaction import without_tokens
    from cli.settings import Settings, private_folder

    try:
        log = private_folder(Settings.load().data_dir) / "failure.log"
        text = without_tokens("".join(format_exception(error)), os.environ)
        log.write_text(text, encoding="utf-8", errors="backslashreplace")
    except (CliError, OSError):
        told = without_tokens(str(error), os.environ)
        return f"This is a bug: {type(error).__name__}: {told}. Please report it."
    return f"This is a bug: {type(error).__name__}. Please report it with {log}."
