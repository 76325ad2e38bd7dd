"""Pictures of the demo's site for the README: `python -m tests.demo.screenshots`, or `make screenshots`."""

import argparse
import shutil
import threading
from pathlib import Path
from queue import Queue

from playwright.sync_api import sync_playwright

from cli.serving import serve

PICTURES = Path("docs") / "screenshots"
SHOTS = (
    ("board-light", "", "light", 1200, 1060),
    ("profile-light", "profile/demo-otter/", "light", 1200, 1060),
    ("profile-3d-dark", "profile/demo-otter/", "dark", 1200, 1060),
    ("compare-light", "compare/", "light", 1200, 900),
    ("profile-phone", "profile/demo-maple/", "light", 390, 844),
    ("board-phone", "", "dark", 390, 844),
)
"""Name, address, theme, and the window's width and height in CSS pixels; `3d` in the name chooses that graph."""


def main() -> None:
    """Serve the built demo and take every picture; `make demo SERVE=0` comes first."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=Path("demo") / "site", help="a built site")
    site = parser.parse_args().site
    addresses: Queue[str] = Queue()
    threading.Thread(target=serve, args=(site, 0, addresses.put), daemon=True).start()
    address = addresses.get(timeout=10)
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, path, theme, width, height in SHOTS:
            context = browser.new_context(
                viewport={"width": width, "height": height}, color_scheme="dark" if theme == "dark" else "light"
            )
            page = context.new_page()
            page.goto(address + path, wait_until="networkidle")
            if "3d" in name:
                page.get_by_text("3D", exact=True).click()
            page.screenshot(path=PICTURES / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
