"""What the pretend platforms refuse of a post's options, in their own words, by raw calls."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.conftest import Files, Grant, Sandbox, movie, picture

INSTAGRAM, FACEBOOK = "/graph.instagram.com/v25.0", "/graph.facebook.com/v25.0"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"reply_settings": "nobody"}, "$.reply_settings"),
        ({"made_with_ai": "yes"}, "$.made_with_ai"),
        ({"paid_partnership": 1}, "$.paid_partnership"),
        ({"community_id": "craft"}, "$.community_id"),
    ],
)
def test_x(sandbox: Sandbox, body: dict[str, Any], said: str) -> None:
    account = sandbox.account("x")
    answer = sandbox.http.post("/api.x.com/2/tweets", json={"text": "Hello", **body}, headers=account.bearer)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert said in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"visibility": "FRIENDS"}, "visibility"),
        ({"isReshareDisabledByAuthor": "yes"}, "isReshareDisabledByAuthor"),
        ({"content": {"article": {"title": "No source"}}}, "content"),
    ],
)
def test_linkedin(sandbox: Sandbox, change: dict[str, Any], field: str) -> None:
    account = sandbox.account("linkedin")
    body = {
        "author": f"urn:li:person:{account.id}", "commentary": "Hello", "visibility": "PUBLIC", "lifecycleState": "PUBLISHED",
        "distribution": {"feedDistribution": "MAIN_FEED"}, "isReshareDisabledByAuthor": False,
    }  # fmt: skip
    headers = {**account.bearer, "LinkedIn-Version": "202610"}
    assert sandbox.http.post("/api.linkedin.com/rest/posts", json=body, headers=headers).status_code == 201
    refused = sandbox.http.post("/api.linkedin.com/rest/posts", json={**body, **change}, headers=headers)
    assert refused.status_code == 422
    assert refused.json()["errorDetails"]["inputErrors"][0]["input"]["inputPath"]["fieldPath"] == field


@pytest.mark.parametrize(
    "fields",
    [
        {"collaborators": json.dumps(["a", "b", "c", "d"])},
        {"collaborators": json.dumps("a")},
        {"user_tags": json.dumps([{"username": "a"}])},
        {"user_tags": json.dumps([{"username": "a", "x": 2, "y": 0}])},
        {"location_id": "here"},
        {"thumb_offset": "100"},
        {"share_to_feed": "true"},
    ],
)
def test_instagram(sandbox: Sandbox, files: Files, fields: dict[str, str]) -> None:
    account = sandbox.account("instagram")
    body = {"image_url": files.put("o.jpg", picture()), **fields}
    refused = sandbox.http.post(f"{INSTAGRAM}/{account.id}/media", data=body, headers=account.bearer)
    assert refused.status_code == 400
    said = refused.json()["error"]
    assert (said["code"], next(iter(fields)) in said["error_user_msg"] or said["error_subcode"] == 2207057) == (100, True)


def test_instagram_reels_take_people_without_a_place(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("instagram")
    body = {"media_type": "REELS", "video_url": files.put("o.mp4", movie()), "cover_url": files.put("o.jpg", picture())}
    placed = {"user_tags": json.dumps([{"username": "a", "x": 0.5, "y": 0.5}])}
    assert sandbox.http.post(f"{INSTAGRAM}/{account.id}/media", data={**body, **placed}, headers=account.bearer).status_code == 400
    named = {"user_tags": json.dumps([{"username": "a"}]), "thumb_offset": "500"}
    assert sandbox.http.post(f"{INSTAGRAM}/{account.id}/media", data={**body, **named}, headers=account.bearer).status_code == 200


def test_facebook(sandbox: Sandbox) -> None:
    account = sandbox.account("facebook")
    refused = sandbox.http.post(f"{FACEBOOK}/{account.id}/feed", data={"message": "Hello", "place": "here"}, headers=account.bearer)
    assert "Param place" in refused.json()["error"]["message"]


def test_a_photo_becomes_a_story_once_and_is_no_post_of_the_feed(sandbox: Sandbox) -> None:
    account = sandbox.account("facebook")
    photo = sandbox.http.post(
        f"{FACEBOOK}/{account.id}/photos", data={"published": "false"}, files={"source": picture()}, headers=account.bearer
    ).json()["id"]
    address = f"{FACEBOOK}/{account.id}/photo_stories"
    made = sandbox.http.post(address, data={"photo_id": photo}, headers=account.bearer).json()
    assert made["success"] is True
    again = sandbox.http.post(address, data={"photo_id": photo}, headers=account.bearer).json()["error"]
    assert again["error_subcode"] == 1366051
    stories = sandbox.http.get(f"{FACEBOOK}/{account.id}/stories", headers=account.bearer).json()["data"]
    assert [(story["post_id"], story["media_id"]) for story in stories] == [(made["post_id"], photo)]
    assert sandbox.http.get(f"{FACEBOOK}/{account.id}/published_posts", headers=account.bearer).json()["data"] == []


TIKTOK = [
    ({"disable_comment": "yes"}, "invalid_params"),
    ({"video_cover_timestamp_ms": -1}, "invalid_params"),
    ({"brand_content_toggle": True, "privacy_level": "SELF_ONLY"}, "invalid_params"),
    ({"privacy_level": "FOLLOWER_OF_CREATOR"}, "privacy_level_option_mismatch"),
]


@pytest.mark.parametrize(("change", "code"), TIKTOK)
def test_tiktok(sandbox: Sandbox, change: dict[str, Any], code: str) -> None:
    account = sandbox.account("tiktok")
    info = {"title": "Hello", "privacy_level": "PUBLIC_TO_EVERYONE", **change}
    source = {"source": "FILE_UPLOAD", "video_size": 9, "chunk_size": 9, "total_chunk_count": 1}
    address = "/open.tiktokapis.com/v2/post/publish/video/init/"
    refused = sandbox.http.post(address, json={"post_info": info, "source_info": source}, headers=account.bearer)
    assert refused.json()["error"]["code"] == code


def _open_upload(sandbox: Sandbox, account: Grant, body: dict[str, Any]) -> Any:
    params = {"uploadType": "resumable", "part": "snippet,status"}
    return sandbox.http.post("/www.googleapis.com/upload/youtube/v3/videos", params=params, json=body, headers=account.bearer)


YOUTUBE = [
    ({"snippet": {"title": "A", "categoryId": "99"}}, "invalidCategoryId"),
    ({"snippet": {"title": "A"}, "status": {"selfDeclaredMadeForKids": "no"}}, "invalidVideoMetadata"),
    ({"snippet": {"title": "A"}, "status": {"privacyStatus": "friends"}}, "invalidVideoMetadata"),
    ({"snippet": {"title": "A", "tags": ["a" * 501]}}, "invalidTags"),
]


@pytest.mark.parametrize(("body", "reason"), YOUTUBE)
def test_youtube(sandbox: Sandbox, body: dict[str, Any], reason: str) -> None:
    refused = _open_upload(sandbox, sandbox.account("youtube"), body)
    assert refused.json()["error"]["errors"][0]["reason"] == reason


def test_youtube_playlists_captions_and_comments_know_whose_video_it_is(sandbox: Sandbox) -> None:
    account, other = sandbox.account("youtube"), sandbox.account("youtube")
    place = _open_upload(sandbox, account, {"snippet": {"title": "A"}}).headers["location"].replace("https://", "/", 1)
    video = sandbox.http.put(place, content=movie(), headers={"Content-Type": "video/mp4"}).json()["id"]
    api = "/www.googleapis.com/youtube/v3"

    def reason(path: str, body: dict[str, Any], who: Grant) -> str:
        answer = sandbox.http.post(f"{api}/{path}", params={"part": "snippet"}, json=body, headers=who.bearer)
        return str(answer.json()["error"]["errors"][0]["reason"]) if answer.status_code >= 400 else "ok"

    playlist = sandbox.http.get(f"{api}/playlists", params={"part": "snippet", "mine": "true"}, headers=account.bearer).json()["items"][0][
        "id"
    ]
    item = {"snippet": {"playlistId": playlist, "resourceId": {"kind": "youtube#video", "videoId": video}}}
    assert reason("playlistItems", item, account) == "ok"
    assert reason("playlistItems", item, other) == "playlistNotFound"
    assert reason("playlistItems", {"snippet": {"playlistId": playlist}}, account) == "invalidValue"
    words = {"snippet": {"videoId": video, "topLevelComment": {"snippet": {"textOriginal": " "}}}}
    assert reason("commentThreads", words, account) == "commentTextRequired"
    words = {"snippet": {"videoId": "nowhere", "topLevelComment": {"snippet": {"textOriginal": "Hello"}}}}
    assert reason("commentThreads", words, account) == "videoNotFound"
    track = sandbox.http.post(
        "/www.googleapis.com/upload/youtube/v3/captions", content=b"no parts", headers={**account.bearer, "Content-Type": "text/plain"}
    )
    assert track.json()["error"]["errors"][0]["reason"] == "badRequest"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"langs": ["en", "de", "fr", "it"]}, "langs"),
        ({"langs": ["not a language"]}, "langs"),
        ({"labels": ["nudity"]}, "self labels"),
    ],
)
def test_bluesky(sandbox: Sandbox, more: dict[str, Any], said: str) -> None:
    account = sandbox.account("bluesky")
    record = {"$type": "app.bsky.feed.post", "text": "Hello", "createdAt": "2026-11-21T10:00:00Z", **more}
    body = {"repo": account.id, "collection": "app.bsky.feed.post", "record": record}
    refused = sandbox.http.post("/bsky.social/xrpc/com.atproto.repo.createRecord", json=body, headers=account.bearer)
    assert (refused.status_code, refused.json()["error"]) == (400, "InvalidRequest")
    assert said in refused.json()["message"]


def test_bluesky_videos_need_a_token_for_just_that(sandbox: Sandbox) -> None:
    account, service = sandbox.account("bluesky"), "/video.bsky.app/xrpc/app.bsky.video"

    def token(audience: str, method: str) -> Any:
        params = {"aud": audience, "lxm": method}
        return sandbox.http.get("/bsky.social/xrpc/com.atproto.server.getServiceAuth", params=params, headers=account.bearer).json()

    assert token("did:web:example.com", "com.atproto.repo.uploadBlob")["error"] == "InvalidRequest"
    limits = token("did:web:video.bsky.app", "app.bsky.video.getUploadLimits")["token"]
    upload = token("did:web:bsky.social", "com.atproto.repo.uploadBlob")["token"]
    params = {"did": account.id, "name": "a.mp4"}

    def bring(bearer: str) -> Any:
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "video/mp4"}
        return sandbox.http.post(f"{service}.uploadVideo", params=params, content=movie(), headers=headers).json()

    told = sandbox.http.get(f"{service}.getUploadLimits", headers={"Authorization": f"Bearer {limits}"}).json()
    assert (told["canUpload"], told["remainingDailyVideos"]) == (True, 25)
    assert bring(account.token)["error"] == "AuthenticationRequired"
    assert bring(limits)["error"] == "BadLexiconMethod"
    job = bring(upload)["jobId"]
    assert sandbox.http.get(f"{service}.getJobStatus", params={"jobId": job}).json()["jobStatus"]["state"] == "JOB_STATE_ENCODING"
    sandbox.clock.pass_(2)
    done = sandbox.http.get(f"{service}.getJobStatus", params={"jobId": job}).json()["jobStatus"]
    assert (done["state"], done["blob"]["mimeType"]) == ("JOB_STATE_COMPLETED", "video/mp4")
    sandbox.clock.pass_(60)
    assert bring(upload)["error"] == "AuthenticationRequired"


def test_mastodon(sandbox: Sandbox) -> None:
    account = sandbox.account("mastodon")
    address = "/mastodon.example/api/v1/statuses"
    refused = sandbox.http.post(address, json={"status": "Hello", "language": "not one"}, headers=account.bearer)
    assert (refused.status_code, refused.json()["error"]) == (422, "Validation failed: Language is invalid")
    over = sandbox.http.post(address, json={"status": "a" * 480, "spoiler_text": "b" * 21}, headers=account.bearer)
    assert "character limit" in over.json()["error"]
    assert len([name for name in over.headers if name.lower() == "x-ratelimit-reset"]) <= 1
