"""What each try to publish did and met, told in moments of a post's timeline."""

from __future__ import annotations

from collections.abc import Sequence

from postwright.edge.render import local
from postwright.publishing.models import Attempt, TimelineEntry


def tell_try(each: Attempt, platform: str, zone: str) -> list[TimelineEntry]:
    """The try from its beginning to its end, oldest first. `platform` is a name for people."""
    said = [TimelineEntry(each.started_at, "claimed", f"Try {each.number} begins")]
    if each.sent_at is not None:
        said.append(TimelineEntry(each.sent_at, "sent", f"Handed to {platform}"))
    if each.lost_at is not None:
        said.append(TimelineEntry(each.lost_at, "asking", _lost(each, platform, zone)))
    if each.finished_at is not None and (end := _end(each, platform)) is not None:
        said.append(TimelineEntry(each.finished_at, *end))
    return said


def is_asking(attempts: Sequence[Attempt]) -> Attempt | None:
    """The try of which nobody knows yet whether it landed, while the platform is asked."""
    last = attempts[-1] if attempts else None
    return last if last is not None and last.lost_at is not None and last.finished_at is None else None


def _lost(each: Attempt, platform: str, zone: str) -> str:
    words = "The answer was lost"
    if each.finished_at is None and each.looks_at is not None:
        return f"{words}; asking {platform} from {local(each.looks_at, zone, '%H:%M:%S')}. Nothing is sent again before it is known."
    return words


def _end(each: Attempt, platform: str) -> tuple[str, str] | None:
    """Kind and words; None for a try that simply went well: that the post is out is told by itself."""
    message = (each.error or {}).get("message")
    reason = f": {message}" if message else ""
    if each.phase == "done":
        return ("found", f"Found there: {platform} was asked and has the post") if each.lost_at else None
    if each.phase == "refused":
        return "failed", f"Refused{reason}"
    if each.phase == "unknown":
        return "unconfirmed", f"No answer tells whether it went out{reason}"
    if "part_0" in each.remote_ids:
        return "retrying", f"Broken off before the next part went out{reason}"
    if (each.error or {}).get("class") == "proven_absent":
        return "retrying", f"Not there: {platform} was asked twice, so it may be sent again"
    return "retrying", f"{platform} did not take it{reason}" if each.sent_at else f"Given up before anything went out{reason}"
