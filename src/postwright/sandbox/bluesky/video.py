"""The network's video service at video.bsky.app: signed in by a token that the account's server gives out, processed as a job.

After the lexicons app.bsky.video.* and docs.bsky.app/docs/tutorials/video, read in November 2026.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.bluesky.answers import HOST, PLATFORM, invalid, problem, signed_in, too_large
from postwright.sandbox.bluesky.repository import VIDEO_BYTES, keep_blob
from postwright.sandbox.media import FileTooLarge
from postwright.sandbox.quota import spend
from postwright.sandbox.records import Account, Handle
from postwright.sandbox.wire import allow_body, bearer
from postwright.sandbox.world import World, world_of

VIDEO_HOST = "video.bsky.app"
LIVES = 1_800  # seconds of a service token at most
VIDEOS_PER_DAY = 25
BYTES_PER_DAY = 10_000_000_000
AUDIENCES = {"app.bsky.video.getUploadLimits": f"did:web:{VIDEO_HOST}", "com.atproto.repo.uploadBlob": f"did:web:{HOST}"}


async def service_auth(request: Request) -> Response:
    """A token for one method at one service."""
    account, world, query = signed_in(request), world_of(request), request.query_params
    method, audience = query.get("lxm", ""), query.get("aud", "")
    until = float(query["exp"]) if query.get("exp", "").isdigit() else world.clock() + 60
    if AUDIENCES.get(method) != audience:
        raise invalid("aud and lxm do not name a method of a service")
    if until > world.clock() + LIVES:
        raise problem(400, "BadExpiration", "cannot request a method with an expiration more than 30 minutes in the future")
    token = ids.secret(f"sandbox-service-{ids.letters(6)}")
    world.ledger.keep(Handle(PLATFORM, f"service:{token}", account.id, "service", world.clock(), {"method": method}, None, until))
    return JSONResponse({"token": token})


async def upload_limits(request: Request) -> Response:
    account, world = _served(request, "app.bsky.video.getUploadLimits"), world_of(request)
    left = VIDEOS_PER_DAY - world.ledger.count_handles(account.id, "video_job", world.clock() - 86_400)
    may = left > 0 or not world.behaviour.limits
    told: dict[str, Any] = {"canUpload": may, "remainingDailyVideos": max(0, left), "remainingDailyBytes": BYTES_PER_DAY}
    return JSONResponse(told if may else {**told, "message": "You have reached the daily limit of videos", "error": "DAILY_LIMIT"})


async def upload_video(request: Request) -> Response:
    account, world = _served(request, "com.atproto.repo.uploadBlob"), world_of(request)
    if request.query_params.get("did") != account.id or not request.query_params.get("name"):
        raise invalid("did and name are required")
    if spend(world, account, "videos", VIDEOS_PER_DAY, 86_400).refused:
        raise problem(429, "RateLimitExceeded", "Rate Limit Exceeded")
    allow_body(request, VIDEO_BYTES)
    try:
        file = await world.media.save(request.stream(), VIDEO_BYTES)
    except FileTooLarge as wrong:
        raise too_large() from wrong
    blob = keep_blob(world, account, file)
    now, job = world.clock(), ids.letters(20)
    failed = None if blob["mimeType"] == "video/mp4" else "The file is no MP4"
    handle = Handle(PLATFORM, f"job:{job}", account.id, "video_job", now, {"blob": blob, "failed": failed}, world.processed_at(job))
    world.ledger.keep(handle)
    return JSONResponse(_status(world, handle))


async def job_status(request: Request) -> Response:
    """Open to all who know the job's id, as at the service."""
    world = world_of(request)
    handle = world.ledger.handle(PLATFORM, f"job:{request.query_params.get('jobId', '')}")
    if handle is None:
        raise problem(400, "JobNotFound", "There is no such job")
    return JSONResponse({"jobStatus": _status(world, handle)})


def _served(request: Request, method: str) -> Account:
    """The account whose server gave out the token for this method."""
    world = world_of(request)
    handle = world.ledger.handle(PLATFORM, f"service:{bearer(request)}")
    account = world.ledger.account(handle.account_id) if handle else None
    if handle is None or account is None or (handle.expires_at or 0) < world.clock():
        raise problem(401, "AuthenticationRequired", "Service auth is missing or has expired")
    if handle.body["method"] != method:
        raise problem(401, "BadLexiconMethod", f"The token is for {handle.body['method']}")
    return account


def _status(world: World, handle: Handle) -> dict[str, Any]:
    done = world.clock() >= (handle.ready_at or 0)
    told: dict[str, Any] = {"jobId": handle.id.removeprefix("job:"), "did": handle.account_id}
    if not done:
        return {**told, "state": "JOB_STATE_ENCODING", "progress": 50}
    if handle.body["failed"]:
        return {**told, "state": "JOB_STATE_FAILED", "error": "InvalidVideo", "message": handle.body["failed"]}
    return {**told, "state": "JOB_STATE_COMPLETED", "progress": 100, "blob": handle.body["blob"]}
