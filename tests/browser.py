"""Which browser the tests drive."""

from __future__ import annotations

import os
import shutil

# Chromium without its windows: it takes a third of the processor's time. Its own program, because the wrapper in the path keeps
# signals to itself.
_SHELL = "/usr/lib/chromium/chromium-headless-shell"
_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """The first that is there; None: the one that Playwright brought."""
    if os.access(_SHELL, os.X_OK):
        return _SHELL
    return next((found for each in _PROGRAMS if (found := shutil.which(each))), None)
