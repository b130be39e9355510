"""Which permission each call needs, and how platforms refuse a token that lacks it.

A live token without the scope is told so; every other token is the platform's own business. What a call needs is after each
platform's reference, read in November 2026. LinkedIn's reading of posts needs a scope that it gives to hardly anybody: it is
left open here, as are its calls about organisations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from postwright.sandbox.owner import token_of
from postwright.sandbox.records import Token
from postwright.sandbox.wire import Refusal
from postwright.sandbox.world import world_of

_GOOGLE = "https://www.googleapis.com/auth/"
# "METHOD /host/path" of a call, and the scopes of which one is enough; the first pattern that fits counts.
NEEDS: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "x": (
        ("GET */2/tweets*", ("tweet.read",)),
        ("* */2/tweets*", ("tweet.write",)),
        ("* */2/media/*", ("media.write",)),
        ("GET */2/users/*", ("users.read",)),
    ),
    "linkedin": (
        ("* */rest/posts*", ("w_member_social", "w_organization_social")),
        ("POST */rest/images*", ("w_member_social", "w_organization_social")),
        ("POST */rest/videos*", ("w_member_social", "w_organization_social")),
        ("POST */rest/documents*", ("w_member_social", "w_organization_social")),
        ("POST */rest/socialActions/*", ("w_member_social", "w_organization_social")),
        ("GET */rest/memberCreatorPostAnalytics", ("r_member_postAnalytics",)),
        ("GET */rest/memberFollowersCount", ("r_member_profileAnalytics",)),
        ("GET */v2/userinfo", ("profile",)),
    ),
    "instagram": (
        ("POST */comments", ("instagram_business_manage_comments",)),
        ("GET */insights", ("instagram_business_manage_insights",)),
        ("POST *.instagram.com/v*", ("instagram_business_content_publish",)),
        ("DELETE *.instagram.com/v*", ("instagram_business_content_publish",)),
        ("GET *.instagram.com/v*", ("instagram_business_basic",)),
    ),
    "facebook": (
        ("* */oauth/*", ()),
        ("GET */me/*", ()),
        ("POST */comments", ("pages_manage_engagement",)),
        ("GET */insights", ("read_insights",)),
        ("GET *.facebook.com/v*", ("pages_read_engagement",)),
        ("* *.facebook.com/v*", ("pages_manage_posts",)),
    ),
    "threads": (
        ("GET *insights", ("threads_manage_insights",)),
        ("GET */replies", ("threads_read_replies", "threads_manage_replies")),
        ("DELETE *", ("threads_delete",)),
        ("POST */v1.0/*", ("threads_content_publish",)),
        ("GET */v1.0/*", ("threads_basic",)),
    ),
    "tiktok": (
        ("POST */post/publish/inbox/*", ("video.upload",)),
        ("POST */post/publish/*/init/", ("video.publish",)),
        ("POST */post/publish/*", ("video.publish", "video.upload")),
        ("POST */video/*", ("video.list",)),
        ("GET */user/info/", ("user.info.basic",)),
    ),
    "youtube": (
        ("GET */v2/reports", (f"{_GOOGLE}yt-analytics.readonly",)),
        ("* */upload/youtube/v3/videos", (f"{_GOOGLE}youtube.upload", f"{_GOOGLE}youtube.force-ssl")),
        ("POST */thumbnails/set", (f"{_GOOGLE}youtube.upload", f"{_GOOGLE}youtube.force-ssl")),
        ("GET */youtube/v3/*", (f"{_GOOGLE}youtube.readonly", f"{_GOOGLE}youtube.force-ssl")),
        ("* */youtube/v3/*", (f"{_GOOGLE}youtube.force-ssl",)),
    ),
    "mastodon": (
        ("GET */api/v1/accounts/*/statuses", ("read:statuses", "read")),
        ("GET */api/v1/accounts/*", ("read:accounts", "read")),
        ("GET */api/v1/statuses/*", ("read:statuses", "read")),
        ("* */api/v1/statuses*", ("write:statuses", "write")),
        ("* */api/v?/media*", ("write:media", "write")),
    ),
}  # fmt: skip


class ScopeGate:
    """Before a platform looks at a request. `platform_at`: whose path it is."""

    def __init__(self, app: ASGIApp, platform_at: Callable[[str], str | None]) -> None:
        self._app = app
        self._platform_at = platform_at

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        platform = self._platform_at(scope["path"]) if scope["type"] == "http" else None
        if platform is not None and platform in NEEDS and (refusal := _refusal(Request(scope), platform)) is not None:
            await refusal.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)


def needed(platform: str, operation: str) -> tuple[str, ...]:
    """The scopes of which a call needs one; empty: none."""
    return next((scopes for pattern, scopes in NEEDS.get(platform, ()) if fnmatchcase(operation, pattern)), ())


def held(token: Token) -> set[str]:
    return set(token.scope.replace(",", " ").split())


def _refusal(request: Request, platform: str) -> Refusal | None:
    wanted = needed(platform, f"{request.method} {request.url.path}")
    token = token_of(request, platform) if wanted else None
    if token is None or token.revoked_at is not None or token.expires_at <= world_of(request).clock():
        return None
    return None if held(token) & set(wanted) else _REFUSALS[platform](wanted[0])


def _x(_: str) -> Refusal:
    words = {"title": "Forbidden", "detail": "You are not permitted to perform this action.", "type": "about:blank", "status": 403}
    return Refusal(403, words, media_type="application/problem+json")


def _linkedin(_: str) -> Refusal:
    words = "Not enough permissions to access this resource"
    return Refusal(403, {"status": 403, "serviceErrorCode": 100, "code": "ACCESS_DENIED", "message": words})


def _graph(scope: str) -> Refusal:
    words = f"(#10) This endpoint requires the '{scope}' permission"
    return Refusal(403, {"error": {"message": words, "type": "OAuthException", "code": 10, "fbtrace_id": "sandbox"}})


def _facebook(scope: str) -> Refusal:
    if scope != "pages_manage_posts":
        return _graph(scope)
    words = f"(#200) Requires {scope} permission to manage the object."
    return Refusal(403, {"error": {"message": words, "type": "OAuthException", "code": 200, "fbtrace_id": "sandbox"}})


def _tiktok(_: str) -> Refusal:
    words = "The user did not authorize the scope required for completing this request."
    return Refusal(401, {"data": {}, "error": {"code": "scope_not_authorized", "message": words, "log_id": "sandbox"}})


def _youtube(_: str) -> Refusal:
    words = "Request had insufficient authentication scopes."
    told = {"message": "Insufficient Permission", "domain": "global", "reason": "insufficientPermissions"}
    return Refusal(403, {"error": {"code": 403, "message": words, "errors": [told], "status": "PERMISSION_DENIED"}})


def _mastodon(_: str) -> Refusal:
    return Refusal(403, {"error": "This action is outside the authorized scopes"})


_REFUSALS: Mapping[str, Callable[[str], Refusal]] = {
    "x": _x, "linkedin": _linkedin, "instagram": _graph, "facebook": _facebook, "threads": _graph, "tiktok": _tiktok,
    "youtube": _youtube, "mastodon": _mastodon,
}  # fmt: skip
