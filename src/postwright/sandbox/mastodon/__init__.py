"""A Mastodon server, mastodon.example: statuses, media, accounts, instance.

Shapes after docs.joinmastodon.org and the official OpenAPI description, read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.mastodon.accounts import instance, look_up, old_instance, read_account, verify_credentials
from postwright.sandbox.mastodon.answers import malformed, no_such_path, too_large
from postwright.sandbox.mastodon.attachments import change_medium, read_medium, upload
from postwright.sandbox.mastodon.shapes import HOST
from postwright.sandbox.mastodon.statuses import context_of, create_status, delete_status, read_status, statuses_of

ROUTES = {
    HOST: [
        Route("/api/v1/statuses", create_status, methods=["POST"]),
        Route("/api/v1/statuses/{status_id}", read_status, methods=["GET"]),
        Route("/api/v1/statuses/{status_id}/context", context_of),
        Route("/api/v1/statuses/{status_id}", delete_status, methods=["DELETE"]),
        Route("/api/v2/media", upload, methods=["POST"]),
        Route("/api/v1/media/{medium_id}", read_medium, methods=["GET"]),
        Route("/api/v1/media/{medium_id}", change_medium, methods=["PUT"]),
        Route("/api/v1/accounts/verify_credentials", verify_credentials),
        Route("/api/v1/accounts/lookup", look_up),
        Route("/api/v1/accounts/{account_id}", read_account),
        Route("/api/v1/accounts/{account_id}/statuses", statuses_of),
        Route("/api/v2/instance", instance),
        Route("/api/v1/instance", old_instance),
    ]
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
