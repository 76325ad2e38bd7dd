"""Opening a page where the user sits at a screen, and only there."""

import sys
import webbrowser
from collections.abc import Mapping

REMOTE = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY")


def has_screen(environment: Mapping[str, str]) -> bool:
    """Tell whether a browser window would be seen: not over SSH, not in CI, and not without a display."""
    if environment.get("CI") or any(environment.get(name) for name in REMOTE):
        return False
    return sys.platform in {"darwin", "win32"} or any(environment.get(name) for name in SCREENS)


def open_page(address: str, environment: Mapping[str, str]) -> bool:
    """Open a page and tell whether that was possible.

    A browser that would take the terminal over (lynx, w3m) is not started unless `$BROWSER` names it.
    """
    if not has_screen(environment):
        return False
    try:
        browser = webbrowser.get()
        in_terminal = type(browser) is webbrowser.GenericBrowser and not environment.get("BROWSER")
        return not in_terminal and browser.open(address)
    except (webbrowser.Error, OSError):
        return False
