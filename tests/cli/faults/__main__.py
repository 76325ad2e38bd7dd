"""Print the fault bench as Markdown: `python -m tests.cli.faults`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.cli.faults.bench import Bench, markdown

with TemporaryDirectory() as folder, Bench(Path(folder)) as bench:
    print(markdown(bench), end="")
