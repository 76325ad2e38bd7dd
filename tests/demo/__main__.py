"""The whole loop on one machine: `python -m tests.demo`, or `make demo`.

Everything lies in one folder, which is made anew: contributors' homes with their logs and ledgers, a GitHub with the
board and its forks, the site. The commands are run as anyone would run them, and shown before they run.
"""

import argparse
import datetime as dt
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Event

from cli import CliError
from tests.demo.community import COMMUNITY
from tests.demo.loop import Demo, StepFailed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description="Play the whole loop on this machine.")
    parser.add_argument("--output", type=Path, default=Path("demo"), help="folder for everything, made anew")
    parser.add_argument("--port", type=int, default=8000, help="port to serve on")
    parser.add_argument("--users", type=int, default=0, help="people on the board, those beyond the first few made up")
    parser.add_argument("--no-serve", action="store_true", help="stop after the build")
    return parser.parse_args()


def main() -> int:
    """Play the demo and serve its site; 0 done, 1 when a step did not end as it should."""
    arguments = _arguments()
    started = time.monotonic()
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    residents = max(0, arguments.users - len(COMMUNITY))
    demo = Demo(arguments.output.absolute(), now, arguments.port, residents)
    try:
        demo.play()
    except (StepFailed, CliError) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"\nDone in {time.monotonic() - started:.0f} s. Everything lies in {arguments.output}/")
    if not arguments.no_serve:
        print(f"The board: {demo.address}  (Ctrl-C ends)", flush=True)
        with suppress(KeyboardInterrupt):
            Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
