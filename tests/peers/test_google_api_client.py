"""google-api-python-client, with the discovery document that it carries, against the sandbox.

The library builds each request from Google's own description and refuses what that does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from postwright.platforms.account import Account
from postwright.platforms.post import Post
from postwright.platforms.youtube.publish import _resource
from tests.peers.conftest import Sandbox, Shelf, rewritten

googleapiclient = pytest.importorskip("googleapiclient", reason="google-api-python-client is not installed: it is in requirements/dev.txt")
httplib2 = pytest.importorskip("httplib2", reason="httplib2 is not installed: it is in requirements/dev.txt")


class ToSandbox(httplib2.Http):  # type: ignore[misc,name-defined]  # no types
    """Rewrites the origin of each request and signs it."""

    def __init__(self, origin: str, token: str) -> None:
        super().__init__(timeout=30, proxy_info=None)
        self._origin, self._token = origin, token
        self.redirect_codes = self.redirect_codes - {308}  # "resume incomplete" is no redirect

    def request(self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **more: Any) -> Any:
        signed = {**(headers or {}), "authorization": f"Bearer {self._token}"}
        return super().request(rewritten(uri, self._origin), method, body=body, headers=signed, **more)


@pytest.fixture
def youtube(sandbox: Sandbox) -> Iterator[tuple[Any, Account]]:
    from googleapiclient.discovery import build

    account, credentials = sandbox.accounts("youtube")["youtube"]
    http = ToSandbox(sandbox.url, credentials.access_token)
    yield build("youtube", "v3", http=http, static_discovery=True, cache_discovery=False), account
    http.close()


def _body(**status: Any) -> dict[str, Any]:
    snippet = {"title": f"Bread {uuid4().hex[:8]}", "description": "A night of patience", "tags": ["bread"], "categoryId": "26"}
    return {"snippet": snippet, "status": {"privacyStatus": "unlisted", "selfDeclaredMadeForKids": False, **status}}


def _upload(api: Any, path: Path, **status: Any) -> dict[str, Any]:
    """By resumable upload in chunks of 256 KiB."""
    from googleapiclient.http import MediaFileUpload

    media = MediaFileUpload(str(path), mimetype="video/mp4", chunksize=262_144, resumable=True)
    request = api.videos().insert(part="snippet,status", body=_body(**status), media_body=media)
    answer = None
    while answer is None:
        _, answer = request.next_chunk()
    done: dict[str, Any] = answer
    return done


def test_a_video_goes_up_in_chunks_and_is_read_and_deleted(youtube: tuple[Any, Account], shelf: Shelf) -> None:
    api, account = youtube
    assert shelf.video().size > 2 * 262_144
    video = _upload(api, shelf.video().path, containsSyntheticMedia=True)
    (shown,) = api.videos().list(part="snippet,status,statistics,contentDetails", id=video["id"]).execute()["items"]
    assert (shown["snippet"]["channelId"], shown["status"]["privacyStatus"]) == (account.platform_user_id, "unlisted")
    assert shown["status"]["containsSyntheticMedia"] is True
    api.videos().delete(id=video["id"]).execute()
    assert api.videos().list(part="id", id=video["id"]).execute()["items"] == []


def test_thumbnail_captions_playlist_and_comment(youtube: tuple[Any, Account], shelf: Shelf, tmp_path: Path) -> None:
    from googleapiclient.http import MediaFileUpload

    api, account = youtube
    video = _upload(api, shelf.video().path)["id"]
    cover = shelf.image("thumbnail.jpg", (1280, 720))
    assert api.thumbnails().set(videoId=video, media_body=MediaFileUpload(str(cover.path), mimetype="image/jpeg")).execute()["items"]
    words = tmp_path / "words.srt"
    words.write_text("1\n00:00:00,000 --> 00:00:01,000\nBread\n")
    snippet = {"videoId": video, "language": "en", "name": ""}
    body = MediaFileUpload(str(words), mimetype="text/plain")
    assert api.captions().insert(part="snippet", body={"snippet": snippet}, media_body=body).execute()["snippet"]["language"] == "en"
    assert len(api.captions().list(part="snippet", videoId=video).execute()["items"]) == 1
    playlist = api.playlists().list(part="snippet", mine=True).execute()["items"][0]["id"]
    item = {"snippet": {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": video}}}
    assert api.playlistItems().insert(part="snippet", body=item).execute()["id"]
    top = {"snippet": {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": "The recipe"}}}}
    made = api.commentThreads().insert(part="snippet", body=top).execute()
    (thread,) = api.commentThreads().list(part="snippet", videoId=video, textFormat="plainText").execute()["items"]
    assert thread["id"] == made["id"]
    assert thread["snippet"]["topLevelComment"]["snippet"]["authorChannelId"]["value"] == account.platform_user_id


def test_the_channel_and_its_uploads(youtube: tuple[Any, Account], shelf: Shelf) -> None:
    api, account = youtube
    video = _upload(api, shelf.video().path)["id"]
    (channel,) = api.channels().list(part="contentDetails,statistics,snippet", mine=True).execute()["items"]
    assert channel["id"] == account.platform_user_id
    uploads = channel["contentDetails"]["relatedPlaylists"]["uploads"]
    listed = api.playlistItems().list(part="snippet,contentDetails", playlistId=uploads, maxResults=5).execute()["items"]
    assert listed[0]["contentDetails"]["videoId"] == video


def test_analytics(sandbox: Sandbox) -> None:
    from googleapiclient.discovery import build

    _, credentials = sandbox.accounts("youtube")["youtube"]
    http = ToSandbox(sandbox.url, credentials.access_token)
    api = build("youtubeAnalytics", "v2", http=http, static_discovery=True, cache_discovery=False)
    asked = {"ids": "channel==MINE", "startDate": "2026-11-01", "endDate": "2026-11-21", "metrics": "views,shares,averageViewDuration"}
    answer = api.reports().query(**asked).execute()
    assert [column["name"] for column in answer["columnHeaders"]] == ["views", "shares", "averageViewDuration"]
    http.close()


def test_refusals_carry_their_reason(youtube: tuple[Any, Account], shelf: Shelf) -> None:
    from googleapiclient.errors import HttpError
    from googleapiclient.http import MediaFileUpload

    api, _ = youtube
    media = MediaFileUpload(str(shelf.video().path), mimetype="video/mp4", resumable=True)
    for body, reason in (
        ({"snippet": {"title": "<b>"}, "status": {}}, "invalidTitle"),
        (_body(privacyStatus="friends"), "invalidVideoMetadata"),
    ):
        with pytest.raises(HttpError) as refused:
            api.videos().insert(part="snippet,status", body=body, media_body=media).execute()
        assert refused.value.status_code == 400
        assert refused.value.error_details[0]["reason"] == reason


def test_what_our_adapter_sends_is_in_googles_description() -> None:
    """Every field of our video resource is one that Google's own document knows."""
    document = Path(googleapiclient.__file__).with_name("discovery_cache") / "documents" / "youtube.v3.json"
    schemas = json.loads(document.read_text(encoding="utf-8"))["schemas"]
    options = {"made_for_kids": "true", "paid_placement": True, "contains_synthetic_media": True, "language": "de", "tags": ["bread"]}
    _assert_known(_resource(Post("Hello", "video", title="Hello", options=options), Account("1", "alice")), "Video", schemas)


def _assert_known(value: dict[str, Any], name: str, schemas: dict[str, Any]) -> None:
    known = schemas[name]["properties"]
    for field, inner in value.items():
        assert field in known, f"{name}.{field}"
        if isinstance(inner, dict):
            _assert_known(inner, known[field]["$ref"], schemas)
