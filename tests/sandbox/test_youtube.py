"""YouTube, by raw calls as developers.google.com describes its Data API and resumable uploads."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.conftest import Grant, Sandbox, movie, picture

UPLOAD = "/www.googleapis.com/upload/youtube/v3/videos"
DATA = "/www.googleapis.com/youtube/v3"
STEP = 262_144


def metadata(**more: Any) -> dict[str, Any]:
    snippet = {"title": "A slow morning", "description": "Well spent.", "tags": ["slow", "morning light"], "categoryId": "22", **more}
    return {"snippet": snippet, "status": {"privacyStatus": "public", "selfDeclaredMadeForKids": False, "containsSyntheticMedia": True}}


def begin(sandbox: Sandbox, account: Grant, body: dict[str, Any] | None = None, size: int | None = None) -> Any:
    params = {"uploadType": "resumable", "part": "snippet,status"}
    headers = {**account.bearer, "X-Upload-Content-Type": "video/mp4", **({"X-Upload-Content-Length": str(size)} if size else {})}
    return sandbox.http.post(UPLOAD, params=params, json=body or metadata(), headers=headers)


def session(sandbox: Sandbox, account: Grant) -> str:
    location = begin(sandbox, account).headers["location"]
    assert location.startswith("https://www.googleapis.com/upload/youtube/v3/videos?")
    return str(location.replace("https://", "/", 1))


def send(sandbox: Sandbox, address: str, data: bytes, first: int, total: int) -> Any:
    return sandbox.http.put(address, content=data, headers={"Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}"})


def ask(sandbox: Sandbox, address: str, total: int | str = "*") -> Any:
    return sandbox.http.put(address, headers={"Content-Range": f"bytes */{total}"})


def test_a_video_resumes_and_its_session_repeats_the_answer(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    data = movie(30, padding=3 * STEP)
    address, total = session(sandbox, account), len(data)
    assert (ask(sandbox, address).status_code, "range" in ask(sandbox, address).headers) == (308, False)
    first = send(sandbox, address, data[:STEP], 0, total)
    assert (first.status_code, first.headers["range"]) == (308, f"bytes=0-{STEP - 1}")
    assert send(sandbox, address, data[STEP : STEP + 1000], STEP, total).status_code == 400
    elsewhere = send(sandbox, address, data[2 * STEP : 3 * STEP], 2 * STEP, total)
    assert (elsewhere.status_code, elsewhere.headers["range"]) == (308, f"bytes=0-{STEP - 1}")
    done = send(sandbox, address, data[STEP:], STEP, total)
    assert done.status_code == 200
    video = done.json()
    assert (video["kind"], video["snippet"]["title"], video["status"]["uploadStatus"]) == ("youtube#video", "A slow morning", "uploaded")
    for repeated in (ask(sandbox, address, total), send(sandbox, address, data[STEP:], STEP, total)):
        assert (repeated.status_code, repeated.json()["id"]) == (200, video["id"])
    sandbox.clock.pass_(3_600)
    params = {"part": "snippet,statistics,status,contentDetails", "id": video["id"]}
    for host in ("www.googleapis.com", "youtube.googleapis.com"):
        item = sandbox.http.get(f"/{host}/youtube/v3/videos", params=params, headers=account.bearer).json()["items"][0]
        assert item["status"]["uploadStatus"] == "processed"
        assert item["status"]["containsSyntheticMedia"] is True
        assert item["contentDetails"]["duration"] == "PT30S"
        assert int(item["statistics"]["viewCount"]) >= int(item["statistics"]["likeCount"])
    assert len(sandbox.admin("GET", "/posts", params={"account": account.id}).json()["posts"]) == 1


def test_a_video_in_one_request(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    done = sandbox.http.put(session(sandbox, account), content=movie(5), headers={"Content-Type": "video/mp4"})
    assert done.status_code == 200
    no_video = sandbox.http.put(session(sandbox, account), content=b"text")
    assert no_video.json()["error"]["errors"][0]["reason"] == "invalidVideo"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": ""}, "invalidTitle"),
        ({"title": "a" * 101}, "invalidTitle"),
        ({"title": "a <b> c"}, "invalidTitle"),
        ({"description": "é" * 2501}, "invalidDescription"),
        ({"tags": ["word " * 20] * 5}, "invalidTags"),
    ],
)
def test_metadata_that_youtube_refuses(sandbox: Sandbox, change: dict[str, Any], reason: str) -> None:
    refused = begin(sandbox, sandbox.account("youtube"), metadata(**change))
    assert refused.status_code == 400
    error = refused.json()["error"]
    assert (error["code"], error["errors"][0]["reason"], error["errors"][0]["domain"]) == (400, reason, "youtube.video")
    assert begin(sandbox, sandbox.account("youtube"), metadata(description="é" * 2500)).status_code == 200


def test_publish_at(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    for at, privacy, status in (
        ("2027-01-01T00:00:00Z", "public", 400),
        ("soon", "private", 400),
        ("2027-01-01T00:00:00Z", "private", 200),
    ):
        body = metadata()
        body["status"] |= {"publishAt": at, "privacyStatus": privacy}
        assert begin(sandbox, account, body).status_code == status


def test_channel_uploads_search_and_analytics(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    video = sandbox.http.put(session(sandbox, account), content=movie(40)).json()["id"]
    sandbox.clock.pass_(86_400)
    params = {"part": "snippet,statistics,contentDetails", "mine": "true"}
    channel = sandbox.http.get(f"{DATA}/channels", params=params, headers=account.bearer).json()["items"][0]
    assert channel["id"] == account.id
    assert int(channel["statistics"]["subscriberCount"]) >= 800
    uploads = {"part": "snippet,contentDetails", "playlistId": channel["contentDetails"]["relatedPlaylists"]["uploads"]}
    items = sandbox.http.get(f"{DATA}/playlistItems", params=uploads, headers=account.bearer).json()["items"]
    assert [item["contentDetails"]["videoId"] for item in items] == [video]
    mine = {"part": "snippet", "forMine": "true", "type": "video", "publishedAfter": "2026-11-01T00:00:00Z"}
    found = sandbox.http.get(f"{DATA}/search", params=mine, headers=account.bearer).json()["items"]
    assert found[0]["id"]["videoId"] == video
    query = {"ids": "channel==MINE", "metrics": "views,estimatedMinutesWatched,averageViewDuration", "filters": f"video=={video}"}
    report = sandbox.http.get("/youtubeanalytics.googleapis.com/v2/reports", params=query, headers=account.bearer).json()
    views, minutes, mean = report["rows"][0]
    assert views > 0
    assert 0 < mean < 40
    assert minutes <= views * 40 / 60
    assert sandbox.http.delete(f"{DATA}/videos", params={"id": video}, headers=account.bearer).status_code == 204
    gone = sandbox.http.delete(f"{DATA}/videos", params={"id": video}, headers=account.bearer).json()
    assert gone["error"]["errors"][0]["reason"] == "videoNotFound"


def test_thumbnails(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    video = sandbox.http.put(session(sandbox, account), content=movie(5)).json()["id"]
    path = "/www.googleapis.com/upload/youtube/v3/thumbnails/set"
    ok = sandbox.http.post(path, params={"videoId": video}, content=picture(1280, 720), headers=account.bearer)
    assert ok.json()["items"][0]["default"]["width"] == 1280
    assert sandbox.http.post(path, params={"videoId": video}, content=b"x", headers=account.bearer).status_code == 400
    assert sandbox.http.post(path, params={"videoId": video}, content=b"x" * 3_000_000, headers=account.bearer).status_code == 413


def test_units_run_out(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    sandbox.clock.pass_(86_400 - sandbox.clock.now % 86_400)
    assert {begin(sandbox, account).status_code for _ in range(100)} == {200}
    refused = begin(sandbox, account)
    assert (refused.status_code, refused.json()["error"]["errors"][0]["reason"]) == (403, "quotaExceeded")


def test_tokens_and_sessions(sandbox: Sandbox) -> None:
    refused = sandbox.http.get(f"{DATA}/channels", params={"part": "id", "mine": "true"})
    assert refused.status_code == 401
    assert refused.json()["error"]["errors"][0]["reason"] == "authError"
    account = sandbox.account("youtube")
    address = session(sandbox, account)
    assert sandbox.http.put(UPLOAD, params={"upload_id": "none"}, content=b"x").status_code == 404
    sandbox.clock.pass_(8 * 86_400)
    assert ask(sandbox, address).status_code == 410


def test_what_came_before_a_client_died_is_kept(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    data = movie(10, padding=4 * STEP)
    address, total = session(sandbox, account), len(data)
    port = sandbox.http.base_url.port
    head = f"PUT {address} HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {total}\r\nContent-Range: bytes 0-{total - 1}/{total}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port or 80)) as dying:
        dying.sendall(head.encode() + data[: 2 * STEP + 1000])
    deadline = time.monotonic() + 20
    while "range" not in (told := ask(sandbox, address, total)).headers:
        assert time.monotonic() < deadline, "the sandbox forgot what came"
        time.sleep(0.02)
    assert told.headers["range"] == f"bytes=0-{2 * STEP - 1}"
    assert send(sandbox, address, data[2 * STEP :], 2 * STEP, total).status_code == 200


def test_two_clients_with_one_session_make_one_video(sandbox: Sandbox) -> None:
    account = sandbox.account("youtube")
    data = movie(10, padding=8 * STEP)
    address = session(sandbox, account)
    with ThreadPoolExecutor(4) as both:
        done = list(both.map(lambda _: send(sandbox, address, data, 0, len(data)), range(4)))
    assert {answer.status_code for answer in done} == {200}
    assert len({answer.json()["id"] for answer in done}) == 1
    assert len(sandbox.admin("GET", "/posts", params={"account": account.id}).json()["posts"]) == 1
