"""The playlists of a channel: every fictional channel has the same two."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import ids
from postwright.sandbox.records import Account
from postwright.sandbox.wire import read_json
from postwright.sandbox.world import world_of
from postwright.sandbox.youtube.answers import PLATFORM, WRITE_UNITS, problem, rfc3339, signed_in
from postwright.sandbox.youtube.videos import listing

TITLES = ("From the workshop", "Questions and answers")


async def list_playlists(request: Request) -> Response:
    account = signed_in(request)
    if request.query_params.get("mine") != "true":
        raise problem(400, "missingRequiredParameter", "No filter selected. Expected one of: mine", domain="youtube.parameter")
    items = [
        {
            "kind": "youtube#playlist", "etag": ids.letters(27), "id": name,
            "snippet": {"title": title, "description": "", "channelId": account.id, "publishedAt": rfc3339(account.created_at)},
        }
        for name, title in playlists_of(account).items()
    ]  # fmt: skip
    return listing("youtube#playlistListResponse", items)


async def add_to_playlist(request: Request) -> Response:
    account, world = signed_in(request, WRITE_UNITS), world_of(request)
    match (await read_json(request)).get("snippet"):
        case {"playlistId": str() as playlist, "resourceId": {"kind": "youtube#video", "videoId": str() as name}}:
            video = world.ledger.post(PLATFORM, name, world.clock())
        case _:
            raise problem(400, "invalidValue", "snippet needs playlistId and resourceId", domain="youtube.playlistItem")
    if playlist not in playlists_of(account):
        raise problem(404, "playlistNotFound", "The playlist cannot be found.", domain="youtube.playlistItem", location="playlistId")
    if video is None or video.account_id != account.id:
        raise problem(404, "videoNotFound", "The video cannot be found.", domain="youtube.playlistItem")
    world.ledger.amend_post(video, playlist=playlists_of(account)[playlist])
    snippet = {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": name}, "title": video.title}
    return JSONResponse({"kind": "youtube#playlistItem", "etag": ids.letters(27), "id": ids.letters(20), "snippet": snippet})


def playlists_of(account: Account) -> dict[str, str]:
    """Title by id."""
    return {f"PL{account.id[2:]}{number:08d}": title for number, title in enumerate(TITLES)}
