"""LinkedIn, by raw calls as learn.microsoft.com describes them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.conftest import Grant, Sandbox, movie, picture

REST = "/api.linkedin.com/rest"


def headers(account: Grant) -> dict[str, str]:
    return {**account.bearer, "LinkedIn-Version": "202610", "X-Restli-Protocol-Version": "2.0.0"}


def body(account: Grant, commentary: str = "Hello", **more: Any) -> dict[str, Any]:
    return {
        "author": f"urn:li:person:{account.id}",
        "commentary": commentary,
        "visibility": "PUBLIC",
        "distribution": {"feedDistribution": "MAIN_FEED", "targetEntities": [], "thirdPartyDistributionChannels": []},
        "lifecycleState": "PUBLISHED",
        **more,
    }


def post(sandbox: Sandbox, account: Grant, *args: Any, **more: Any) -> Any:
    return sandbox.http.post(f"{REST}/posts", json=body(account, *args, **more), headers=headers(account))


def rewritten(url: str) -> str:
    return url.replace("https://", "/", 1)


def bring_image(sandbox: Sandbox, account: Grant, data: bytes) -> str:
    owner = {"initializeUploadRequest": {"owner": f"urn:li:person:{account.id}"}}
    begun = sandbox.http.post(f"{REST}/images?action=initializeUpload", json=owner, headers=headers(account)).json()["value"]
    assert begun["uploadUrl"].startswith("https://www.linkedin.com/")
    assert sandbox.http.put(rewritten(begun["uploadUrl"]), content=data).status_code == 401
    assert sandbox.http.put(rewritten(begun["uploadUrl"]), content=data, headers=account.bearer).status_code == 201
    return str(begun["image"])


def test_a_post_is_created_found_and_deleted(sandbox: Sandbox) -> None:
    account = sandbox.account("linkedin")
    made = post(sandbox, account, "A slow morning, well spent.")
    assert (made.status_code, made.content) == (201, b"")
    urn = made.headers["x-restli-id"]
    params = {"author": f"urn:li:person:{account.id}", "q": "author", "count": "10"}
    found = sandbox.http.get(f"{REST}/posts", params=params, headers={**headers(account), "X-RestLi-Method": "FINDER"}).json()
    assert [element["id"] for element in found["elements"]] == [urn]
    assert found["elements"][0]["commentary"] == "A slow morning, well spent."
    one = f"{REST}/posts/{quote(urn, safe='')}"
    assert sandbox.http.get(one, headers=headers(account)).json()["lifecycleState"] == "PUBLISHED"
    assert sandbox.http.delete(one, headers=headers(account)).status_code == 204
    assert sandbox.http.get(one, headers=headers(account)).status_code == 404


@pytest.mark.parametrize(
    ("version", "status"), [(None, 400), ("202310", 426), ("202710", 426), ("202613", 426), ("2026", 426), ("202512", 201)]
)
def test_versions_are_sunset(sandbox: Sandbox, version: str | None, status: int) -> None:
    account = sandbox.account("linkedin")
    given = {**account.bearer, **({"LinkedIn-Version": version} if version else {})}
    answer = sandbox.http.post(f"{REST}/posts", json=body(account), headers=given)
    assert answer.status_code == status
    if status == 426:
        assert answer.json()["code"] == "NONEXISTENT_VERSION"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Plain (escaped) \\(yes\\) and on", "Plain "),
        ("All \\(good\\) \\*here\\* \\_too\\_", "All (good) *here* _too_"),
        ("Tags {hashtag|\\#|slow} stay", "Tags #slow stay"),
        ("Tags #slow stay", "Tags #slow stay"),
    ],
)
def test_little_text_means_what_it_says(sandbox: Sandbox, written: str, read: str) -> None:
    account = sandbox.account("linkedin")
    urn = post(sandbox, account, written).headers["x-restli-id"]
    assert sandbox.shown("linkedin", urn)["text"] == read


def test_length_is_that_of_the_text_that_is_read(sandbox: Sandbox) -> None:
    account = sandbox.account("linkedin")
    assert post(sandbox, account, "\\(" * 3000).status_code == 201
    long = post(sandbox, account, "a" * 3001)
    assert long.status_code == 400
    assert long.json()["errorDetails"]["inputErrors"][0]["code"] == "FIELD_LENGTH_TOO_LONG"


def test_an_image_needs_the_token_and_keeps_its_description(sandbox: Sandbox) -> None:
    account = sandbox.account("linkedin")
    urn = bring_image(sandbox, account, picture(1200, 627))
    made = post(sandbox, account, "Look", content={"media": {"id": urn, "altText": "A green field"}})
    assert made.status_code == 201, made.text
    medium = sandbox.shown("linkedin", made.headers["x-restli-id"])["media"][0]
    assert (medium["width"], medium["alt"]) == (1200, "A green field")
    several = {"multiImage": {"images": [{"id": bring_image(sandbox, account, picture()), "altText": str(n)} for n in range(2)]}}
    assert post(sandbox, account, "Two", content=several).status_code == 201
    stranger = sandbox.account("linkedin")
    assert post(sandbox, stranger, "Mine?", content={"media": {"id": urn}}).status_code == 422


def test_a_video_comes_in_parts_without_a_token(sandbox: Sandbox) -> None:
    account = sandbox.account("linkedin")
    data = movie(20, padding=5_000_000)
    asked = {"initializeUploadRequest": {"owner": f"urn:li:person:{account.id}", "fileSizeBytes": len(data)}}
    begun = sandbox.http.post(f"{REST}/videos?action=initializeUpload", json=asked, headers=headers(account)).json()["value"]
    assert [part["firstByte"] for part in begun["uploadInstructions"]] == [0, 4_194_304]
    tags = []
    for part in begun["uploadInstructions"]:
        address, chunk = rewritten(part["uploadUrl"]), data[part["firstByte"] : part["lastByte"] + 1]
        assert sandbox.http.put(address, content=chunk, headers=account.bearer).status_code == 400
        tags.append(sandbox.http.put(address, content=chunk).headers["etag"])
    finish = {"finalizeUploadRequest": {"video": begun["video"], "uploadToken": "", "uploadedPartIds": tags[::-1]}}
    assert sandbox.http.post(f"{REST}/videos?action=finalizeUpload", json=finish, headers=headers(account)).status_code == 422
    finish["finalizeUploadRequest"]["uploadedPartIds"] = tags
    assert sandbox.http.post(f"{REST}/videos?action=finalizeUpload", json=finish, headers=headers(account)).status_code == 200
    content = {"media": {"id": begun["video"], "title": "A film"}}
    assert post(sandbox, account, "Film", content=content).json()["code"] == "MEDIA_ASSET_WAITING_UPLOAD"
    sandbox.clock.pass_(2)
    status = sandbox.http.get(f"{REST}/videos/{quote(begun['video'], safe='')}", headers=headers(account)).json()
    assert status["status"] == "AVAILABLE"
    made = post(sandbox, account, "Film", content=content)
    assert made.headers["x-restli-id"].startswith("urn:li:ugcPost:")
    assert sandbox.shown("linkedin", made.headers["x-restli-id"])["media"][0]["duration"] == 20


def test_figures_and_followers(sandbox: Sandbox) -> None:
    account = sandbox.account("linkedin")
    urn = post(sandbox, account, "Watch").headers["x-restli-id"]
    sandbox.clock.pass_(86_400)
    counts = {}
    for kind in ("IMPRESSION", "MEMBERS_REACHED", "REACTION", "COMMENT", "RESHARE"):
        query = f"q=entity&entity=(share:{quote(urn, safe='')})&queryType={kind}&aggregation=TOTAL"
        counts[kind] = sandbox.http.get(f"{REST}/memberCreatorPostAnalytics?{query}", headers=headers(account)).json()["elements"][0][
            "count"
        ]
    assert counts["IMPRESSION"] >= counts["MEMBERS_REACHED"] > counts["REACTION"]
    social = sandbox.http.get(f"{REST}/socialMetadata/{quote(urn, safe='')}", headers=headers(account)).json()
    assert social["commentSummary"]["count"] == counts["COMMENT"]
    followers = sandbox.http.get(f"{REST}/memberFollowersCount?q=me", headers=headers(account)).json()
    assert followers["elements"][0]["memberFollowersCount"] >= 900
    me = sandbox.http.get("/api.linkedin.com/v2/userinfo", headers=account.bearer).json()
    assert me["sub"] == account.id


def test_nobody_posts_for_another_and_tokens_are_checked(sandbox: Sandbox) -> None:
    account, other = sandbox.account("linkedin"), sandbox.account("linkedin")
    assert sandbox.http.post(f"{REST}/posts", json=body(other), headers=headers(account)).status_code == 403
    assert (
        sandbox.http.post(f"{REST}/posts", json=body(account), headers={"LinkedIn-Version": "202610"}).json()["code"]
        == "EMPTY_ACCESS_TOKEN"
    )
    assert post(sandbox, account, "x", visibility="EVERYONE").status_code == 422
    sandbox.clock.pass_(61 * 86_400)
    assert post(sandbox, account).json()["code"] == "EXPIRED_ACCESS_TOKEN"


def test_the_member_may_call_150_times_a_day(sandbox: Sandbox) -> None:
    account = sandbox.account("linkedin")
    sandbox.clock.pass_(86_400 - sandbox.clock.now % 86_400)
    given = {**headers(account), "LinkedIn-Version": "202611"}
    made = {sandbox.http.post(f"{REST}/posts", json=body(account, str(n)), headers=given).status_code for n in range(150)}
    refused = sandbox.http.post(f"{REST}/posts", json=body(account), headers=given)
    assert made == {201}
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
