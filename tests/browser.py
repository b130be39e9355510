"""Which browser the tests drive."""

from __future__ import annotations

import shutil

# The first that is there. The shell is Chromium without its windows: it takes a third of the processor's time.
_PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def program() -> str | None:
    """The Chromium of the path; None: the one that Playwright brought."""
    return next((found for each in _PROGRAMS if (found := shutil.which(each))), None)
