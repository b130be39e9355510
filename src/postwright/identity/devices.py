"""What a user agent is, in words: enough to tell one's own machines apart, no more."""

from __future__ import annotations

_PROGRAMS = (
    ("postwright-cli", "Postwright's command line"),
    ("curl/", "curl"),
    ("python-", "A Python program"),
    ("node", "A Node.js program"),
)
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("SamsungBrowser/", "Samsung Internet"), ("CriOS/", "Chrome"),
             ("FxiOS/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("CrOS", "ChromeOS"),
            ("Mac OS X", "macOS"), ("Linux", "Linux"))  # fmt: skip
PHONES = frozenset({"iPhone", "iPad", "Android"})


def device(agent: str | None) -> str:
    """For example "Firefox on Linux"."""
    if not agent:
        return "Unknown program"
    for sign, name in _PROGRAMS:
        if agent.lower().startswith(sign):
            return name
    browser = next((name for sign, name in _BROWSERS if sign in agent), None)
    system = next((name for sign, name in _SYSTEMS if sign in agent), None)
    if browser:
        return f"{browser} on {system}" if system else browser
    return agent.partition("/")[0].strip()[:40] or "Unknown program"
