"""X: API v2 posts, users and chunked media upload at api.x.com.

Shapes after docs.x.com (posts, media/upload, problem+json), read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.x.answers import malformed, no_such_path, too_large
from postwright.sandbox.x.posts import create_post, delete_post, me, posts_of_user, read_post, read_posts
from postwright.sandbox.x.uploads import append, describe_media, finalize, initialize, status, upload_at_once

ROUTES = {
    "api.x.com": [
        Route("/2/tweets", create_post, methods=["POST"]),
        Route("/2/tweets", read_posts, methods=["GET"]),
        Route("/2/tweets/{post_id}", read_post, methods=["GET"]),
        Route("/2/tweets/{post_id}", delete_post, methods=["DELETE"]),
        Route("/2/users/me", me),
        Route("/2/users/{user_id}/tweets", posts_of_user),
        Route("/2/media/upload", status, methods=["GET"]),
        Route("/2/media/upload", upload_at_once, methods=["POST"]),
        Route("/2/media/upload/initialize", initialize, methods=["POST"]),
        Route("/2/media/upload/{media_id}/append", append, methods=["POST"]),
        Route("/2/media/upload/{media_id}/finalize", finalize, methods=["POST"]),
        Route("/2/media/metadata", describe_media, methods=["POST"]),
    ]
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
