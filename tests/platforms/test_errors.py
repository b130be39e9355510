"""What each platform's answers mean for what may be done next: tables over a pretend network."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from postwright.kit.http import make_client
from postwright.platforms.account import Account, Credentials
from postwright.platforms.errors import OutcomeUnknown, PlatformError, QuotaExhausted, ReauthRequired, Rejected, Suspended, Transient
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from tests.platforms.conftest import Notebook, Shelf

pytestmark = pytest.mark.anyio
CREDENTIALS = Credentials("token-of-alice")
KEYS = {"ghost": Credentials(f"{'a' * 24}:{'b' * 64}")}  # a key of another shape
ACCOUNT = Account(
    "42",
    "alice@mastodon.example",
    "mastodon.example",
    {"privacy_level": "PUBLIC_TO_EVERYONE", "music_consent": True, "made_for_kids": False},
)
Answers = Callable[[httpx2.Request], httpx2.Response]

# The one call that makes a post public, as (method, end of path). Everything else answers well.
SENDS = {
    "x": ("POST", "/2/tweets"),
    "linkedin": ("POST", "/rest/posts"),
    "instagram": ("POST", "/media_publish"),
    "facebook": ("POST", "/feed"),
    "tiktok": ("PUT", "/upload"),
    "youtube": ("PUT", "/session"),
    "bluesky": ("POST", "/xrpc/com.atproto.repo.createRecord"),
    "mastodon": ("POST", "/api/v1/statuses"),
    "threads": ("POST", "/threads_publish"),
    "telegram": ("POST", "/sendMessage"),
    "discord": ("POST", "/channels/42/messages"),
    "wordpress": ("POST", "/wp-json/wp/v2/posts"),
    "ghost": ("POST", "/ghost/api/admin/posts/"),
}
IN_THE_ADDRESS = {"telegram"}  # which wants the key there
BEARERS = [slug for slug in SENDS if slug not in ("telegram", "discord", "wordpress", "ghost")]
WELL: dict[str, list[tuple[str, dict[str, Any], dict[str, str]]]] = {  # end of path: body, headers
    "tiktok": [
        ("creator_info/query/", {"data": {"privacy_level_options": ["PUBLIC_TO_EVERYONE"]}, "error": {"code": "ok"}}, {}),
        (
            "video/init/",
            {"data": {"publish_id": "v1", "upload_url": "https://open-upload.tiktokapis.com/upload"}, "error": {"code": "ok"}},
            {},
        ),
        ("status/fetch/", {"data": {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": [7]}, "error": {"code": "ok"}}, {}),
    ],
    "youtube": [("/videos", {}, {"location": "https://www.googleapis.com/session"})],
    "instagram": [("/42/media", {"id": "c1"}, {}), ("/c1", {"status_code": "FINISHED"}, {})],
    "threads": [("/42/threads", {"id": "c1"}, {}), ("/c1", {"status": "FINISHED"}, {})],
}


def _network(slug: str, send: Answers) -> Answers:
    method, path = SENDS[slug]

    def answer(request: httpx2.Request) -> httpx2.Response:
        if request.method == method and request.url.path.endswith(path):
            return send(request)
        for end, body, headers in WELL.get(slug, []):
            if request.url.path.endswith(end):
                return httpx2.Response(200, json=body, headers=headers)
        return httpx2.Response(404, text="<html>no</html>")

    return answer


def _post(slug: str, shelf: Shelf) -> Post:
    needs = REGISTRY[slug].rules.needs
    media: tuple[Media, ...] = () if needs is None else (shelf.video(),) if needs == "video" else (shelf.image(),)
    return Post("Hello from Alice", "post", title="Hello", media=media)


async def _fails(slug: str, answers: Answers, shelf: Shelf) -> tuple[PlatformError, Notebook]:
    book = Notebook()
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answers)) as http:
        with pytest.raises(PlatformError) as caught:
            await REGISTRY[slug].adapter.publish(http, ACCOUNT, _key(slug), _post(slug, shelf), book)
    assert _key(slug).access_token not in f"{caught.value} {caught.value.detail}"
    return caught.value, book


def _key(slug: str) -> Credentials:
    return KEYS.get(slug, CREDENTIALS)


def _raise(error: Exception) -> Answers:
    def answer(_: httpx2.Request) -> httpx2.Response:
        raise error

    return answer


def _say(status: int, body: Any = None, headers: dict[str, str] | None = None) -> Answers:
    if isinstance(body, str) or body is None:
        return lambda _: httpx2.Response(status, text=body or "", headers=headers)
    return lambda _: httpx2.Response(status, json=body, headers=headers)


UNCLEAR: dict[str, Answers] = {
    "read timeout": _raise(httpx2.ReadTimeout("slow")),
    "write timeout": _raise(httpx2.WriteTimeout("slow")),
    "reset": _raise(httpx2.ReadError("reset")),
    "closed": _raise(httpx2.RemoteProtocolError("closed without an answer")),
    "500": _say(500, {"error": {"code": 999, "message": "x"}}),
    "502 page": _say(502, "<html>Bad gateway</html>"),
    "503": _say(503),
    "504": _say(504, "<html>"),
    "408": _say(408),
    "redirect": _say(302, headers={"location": "https://example.com/"}),
    "page of a stranger": _say(200, "<html>Sign in to the hotel's network</html>"),
    "forbidden by a proxy": _say(403, "<html>Access denied</html>"),
    "truncated body": _say(200, '{"data": {"id'),
    "empty": _say(200),
    "a list": _say(400, [1, 2]),
}


# What answers TikTok's last chunk says nothing either way: the status that is asked next does.
TOLD_LATER = {("tiktok", fault) for fault in ("page of a stranger", "truncated body", "empty")}


@pytest.mark.parametrize(("slug", "fault"), [(slug, fault) for slug in SENDS for fault in UNCLEAR if (slug, fault) not in TOLD_LATER])
async def test_after_the_send_only_the_platforms_own_words_are_proof(slug: str, fault: str, shelf: Shelf) -> None:
    error, book = await _fails(slug, _network(slug, UNCLEAR[fault]), shelf)
    assert isinstance(error, OutcomeUnknown), error
    assert book.phases[-1] in ("sending", "confirming")


@pytest.mark.parametrize("slug", SENDS)
@pytest.mark.parametrize("error", [httpx2.ConnectError("refused"), httpx2.ConnectTimeout("slow"), httpx2.PoolTimeout("busy")])
async def test_without_a_connection_nothing_left(slug: str, error: Exception, shelf: Shelf) -> None:
    found, _ = await _fails(slug, _network(slug, _raise(error)), shelf)
    assert isinstance(found, Transient)


@pytest.mark.parametrize("slug", [slug for slug in SENDS if slug in WELL])
@pytest.mark.parametrize("fault", [fault for fault in UNCLEAR if fault not in ("forbidden by a proxy", "a list")])
async def test_before_the_send_everything_may_be_tried_again(slug: str, fault: str, shelf: Shelf) -> None:
    error, book = await _fails(slug, UNCLEAR[fault], shelf)
    assert isinstance(error, Transient), error
    assert "sending" not in book.phases


META_190 = {"error": {"message": "Error validating access token", "type": "OAuthException", "code": 190, "error_subcode": 463}}
REAUTH = {
    "x": _say(401, {"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}),
    "linkedin": _say(401, {"status": 401, "code": "REVOKED_ACCESS_TOKEN", "message": "revoked"}),
    "instagram": _say(400, META_190),
    "facebook": _say(401, META_190),
    "tiktok": _say(401, {"error": {"code": "access_token_invalid", "message": "invalid"}}),
    "youtube": _say(401, {"error": {"code": 401, "message": "Invalid", "errors": [{"reason": "authError"}]}}),
    "bluesky": _say(400, {"error": "ExpiredToken", "message": "Token has expired"}),
    "mastodon": _say(401, {"error": "The access token is invalid"}),
    "threads": _say(401, META_190),
    "telegram": _say(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}),
    "discord": _say(401, {"message": "401: Unauthorized", "code": 0}),
    "wordpress": _say(401, {"code": "incorrect_password", "message": "no", "data": {"status": 401}}),
    "ghost": _say(401, {"errors": [{"type": "UnauthorizedError", "message": "Invalid token: jwt malformed"}]}),
}


@pytest.mark.parametrize("slug", REAUTH)
async def test_a_definite_refusal_of_the_token(slug: str, shelf: Shelf) -> None:
    error, _ = await _fails(slug, _network(slug, REAUTH[slug]), shelf)
    assert isinstance(error, ReauthRequired)


@pytest.mark.parametrize("slug", SENDS)
async def test_a_page_with_status_401_disconnects_nobody(slug: str, shelf: Shelf) -> None:
    error, _ = await _fails(slug, _say(401, "<html>Please sign in</html>"), shelf)
    assert isinstance(error, Transient | OutcomeUnknown)


def _meta(code: int, subcode: int | None = None, status: int = 400, words: str = "no") -> Answers:
    return _say(status, {"error": {"message": words, "code": code, **({"error_subcode": subcode} if subcode else {})}})


def _google(reason: str, status: int = 403, location: str = "") -> Answers:
    return _say(
        status, {"error": {"code": status, "message": "no", "errors": [{"reason": reason, "domain": "youtube", "location": location}]}}
    )


def _input_error(path: str) -> Answers:
    details = {"inputErrors": [{"code": "FIELD_INVALID", "input": {"inputPath": {"fieldPath": path}}}]}
    return _say(422, {"status": 422, "code": "FIELD_INVALID", "message": f"ERROR :: /{path}", "errorDetails": details})


def _tiktok(code: str, status: int = 403) -> Answers:
    return _say(status, {"data": {}, "error": {"code": code, "message": "no", "log_id": "1"}})


def _telegram(status: int, description: str, parameters: dict[str, Any] | None = None) -> Answers:
    body = {"ok": False, "error_code": status, "description": description}
    return _say(status, {**body, **({"parameters": parameters} if parameters else {})})


def _wordpress(status: int, code: str) -> Answers:
    return _say(status, {"code": code, "message": "no", "data": {"status": status}})


def _ghost(status: int, kind: str, context: str = "no") -> Answers:
    return _say(status, {"errors": [{"type": kind, "message": "Validation error", "context": context, "property": None}]})


def _discord(status: int, code: int, **errors: Any) -> Answers:
    return _say(status, {"message": "no", "code": code, **({"errors": errors} if errors else {})})


TOO_LONG = {"_errors": [{"code": "BASE_TYPE_MAX_LENGTH", "message": "Must be 2000 or fewer in length."}]}

QUOTA: list[tuple[str, Answers]] = [
    ("x", _say(429, {"title": "Too Many Requests", "status": 429}, {"x-rate-limit-reset": "1795000000"})),
    ("x", _say(402, {"title": "CreditsDepleted", "status": 402})),
    ("linkedin", _say(429, {"status": 429, "code": "TOO_MANY_REQUESTS", "message": "throttle"}, {"retry-after": "60"})),
    ("linkedin", _say(429, {"status": 429, "code": "TOO_MANY_REQUESTS", "message": "throttle"})),
    *[("instagram", _meta(code)) for code in (4, 17, 32, 613, 80001, 80002)],
    ("instagram", _meta(9, 2207042)),
    ("facebook", _meta(1390008)),
    *[("tiktok", _tiktok(code)) for code in ("rate_limit_exceeded", "spam_risk_too_many_posts", "reached_active_user_cap")],
    ("youtube", _google("quotaExceeded")),
    ("youtube", _google("uploadLimitExceeded", 400)),
    ("bluesky", _say(429, {"error": "RateLimitExceeded", "message": "slow"}, {"ratelimit-reset": "1795000000"})),
    ("threads", _meta(4)),
    ("threads", _meta(9, 2207042)),
    ("telegram", _telegram(429, "Too Many Requests: retry after 7", {"retry_after": 7})),
    ("discord", _say(429, {"message": "You are being rate limited.", "retry_after": 1.5, "global": False})),
    ("discord", _say(429, "<html>error code: 1015</html>")),
    ("wordpress", _say(429, {"code": "too_many_requests", "message": "slow", "data": {"status": 429}})),
    ("ghost", _say(429, {"errors": [{"type": "TooManyRequestsError", "message": "slow"}]})),
    ("mastodon", _say(429, {"error": "Too many requests"}, {"x-ratelimit-reset": "2026-11-21T12:00:00.000Z"})),
]


@pytest.mark.parametrize(("slug", "answers"), QUOTA)
async def test_quotas(slug: str, answers: Answers, shelf: Shelf) -> None:
    error, _ = await _fails(slug, _network(slug, answers), shelf)
    assert isinstance(error, QuotaExhausted), error


_LOCKED = "To protect our users from spam and other malicious activity, this account is temporarily locked. Log in to lift the limit."
_SUSPENDED = "Your account is suspended and is not permitted to access this feature"
SUSPENDED: list[tuple[str, Answers]] = [
    ("x", _say(403, {"title": "Forbidden", "status": 403, "detail": _SUSPENDED})),
    ("x", _say(403, {"title": "Forbidden", "status": 403, "detail": "Your account is temporarily locked: daily limit of requests met"})),
    ("x", _say(403, {"errors": [{"code": 326, "message": _LOCKED}]})),
    ("x", _say(403, {"errors": [{"code": 64, "message": "no words"}]})),
    ("x", _say(401, {"errors": [{"code": 64, "message": _SUSPENDED}]})),
    ("linkedin", _say(403, {"status": 403, "code": "MEMBER_RESTRICTED", "message": "no"})),
    ("linkedin", _say(403, {"status": 403, "code": "ACCESS_DENIED", "message": "The member is currently restricted"})),
    *[(slug, _meta(190, subcode)) for slug in ("facebook", "instagram", "threads") for subcode in (459, 464)],
    *[(slug, _meta(368)) for slug in ("facebook", "instagram", "threads")],
    ("facebook", _meta(200, 368)),
    ("instagram", _meta(25, 2207050)),
    ("instagram", _meta(25, 2207051)),
    ("tiktok", _tiktok("spam_risk_user_banned_from_posting")),
    ("youtube", _google("authenticatedUserAccountSuspended")),
    ("youtube", _google("authenticatedUserAccountClosed")),
    ("youtube", _google("accountDelegationForbidden")),
    ("youtube", _google("channelSuspended")),
    ("youtube", _google("channelClosed")),
    *[("bluesky", _say(status, {"error": f"Account{what}", "message": "no"})) for status in (400, 401, 403)
      for what in ("Takedown", "Suspended", "Deactivated")],
    *[("mastodon", _say(403, {"error": f"Your login is {words}"})) for words in (
        "currently disabled", "currently pending approval", "missing a confirmed e-mail address")],
]  # fmt: skip


@pytest.mark.parametrize(("slug", "answers"), SUSPENDED)
async def test_an_account_that_is_barred_is_no_quota_and_no_fault_of_the_post(slug: str, answers: Answers, shelf: Shelf) -> None:
    error, _ = await _fails(slug, _network(slug, answers), shelf)
    assert isinstance(error, Suspended), error
    assert (error.field, "Try again under Accounts" in error.message) == ("account", True)


NOT_BARRED: list[tuple[str, Answers, type[PlatformError]]] = [
    ("x", _say(403, {"detail": "User has been suspended: [44196397]. You cannot reply to it."}), Rejected),
    ("x", _say(403, {"detail": "You have reached your daily limit of posts for this account"}), QuotaExhausted),
    ("linkedin", _say(403, {"status": 403, "code": "ACCESS_DENIED", "message": "This application is restricted"}), Rejected),
    *[("facebook", _meta(190, subcode), ReauthRequired) for subcode in (458, 460, 463, 467)],
    ("x", _say(503, {"errors": [{"code": 64, "message": _SUSPENDED}]}), OutcomeUnknown),
    ("bluesky", _say(500, {"error": "AccountTakedown", "message": "no"}), OutcomeUnknown),
    ("mastodon", _say(403, {"error": "This action is not allowed"}), Rejected),
]


@pytest.mark.parametrize(("slug", "answers", "kind"), NOT_BARRED)
async def test_what_only_sounds_like_it_bars_no_account(slug: str, answers: Answers, kind: type[PlatformError], shelf: Shelf) -> None:
    error, _ = await _fails(slug, _network(slug, answers), shelf)
    assert isinstance(error, kind), error
    assert not isinstance(error, Suspended)


BY_X = int(datetime(2031, 3, 1, 12, 15, tzinfo=UTC).timestamp())  # whatever year it is here


@pytest.mark.parametrize(
    ("slug", "headers", "wait"),
    [
        ("x", {"x-rate-limit-reset": str(BY_X), "date": "Sat, 01 Mar 2031 12:00:00 GMT"}, 900),
        ("x", {"x-rate-limit-reset": str(BY_X), "date": "Sat, 01 Mar 2031 12:16:00 GMT"}, 0),
        ("x", {"x-rate-limit-reset": str(BY_X), "date": "Fri, 01 Mar 2030 12:00:00 GMT"}, 86_400),
        ("mastodon", {"x-ratelimit-reset": "2031-03-01T12:15:00.000Z", "date": "Sat, 01 Mar 2031 12:00:00 GMT"}, 900),
        ("bluesky", {"ratelimit-reset": str(BY_X), "date": "Sat, 01 Mar 2031 12:14:59 GMT"}, 1),
        ("linkedin", {"retry-after": "90", "date": "Sat, 01 Mar 2031 12:00:00 GMT"}, 90),
        ("linkedin", {"retry-after": "Sat, 01 Mar 2031 12:01:00 GMT", "date": "Sat, 01 Mar 2031 12:00:00 GMT"}, 60),
        ("linkedin", {"date": "Sat, 01 Mar 2031 23:00:00 GMT"}, 3600),
        ("ghost", {"retry-after": "3600000"}, 86_400),  # milliseconds
        ("wordpress", {"retry-after": "9" * 500}, None),
        ("mastodon", {"retry-after": "60", "date": "Fri, 01 Mar 2030 12:00:00 GMT"}, 60),
        ("ghost", {}, None),
        ("ghost", {"retry-after": "soon"}, None),
    ],
)
async def test_a_platforms_wait_is_counted_on_its_own_clock_and_is_a_day_at_most(
    slug: str, headers: dict[str, str], wait: float | None, shelf: Shelf
) -> None:
    body = {"status": 429, "message": "slow", "code": "slow", "errors": [{"type": "slow", "message": "slow"}]}
    said = body if slug != "bluesky" else {"error": "RateLimitExceeded", "message": "slow"}
    error, _ = await _fails(slug, _network(slug, _say(429, said, headers)), shelf)
    assert isinstance(error, QuotaExhausted)
    assert (error.wait, error.until) == (wait, None)


REJECTED: list[tuple[str, Answers, str, str]] = [
    ("x", _say(403, {"detail": "You are not allowed to create a Tweet with duplicate content."}), "text", "duplicate"),
    ("x", _say(403, {"detail": "You are not permitted to perform this action."}), "account", "forbidden"),
    ("x", _say(400, {"detail": "Your Tweet text is too long."}), "text", "length"),
    ("x", _say(400, {"errors": [{"message": "Your media IDs are invalid."}], "title": "Invalid Request"}), "media", "media"),
    (
        "linkedin",
        _say(426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version is not active"}),
        "platform",
        "api_version",
    ),
    ("linkedin", _say(400, {"status": 400, "code": "FIELD_LENGTH_TOO_LONG", "message": "commentary"}), "text", "length"),
    (
        "linkedin",
        _say(422, {"status": 422, "message": "a duplicate of urn:li:share:1", "code": "DUPLICATE_POST"}),
        "text",
        "duplicate",
    ),
    ("linkedin", _say(403, {"status": 403, "code": "ACCESS_DENIED", "message": "no"}), "account", "forbidden"),
    ("instagram", _meta(36003, 2207009), "media", "aspect"),
    ("instagram", _meta(100, 2207010), "text", "length"),
    ("instagram", _meta(9004, 2207052), "media", "fetch"),
    ("facebook", _meta(200), "account", "forbidden"),
    ("facebook", _meta(506), "text", "duplicate"),
    ("facebook", _meta(12), "platform", "api_version"),
    ("tiktok", _tiktok("privacy_level_option_mismatch"), "options.privacy_level", "privacy_level"),
    ("tiktok", _tiktok("url_ownership_unverified"), "media", "fetch"),
    ("youtube", _google("invalidTitle", 400), "title", "invalid"),
    (
        "x",
        _say(400, {"errors": [{"message": "$.reply_settings: does not have a value in the enumeration"}]}),
        "options.reply_settings",
        "option",
    ),
    ("x", _say(400, {"errors": [{"message": "$.community_id: does not match"}]}), "options.community_id", "option"),
    ("x", _say(413, {"title": "Payload Too Large"}), "media", "size"),
    ("linkedin", _input_error("visibility"), "options.visibility", "option"),
    ("linkedin", _input_error("content/article/source"), "options.link", "option"),
    ("linkedin", _say(413, {"status": 413, "message": "too large"}), "media", "size"),
    ("linkedin", _say(400, {"status": 400, "code": "MEDIA_ASSET_WAITING_UPLOAD", "message": "not available"}), "media", "media"),
    ("instagram", _meta(100, 2207040), "options.user_tags", "option"),
    ("instagram", _meta(100, 2207057), "options.cover_at", "option"),
    ("instagram", _meta(25, 2207050), "account", "restricted"),
    ("instagram", _meta(100, words="collaborators must be an array"), "options.collaborators", "option"),
    ("instagram", _meta(36001, 2207005), "media", "mime_type"),
    ("instagram", _meta(100, 2207022), "media", "carousel"),
    ("instagram", _meta(352, 2207026), "media", "format"),
    ("instagram", _meta(25, 2207051), "account", "restricted"),
    ("instagram", _meta(10), "account", "forbidden"),
    ("facebook", _meta(100, words="(#100) Param place must be a valid Page ID"), "options.place", "option"),
    ("facebook", _meta(100, words="(#100) something else"), "text", "invalid"),
    ("facebook", _meta(100, 1363128), "media", "duration"),
    ("facebook", _meta(100, 1363129), "media", "size"),
    ("facebook", _meta(324, 2069019), "media", "format"),
    ("facebook", _meta(100, 33), "post", "gone"),
    ("tiktok", _tiktok("unaudited_client_can_only_post_to_private_accounts"), "options.privacy_level", "unaudited"),
    ("tiktok", _tiktok("scope_not_authorized", 401), "account", "forbidden"),
    ("tiktok", _tiktok("spam_risk_user_banned_from_posting"), "account", "restricted"),
    ("tiktok", _tiktok("spam_risk_text"), "text", "spam"),
    ("youtube", _google("invalidDescription", 400), "text", "invalid"),
    ("youtube", _google("invalidCategoryId", 400), "options.category_id", "invalid"),
    ("youtube", _google("invalidVideoMetadata", 400, "body.status.privacyStatus"), "options.privacy", "option"),
    ("youtube", _google("youtubeSignupRequired", 403), "account", "channel"),
    ("youtube", _google("insufficientPermissions"), "account", "forbidden"),
    ("bluesky", _say(400, {"error": "BlobTooLarge", "message": "This file is too large."}), "media", "media"),
    ("bluesky", _say(400, {"error": "InvalidMimeType", "message": "Referenced MimeType does not match"}), "media", "media"),
    ("mastodon", _say(403, {"error": "This action is outside the authorized scopes"}), "account", "forbidden"),
    ("mastodon", _say(413, {"error": "Payload Too Large"}), "media", "size"),
    ("bluesky", _say(400, {"error": "InvalidRequest", "message": "Record/text must not be longer than 300 graphemes"}), "text", "length"),
    ("mastodon", _say(422, {"error": "Validation failed: Text character limit of 500 exceeded"}), "text", "length"),
    ("mastodon", _say(422, {"error": "Cannot attach files that have not finished processing."}), "media", "media"),
    ("threads", _meta(100, 2207010), "text", "length"),
    ("threads", _meta(10), "account", "forbidden"),
    ("telegram", _telegram(400, "Bad Request: message is too long"), "text", "length"),
    ("telegram", _telegram(400, "Bad Request: chat not found"), "account", "forbidden"),
    ("telegram", _telegram(400, "Bad Request: not enough rights to send text messages to the chat"), "account", "forbidden"),
    ("telegram", _telegram(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), "media", "media"),
    ("telegram", _telegram(403, "Forbidden: bot was kicked from the channel chat"), "account", "forbidden"),
    ("telegram", _telegram(413, "Request Entity Too Large"), "media", "size"),
    ("discord", _discord(400, 50035, content=TOO_LONG), "text", "length"),
    ("discord", _discord(400, 50006), "text", "empty"),
    ("discord", _discord(403, 50013), "account", "forbidden"),
    ("discord", _discord(404, 10003), "account", "forbidden"),
    ("discord", _discord(413, 40005), "media", "size"),
    ("wordpress", _wordpress(403, "rest_cannot_create"), "account", "forbidden"),
    ("wordpress", _wordpress(400, "empty_content"), "text", "empty"),
    ("wordpress", _wordpress(404, "rest_no_route"), "account", "forbidden"),
    ("ghost", _ghost(422, "ValidationError", "Value in [posts.title] exceeds maximum length of 255 characters."), "title", "invalid"),
    ("ghost", _ghost(403, "NoPermissionError"), "account", "forbidden"),
    ("ghost", _ghost(406, "RequestNotAcceptableError"), "platform", "api_version"),
]


@pytest.mark.parametrize(("slug", "answers", "field", "rule"), REJECTED)
async def test_refusals_name_the_field_and_the_rule(slug: str, answers: Answers, field: str, rule: str, shelf: Shelf) -> None:
    error, _ = await _fails(slug, _network(slug, answers), shelf)
    assert isinstance(error, Rejected), error
    assert (error.field, error.rule) == (field, rule)
    assert error.detail


async def test_linkedin_names_the_dead_version(shelf: Shelf) -> None:
    error, _ = await _fails("linkedin", _network("linkedin", REJECTED[4][1]), shelf)
    assert "202610" in error.message


@pytest.mark.parametrize(("code", "subcode"), [(1, None), (2, None), (-1, 2207001), (-1, 2207032), (-1, 2207053)])
async def test_metas_passing_faults_on_the_send_are_no_proof(code: int, subcode: int | None, shelf: Shelf) -> None:
    error, _ = await _fails("facebook", _network("facebook", _meta(code, subcode)), shelf)
    assert isinstance(error, OutcomeUnknown)


async def test_a_conflict_at_linkedin_is_no_proof(shelf: Shelf) -> None:
    error, _ = await _fails("linkedin", _network("linkedin", _say(409, {"status": 409, "message": "Conflict"})), shelf)
    assert isinstance(error, OutcomeUnknown)


@pytest.mark.parametrize("slug", SENDS)
@pytest.mark.parametrize("answers", [_raise(httpx2.ReadTimeout("slow")), _say(500), _say(200, "<html>"), _say(403, {"message": "no"})])
async def test_find_says_absent_only_when_it_is_proven(slug: str, answers: Answers, shelf: Shelf) -> None:
    remote = {"container": "c1", "publish_id": "v1", "session": "https://www.googleapis.com/session", "rkey_0": "3abc"}
    remote |= {"slug": "hello-1", "nonce": "n1", "sending_at": "2026-11-21T12:00:00+00:00"}
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(answers)) as http:
        with pytest.raises(PlatformError) as caught:
            await REGISTRY[slug].adapter.find(http, ACCOUNT, _key(slug), _post(slug, shelf), remote, datetime.now(UTC))
    assert isinstance(caught.value, OutcomeUnknown)


async def test_missing_figures_are_absent_not_zero() -> None:
    empty = {
        "x": {"data": {"id": "1", "public_metrics": {"like_count": 3}}},
        "linkedin": {"elements": []},
        "instagram": {"data": []},
        "facebook": {"data": []},
        "tiktok": {"data": {"videos": [{"id": "7", "view_count": 5}]}, "error": {"code": "ok"}},
        "youtube": {"items": [{"statistics": {"viewCount": "9"}}]},
        "bluesky": {"posts": [{"likeCount": 2}]},
        "mastodon": {"favourites_count": 4},
        "threads": {"data": []},
        "telegram": {},
        "discord": {"id": "7", "content": "Hello"},
        "wordpress": [],
        "ghost": {"posts": [{"id": "7", "count": {"clicks": 6}}]},
        "webhook": {},
    }
    expected = {
        "x": {"likes": 3},
        "ghost": {"clicks": 6},
        "tiktok": {"views": 5},
        "youtube": {"views": 9},
        "bluesky": {"likes": 2},
        "mastodon": {"likes": 4},
    }
    for slug, body in empty.items():
        async with make_client(sandbox_url=None, transport=httpx2.MockTransport(_say(200, body))) as http:
            figures = await REGISTRY[slug].adapter.measure(http, ACCOUNT, _key(slug), "7")
        assert dict(figures) == expected.get(slug, {}), slug


async def test_a_mastodon_account_without_a_server_is_refused() -> None:
    async with make_client(sandbox_url=None, transport=httpx2.MockTransport(_say(200, {"id": "7"}))) as http:
        with pytest.raises(Rejected, match="does not name its Mastodon server"):
            await REGISTRY["mastodon"].adapter.publish(http, Account("42", "@alice"), CREDENTIALS, Post("Hello", "post"), Notebook())


async def test_the_token_never_stands_in_an_address(shelf: Shelf) -> None:
    seen: list[httpx2.Request] = []

    def note(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(400, json={"error": {"code": 100, "message": json.dumps("no")}})

    for slug in SENDS:
        async with make_client(sandbox_url=None, transport=httpx2.MockTransport(note)) as http:
            with pytest.raises(PlatformError):
                await REGISTRY[slug].adapter.publish(http, ACCOUNT, _key(slug), _post(slug, shelf), Notebook())
    asked = dict(zip(SENDS, seen, strict=True))
    assert {slug for slug, request in asked.items() if _key(slug).access_token in str(request.url)} == IN_THE_ADDRESS
    assert {asked[slug].headers["authorization"] for slug in BEARERS} == {f"Bearer {CREDENTIALS.access_token}"}
    assert _key("ghost").access_token.partition(":")[2] not in asked["ghost"].headers["authorization"]  # it signs, it does not travel


@pytest.mark.parametrize(
    ("slug", "answers", "version"),
    [
        *[(slug, _meta(code), "v25.0") for slug in ("instagram", "facebook") for code in (12, 2635)],
        *[("threads", _meta(code), "v1.0") for code in (12, 2635)],
        ("linkedin", _say(426, {"status": 426, "code": "NONEXISTENT_VERSION", "message": "Requested version is not active"}), "202610"),
        ("x", _say(410, {"title": "Gone", "detail": "This endpoint was turned off.", "status": 410}), "2"),
        ("youtube", _google("gone", 410), "v3"),
        ("tiktok", _tiktok("gone", 410), "v2"),
        ("discord", _say(400, {"code": 50041, "message": "Invalid API version provided"}), "v10"),
        ("ghost", _ghost(406, "RequestNotAcceptableError"), "v5.0"),
    ],
)
async def test_a_version_that_was_ended_is_named_with_what_to_change(slug: str, answers: Answers, version: str, shelf: Shelf) -> None:
    error, _ = await _fails(slug, answers, shelf)
    assert isinstance(error, Rejected)
    assert (error.field, error.rule) == ("platform", "api_version")
    assert f"version {version} of its API" in error.message
    assert "update" in error.message
