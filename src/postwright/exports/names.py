"""Names of files in an archive that no system stumbles over, whatever people called them."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 120  # bytes; with its folder well below the 255 of every file system
# Windows keeps these for devices, whatever the ending.
_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in "123456789¹²³")})
_UNSAFE = re.compile(r'[<>:"|?*\\/]')


class Names:
    """Gives each file a name of its own: what differs only in case would overwrite each other on some systems."""

    def __init__(self) -> None:
        self._next: dict[str, int] = {}

    def give(self, wanted: str) -> str:
        """A safe name like the wanted one; the second of a name is `name (2).ext`."""
        name = safe_name(wanted)
        stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
        while (key := name.casefold()) in self._next:
            self._next[key] += 1
            mark = f" ({self._next[key]})"
            name = f"{_cut(stem, _LONGEST - len(mark) - len(f'{dot}{ending}'.encode()))}{mark}{dot}{ending}"
        self._next[key] = 1
        return name


def safe_name(wanted: str) -> str:
    """The last part of a path, without what any system forbids or reads as something else. Never empty, never a path."""
    text = unicodedata.normalize("NFC", wanted.encode("utf-8", "replace").decode())
    text = text.replace("\\", "/").rstrip("/").rpartition("/")[2]
    text = "".join("_" if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and sign != "\u200d" else sign for sign in text)
    text = _UNSAFE.sub("_", text).strip(" .") or "file"
    stem, dot, ending = text.partition(".")
    if stem.strip().casefold() in _DEVICES:
        stem = f"{stem.strip()}_"
    return _shorten(f"{stem}{dot}{ending}")


def _shorten(name: str) -> str:
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending.encode()) > 12:
        return _cut(name, _LONGEST)
    return f"{_cut(stem, _LONGEST - len(ending.encode()) - 1)}{dot}{ending}"


def _cut(text: str, most: int) -> str:
    """At most so many bytes, no sign cut in two."""
    return text.encode()[: max(most, 1)].decode("utf-8", "ignore").rstrip(" .") or "_"
