"""What becomes of an uploaded video: YouTube works on it, and may reject it after that.

https://developers.google.com/youtube/v3/docs/videos#status.uploadStatus, #status.rejectionReason, #status.failureReason
"""

from __future__ import annotations

from functools import partial

from postwright.platforms.answers import Answer, Caller, asking, poll
from postwright.platforms.capabilities import Receipt
from postwright.platforms.errors import OutcomeUnknown, Rejected
from postwright.platforms.youtube.answers import API

PATIENCE = 240.0  # seconds for YouTube to process the video; longer work is asked after later
_WORDS = {
    "claim": ("media", "says that somebody else claims the content of the video"),
    "copyright": ("media", "rejected the video for a copyright infringement"),
    "duplicate": ("media", "has this video from this channel already"),
    "inappropriate": ("media", "takes the content of the video for inappropriate"),
    "legal": ("media", "rejected the video on legal grounds"),
    "length": ("media", "takes only shorter videos from this channel: verify the channel for longer ones"),
    "termsOfUse": ("media", "says that the video breaks its terms of use"),
    "trademark": ("media", "rejected the video for a trademark infringement"),
    "uploaderAccountClosed": ("account", "says that the channel is closed"),
    "uploaderAccountSuspended": ("account", "suspended the channel"),
    "codec": ("media", "does not take the codec of the video"),
    "conversion": ("media", "could not convert the video"),
    "emptyFile": ("media", "says that the file of the video is empty"),
    "invalidFile": ("media", "does not take the format of the video"),
    "tooSmall": ("media", "says that the file of the video is too small"),
    "uploadAborted": ("media", "says that the upload was broken off"),
    "deleted": ("post", "says that the video was deleted"),
}


class VideoRejected(Rejected):
    """YouTube's word on the video itself: it has no place there."""


async def confirm(youtube: Caller, video: str) -> Receipt:
    """Waits until the video is processed. Raises VideoRejected with YouTube's reason, OutcomeUnknown while it still works on it."""
    receipt = await poll(partial(_ask, youtube, video), within=PATIENCE, first=1.0, longest=15.0)
    if receipt is None:
        raise OutcomeUnknown("YouTube has the video and is still processing it")
    return receipt


async def find_processed(youtube: Caller, video: str) -> Receipt | None:
    """None for a video that YouTube rejected: it did not land. The next try learns why, and brings nothing."""
    try:
        receipt = await _ask(youtube, video)
    except VideoRejected:
        return None
    if receipt is None:
        raise OutcomeUnknown("YouTube has the video and is still processing it")
    return receipt


async def _ask(youtube: Caller, video: str) -> Receipt | None:
    with asking("YouTube"):
        answer = await youtube.call("GET", f"{API}/videos", params={"part": "status,processingDetails", "id": video})
    state = answer.get("items", 0, "status", "uploadStatus")
    if state in ("rejected", "failed", "deleted"):
        raise _rejection(str(state), answer)
    failed = answer.get("items", 0, "processingDetails", "processingStatus") in ("failed", "terminated")
    if state != "processed" and failed:
        raise _rejection("conversion", answer)
    return receipt_of(video) if state == "processed" else None


def _rejection(state: str, answer: Answer) -> VideoRejected:
    reason = answer.get("items", 0, "status", "rejectionReason") or answer.get("items", 0, "status", "failureReason")
    why = str(reason or state)
    field, words = _WORDS.get(why, ("media", f"rejected the video: {why[:60]}"))
    return VideoRejected(f"YouTube {words}", field=field, rule=why if why in _WORDS else "rejected", detail=answer.detail)


def receipt_of(video: str) -> Receipt:
    return Receipt(video, f"https://www.youtube.com/watch?v={video}")
