"""Pictures of the demo's site for the README: `python -m tests.demo.screenshots`, or `make screenshots`."""

import shutil
import threading
from pathlib import Path
from queue import Queue

from playwright.sync_api import sync_playwright

from cli.serving import serve

SITE = Path("demo") / "site"
PICTURES = Path("docs") / "screenshots"
SHOTS = (
    ("board-light", "", "light", 1200, 1060),
    ("profile-dark", "profile/demo-otter/", "dark", 1200, 1060),
    ("profile-phone", "profile/demo-maple/", "light", 390, 844),
)
"""Name, address, theme, and the window's width and height in CSS pixels."""


def main() -> None:
    """Serve the built demo and take every picture; `make demo SERVE=0` comes first."""
    addresses: Queue[str] = Queue()
    threading.Thread(target=serve, args=(SITE, 0, addresses.put), daemon=True).start()
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
            page.screenshot(path=PICTURES / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
