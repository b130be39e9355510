"""Bringing a video to Bluesky's video service, which hands the finished one to the account's own server as a blob.

https://docs.bsky.app/docs/tutorials/video: the server signs a token for one method at one service; the service works on a job.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from postwright.platforms.account import Account
from postwright.platforms.answers import Caller, poll, stream_file
from postwright.platforms.bluesky.answers import xrpc
from postwright.platforms.capabilities import Ledger
from postwright.platforms.errors import QuotaExhausted, Rejected, Transient
from postwright.platforms.handles import bring_once
from postwright.platforms.post import Media

SERVICE = "https://video.bsky.app/xrpc"
PATIENCE = 240.0  # seconds for the processing of a video
JOB_LIVES = timedelta(minutes=50)  # what no record names is thrown away after an hour at the earliest


async def bring_video(bluesky: Caller, account: Account, medium: Media, ledger: Ledger, number: int) -> dict[str, Any]:
    """The finished video as a record names it. A job that an earlier try began is waited for, not begun again."""
    job = str(await bring_once(ledger, f"video_job_{number}", JOB_LIVES, partial(_begin, bluesky, account, medium, ledger)))
    try:
        blob = await poll(partial(_ask, bluesky, job), within=PATIENCE)
    except Rejected:
        await ledger.keep(**{f"video_job_{number}": None})
        raise
    if blob is None:
        raise Transient("Bluesky is still processing the video", retry_after=60)
    return blob


async def _begin(bluesky: Caller, account: Account, medium: Media, ledger: Ledger) -> str:
    await _must_have_room(bluesky, account, ledger)
    token = await _token(bluesky, account, ledger, f"did:web:{await _server_of(bluesky, account)}", "com.atproto.repo.uploadBlob")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": medium.mime_type, "Content-Length": str(medium.size)}
    params = {"did": account.platform_user_id, "name": f"{medium.id}.mp4"}
    url = f"{SERVICE}/app.bsky.video.uploadVideo"
    # 409: the service has this very video already and names its job.
    answer = await bluesky.call("POST", url, params=params, content=stream_file(medium.path), headers=headers, accept=(409,))
    return str(answer.get("jobId") or answer.need("jobStatus", "jobId"))


async def _must_have_room(bluesky: Caller, account: Account, ledger: Ledger) -> None:
    token = await _token(bluesky, account, ledger, "did:web:video.bsky.app", "app.bsky.video.getUploadLimits")
    answer = await bluesky.call("GET", f"{SERVICE}/app.bsky.video.getUploadLimits", headers={"Authorization": f"Bearer {token}"})
    if answer.get("canUpload") is not True:
        why = str(answer.get("message") or "no reason given")
        raise QuotaExhausted(f"Bluesky takes no video now: {why[:200]}", wait=86_400, detail=answer.detail)


async def _token(bluesky: Caller, account: Account, ledger: Ledger, audience: str, method: str) -> str:
    """Signed by the account's server; holds for one method at one service for half an hour at most."""
    until = int((ledger.now() + timedelta(minutes=25)).timestamp())
    params = {"aud": audience, "lxm": method, "exp": str(until)}
    return str((await bluesky.call("GET", xrpc(account, "com.atproto.server.getServiceAuth"), params=params)).need("token"))


async def _server_of(bluesky: Caller, account: Account) -> str:
    """The host of the account's own server: bsky.social is only the door to many."""
    session = await bluesky.call("GET", xrpc(account, "com.atproto.server.getSession"))
    for service in session.get("didDoc", "service") or []:
        if str(service.get("id", "")).endswith("#atproto_pds"):
            return urlsplit(str(service.get("serviceEndpoint"))).hostname or account.host or "bsky.social"
    return account.host or "bsky.social"


async def _ask(bluesky: Caller, job: str) -> dict[str, Any] | None:
    answer = await bluesky.call("GET", f"{SERVICE}/app.bsky.video.getJobStatus", params={"jobId": job}, headers={"Authorization": ""})
    blob, state = answer.get("jobStatus", "blob"), answer.get("jobStatus", "state")
    if isinstance(blob, dict):
        return blob
    if state == "JOB_STATE_FAILED":
        why = answer.get("jobStatus", "message") or answer.get("jobStatus", "error") or "no reason given"
        raise Rejected(f"Bluesky could not process the video: {str(why)[:200]}", field="media", rule="processing", detail=answer.detail)
    return None
