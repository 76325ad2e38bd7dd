"""The whole loop on one machine: `python -m tests.demo`, or `make demo`.

Everything lies in one folder, which is made anew: contributors' homes with their logs and ledgers, the board's bare
repository, the site. The commands are run as anyone would run them, and shown before they run.
"""

import argparse
import datetime as dt
import sys
import time
from pathlib import Path

from cli import CliError
from cli.serving import serve
from tests.demo.loop import Demo, StepFailed


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description="Play the whole loop on this machine.")
    parser.add_argument("--output", type=Path, default=Path("demo"), help="folder for everything, made anew")
    parser.add_argument("--port", type=int, default=8000, help="port to serve on")
    parser.add_argument("--no-serve", action="store_true", help="stop after the build")
    return parser.parse_args()


def main() -> int:
    """Play the demo and serve its site; 0 done, 1 when a step did not end as it should."""
    arguments = _arguments()
    started = time.monotonic()
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    demo = Demo(arguments.output.absolute(), now, arguments.port)
    try:
        demo.play()
    except StepFailed as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"\nDone in {time.monotonic() - started:.0f} s. Everything lies in {arguments.output}/")
    if arguments.no_serve:
        return 0
    try:
        serve(demo.site, arguments.port, lambda address: print(f"The board: {address}  (Ctrl-C ends)", flush=True))
    except CliError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
