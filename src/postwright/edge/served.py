"""The address from which platforms fetch media, with what is known against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from postwright.config import Settings
from postwright.kit.outside import trouble_of
from postwright.kit.reach import told


@dataclass(frozen=True, slots=True)
class Served:
    """`trouble`: what the last look from this machine found wrong with it, as a sentence."""

    address: str
    trouble: str | None = None

    def why_not(self) -> str | None:
        """Why platforms cannot, or may not, fetch from it; None when nothing speaks against it."""
        return told(self.address) or self.trouble


def served(settings: Settings, now: datetime) -> Served:
    """The address that the operator set."""
    return Served(settings.base_url, trouble_of(settings.home, settings.base_url, now))
