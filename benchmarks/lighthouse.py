"""What Lighthouse says of the demo's front page and a profile: `python -m benchmarks.lighthouse`, after `make demo`.

Needs Node.js with npm and Chromium; Lighthouse itself is put beside this file, where Git ignores it.
"""

import argparse
import json
import os
import shutil
import subprocess
import threading
from pathlib import Path
from queue import Queue
from typing import Any

from rich.console import Console
from rich.table import Table

from cli.serving import serve

FOLDER = Path(__file__).parent
PAGES = ("", "profile/demo-otter/")
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def main() -> None:
    """Measure each page once and print the four figures, and what keeps one below 100."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("demo") / "site", help="a built site")
    site = parser.parse_args().site
    subprocess.run(
        ["npm", "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock"], cwd=FOLDER, check=True
    )
    addresses: Queue[str] = Queue()
    threading.Thread(target=serve, args=(site, 0, addresses.put), daemon=True).start()
    address, table = addresses.get(timeout=10), Table("Page", *CATEGORIES, "Below")
    for page in PAGES:
        report = _measure(address + page)
        scores = [round(100 * report["categories"][name]["score"]) for name in CATEGORIES]
        table.add_row(f"/{page}", *map(str, scores), ", ".join(_lacking(report)))
    Console().print(table)


def _measure(address: str) -> Any:
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or ""
    line = ["npx", "lighthouse", address, "--quiet", "--output=json", "--chrome-flags=--headless=new --no-sandbox"]
    environment = {**os.environ, "CHROME_PATH": chromium}
    done = subprocess.run(line, cwd=FOLDER, env=environment, check=True, stdout=subprocess.PIPE)
    return json.loads(done.stdout)


def _lacking(report: Any) -> list[str]:
    """Return the audits that failed and count for a category."""
    weighed = {
        audit["id"] for category in report["categories"].values() for audit in category["auditRefs"] if audit["weight"]
    }
    return sorted(name for name in weighed if (report["audits"][name]["score"] or 0) < 1)


if __name__ == "__main__":
    main()
