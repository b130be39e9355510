"""TikTok's Content Posting API, by raw calls as developers.tiktok.com describes it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Files, Grant, Sandbox, movie, picture

API = "/open.tiktokapis.com/v2"
MB = 1_048_576


def call(sandbox: Sandbox, account: Grant, path: str, body: dict[str, Any] | None = None, **params: str) -> Any:
    return sandbox.http.post(f"{API}{path}", json=body or {}, params=params, headers=account.bearer)


def info(**more: Any) -> dict[str, Any]:
    return {"title": "A slow morning", "privacy_level": "PUBLIC_TO_EVERYONE", **more}


def init_upload(sandbox: Sandbox, account: Grant, size: int, chunk: int, count: int, **more: Any) -> Any:
    source = {"source": "FILE_UPLOAD", "video_size": size, "chunk_size": chunk, "total_chunk_count": count}
    return call(sandbox, account, "/post/publish/video/init/", {"post_info": info(**more), "source_info": source})


def put(sandbox: Sandbox, url: str, data: bytes, first: int, total: int) -> Any:
    headers = {"Content-Type": "video/mp4", "Content-Range": f"bytes {first}-{first + len(data) - 1}/{total}"}
    return sandbox.http.put(url.replace("https://", "/", 1), content=data, headers=headers)


def state(sandbox: Sandbox, account: Grant, publish_id: str) -> dict[str, Any]:
    answer = call(sandbox, account, "/post/publish/status/fetch/", {"publish_id": publish_id}).json()
    assert answer["error"]["code"] == "ok"
    data: dict[str, Any] = answer["data"]
    return data


def test_a_small_video_goes_up_whole_and_comes_out(sandbox: Sandbox) -> None:
    account = sandbox.account("tiktok")
    creator = call(sandbox, account, "/post/publish/creator_info/query/").json()["data"]
    assert "PUBLIC_TO_EVERYONE" in creator["privacy_level_options"]
    data = movie(15)
    begun = init_upload(sandbox, account, len(data), len(data), 1, is_aigc=True).json()["data"]
    assert begun["upload_url"].startswith("https://open-upload.tiktokapis.com/")
    assert state(sandbox, account, begun["publish_id"])["status"] == "PROCESSING_UPLOAD"
    assert put(sandbox, begun["upload_url"], data, 0, len(data)).status_code == 201
    assert state(sandbox, account, begun["publish_id"])["publicaly_available_post_id"] == []
    sandbox.clock.pass_(2)
    done = state(sandbox, account, begun["publish_id"])
    assert done["status"] == "PUBLISH_COMPLETE"
    post_id = str(done["publicaly_available_post_id"][0])
    shown = sandbox.shown("tiktok", post_id)
    assert (shown["text"], shown["extra"]["is_aigc"]) == ("A slow morning", True)
    sandbox.clock.pass_(3_600)
    fields = "id,title,view_count,like_count,comment_count,share_count"
    found = call(sandbox, account, "/video/query/", {"filters": {"video_ids": [post_id]}}, fields=fields).json()["data"]["videos"]
    assert found[0]["view_count"] > found[0]["like_count"]
    listed = call(sandbox, account, "/video/list/", {"max_count": 20}, fields="id,create_time").json()["data"]
    assert ([video["id"] for video in listed["videos"]], listed["has_more"]) == ([post_id], False)
    user = sandbox.http.get(f"{API}/user/info/", params={"fields": "open_id,follower_count"}, headers=account.bearer).json()["data"]["user"]
    assert user["open_id"] == account.id


def test_a_large_video_goes_up_in_sequence(sandbox: Sandbox) -> None:
    account = sandbox.account("tiktok")
    data = movie(15, padding=12 * MB)
    chunk, total = 6 * MB, len(data)
    begun = init_upload(sandbox, account, total, chunk, 2).json()["data"]
    url = begun["upload_url"]
    assert put(sandbox, url, data[chunk:], chunk, total).status_code == 416
    first = put(sandbox, url, data[:chunk], 0, total)
    assert (first.status_code, first.headers["content-range"]) == (206, f"bytes 0-{chunk - 1}/{total}")
    assert put(sandbox, url, data[:chunk], 0, total).status_code == 416
    assert put(sandbox, url, data[chunk : chunk + 100], chunk, total).status_code == 400
    assert put(sandbox, url, data[chunk:], chunk, total).status_code == 201
    assert put(sandbox, url.replace("upload_token=", "upload_token=x"), data, 0, total).status_code == 403
    sandbox.clock.pass_(2)
    assert state(sandbox, account, begun["publish_id"])["uploaded_bytes"] == total


CHUNKINGS = [(4 * MB, 2 * MB, 2), (100 * MB, 100 * MB, 1), (50 * MB, 10 * MB, 4), (0, 0, 1), (5 << 30, 64 * MB, 80)]


@pytest.mark.parametrize(("size", "chunk", "count"), CHUNKINGS)
def test_chunking_rules(sandbox: Sandbox, size: int, chunk: int, count: int) -> None:
    refused = init_upload(sandbox, sandbox.account("tiktok"), size, chunk, count)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid_params")


def test_a_file_that_is_no_video_fails_in_the_status(sandbox: Sandbox) -> None:
    account = sandbox.account("tiktok")
    for data, reason in ((b"not a video at all", "file_format_check_failed"), (movie(601), "duration_check_failed")):
        begun = init_upload(sandbox, account, len(data), len(data), 1).json()["data"]
        assert put(sandbox, begun["upload_url"], data, 0, len(data)).status_code == 201
        sandbox.clock.pass_(2)
        told = state(sandbox, account, begun["publish_id"])
        assert (told["status"], told["fail_reason"]) == ("FAILED", reason)


def test_privacy_has_no_default(sandbox: Sandbox) -> None:
    account = sandbox.account("tiktok")

    def code(**more: Any) -> str:
        return str(init_upload(sandbox, account, 9, 9, 1, **more).json()["error"]["code"])

    assert code(privacy_level=None) == "invalid_params"
    assert code(privacy_level="FOLLOWER_OF_CREATOR") == "privacy_level_option_mismatch"
    assert code(title="😀" * 1101) == "invalid_params"
    assert code(title="😀" * 1100) == "ok"


def photos(urls: list[str], **more: Any) -> dict[str, Any]:
    source = {"source": "PULL_FROM_URL", "photo_cover_index": 0, "photo_images": urls}
    post_info = info(title="Three", description="Three pictures")
    return {"post_info": post_info, "source_info": source, "post_mode": "DIRECT_POST", "media_type": "PHOTO", **more}


def test_photos_are_pulled(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("tiktok")
    urls = [files.put(f"t{number}.jpg", picture(720, 1280)) for number in range(3)]
    begun = call(sandbox, account, "/post/publish/content/init/", photos(urls)).json()["data"]
    assert state(sandbox, account, begun["publish_id"])["status"] == "PROCESSING_DOWNLOAD"
    sandbox.clock.pass_(2)
    post_id = str(state(sandbox, account, begun["publish_id"])["publicaly_available_post_id"][0])
    shown = sandbox.shown("tiktok", post_id)
    assert (shown["title"], shown["text"], len(shown["media"])) == ("Three", "Three pictures", 3)
    foreign = call(sandbox, account, "/post/publish/content/init/", photos(["https://example.com/a.jpg"]))
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "url_ownership_unverified")
    png = call(sandbox, account, "/post/publish/content/init/", photos([files.put("t.png", picture(kind="PNG"))])).json()["data"]
    sandbox.clock.pass_(2)
    assert state(sandbox, account, png["publish_id"])["fail_reason"] == "file_format_check_failed"
    draft = call(sandbox, account, "/post/publish/content/init/", photos(urls, post_mode="MEDIA_UPLOAD")).json()["data"]
    sandbox.clock.pass_(2)
    assert state(sandbox, account, draft["publish_id"])["status"] == "SEND_TO_USER_INBOX"


def test_a_pulled_video_and_a_private_one(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("tiktok")
    body = {
        "post_info": info(privacy_level="SELF_ONLY"),
        "source_info": {"source": "PULL_FROM_URL", "video_url": files.put("v.mp4", movie())},
    }
    begun = call(sandbox, account, "/post/publish/video/init/", body).json()["data"]
    sandbox.clock.pass_(2)
    told = state(sandbox, account, begun["publish_id"])
    assert (told["status"], told["publicaly_available_post_id"]) == ("PUBLISH_COMPLETE", [])


def test_six_posts_a_minute_and_fifteen_a_day(sandbox: Sandbox, files: Files) -> None:
    account = sandbox.account("tiktok")
    urls = [files.put("q.jpg", picture(300, 300))]
    codes = []
    for number in range(16):
        if number % 6 == 0:
            sandbox.clock.pass_(60)
        codes.append(call(sandbox, account, "/post/publish/content/init/", photos(urls)).json()["error"]["code"])
    assert codes == ["ok"] * 15 + ["spam_risk_too_many_posts"]
    sandbox.clock.pass_(60)
    hurried = [init_upload(sandbox, account, 0, 0, 1) for _ in range(7)][-1]
    assert (hurried.status_code, hurried.json()["error"]["code"]) == (429, "rate_limit_exceeded")


def test_tokens(sandbox: Sandbox) -> None:
    account, other = sandbox.account("tiktok"), sandbox.account("tiktok")
    unsigned = sandbox.http.post(f"{API}/post/publish/creator_info/query/")
    assert (unsigned.status_code, unsigned.json()["error"]["code"]) == (401, "access_token_invalid")
    begun = init_upload(sandbox, account, 9, 9, 1).json()["data"]
    foreign = call(sandbox, other, "/post/publish/status/fetch/", {"publish_id": begun["publish_id"]})
    assert foreign.json()["error"]["code"] == "invalid_publish_id"
    sandbox.clock.pass_(3_601)
    assert put(sandbox, begun["upload_url"], b"123456789", 0, 9).status_code == 403
