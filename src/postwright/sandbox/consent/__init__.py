"""Where people allow apps: the pretend platforms' authorise pages and token endpoints, by host.

The pages are described as JSON to Postwright's web, which draws them: the sandbox's port is not for browsers. Everything else is
spoken as the platforms speak it: codes, PKCE, lifetimes, refusals.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.routing import BaseRoute, Route

from postwright.sandbox.consent import google, linkedin, mastodon, meta, threads, tiktok, x
from postwright.sandbox.consent.page import page_routes

ROUTES: Mapping[str, Mapping[str, list[BaseRoute]]] = {
    "x": {
        "x.com": page_routes("/i/oauth2/authorize", x.AUTHORIZE),
        "api.x.com": [
            Route("/2/oauth2/token", x.token, methods=["POST"]),
            Route("/2/oauth2/revoke", x.revoke, methods=["POST"]),
        ],
    },
    "linkedin": {
        "www.linkedin.com": [
            *page_routes("/oauth/v2/authorization", linkedin.AUTHORIZE),
            Route("/oauth/v2/accessToken", linkedin.token, methods=["POST"]),
            Route("/oauth/v2/revoke", linkedin.revoke, methods=["POST"]),
        ],
    },
    "instagram": {
        "www.instagram.com": page_routes("/oauth/authorize", meta.INSTAGRAM),
        "api.instagram.com": [Route("/oauth/access_token", meta.short_token, methods=["POST"])],
        "graph.instagram.com": [
            Route("/access_token", meta.long_token),
            Route("/refresh_access_token", meta.refresh_token),
        ],
    },
    "facebook": {
        "www.facebook.com": page_routes("/{version}/dialog/oauth", meta.FACEBOOK),
        "graph.facebook.com": [
            Route("/{version}/oauth/access_token", meta.user_token),
            Route("/{version}/me/permissions", meta.permissions),
            Route("/{version}/me/accounts", meta.pages),
        ],
    },
    "threads": {
        "threads.net": page_routes("/oauth/authorize", threads.AUTHORIZE),
        "graph.threads.net": [
            Route("/oauth/access_token", threads.short_token, methods=["POST"]),
            Route("/access_token", threads.long_token),
            Route("/refresh_access_token", threads.refresh_token),
        ],
    },
    "tiktok": {
        "www.tiktok.com": page_routes("/v2/auth/authorize/", tiktok.AUTHORIZE),
        "open.tiktokapis.com": [
            Route("/v2/oauth/token/", tiktok.token, methods=["POST"]),
            Route("/v2/oauth/revoke/", tiktok.revoke, methods=["POST"]),
        ],
    },
    "youtube": {
        "accounts.google.com": page_routes("/o/oauth2/v2/auth", google.AUTHORIZE),
        "oauth2.googleapis.com": [
            Route("/token", google.token, methods=["POST"]),
            Route("/revoke", google.revoke, methods=["POST"]),
        ],
    },
    "mastodon": {
        mastodon.HOST: [
            *page_routes("/oauth/authorize", mastodon.AUTHORIZE),
            Route("/api/v1/apps", mastodon.register, methods=["POST"]),
            Route("/oauth/token", mastodon.token, methods=["POST"]),
            Route("/oauth/revoke", mastodon.revoke, methods=["POST"]),
        ],
    },
}
