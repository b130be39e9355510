"""Instagram with Instagram login: containers, publishing and insights at graph.instagram.com.

Shapes after developers.facebook.com/docs/instagram-platform (content publishing, error codes,
insights), read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.instagram.answers import malformed, no_such_path, too_large
from postwright.sandbox.instagram.containers import create_container
from postwright.sandbox.instagram.insights import insights
from postwright.sandbox.instagram.publishing import publish, publishing_limit
from postwright.sandbox.instagram.reading import comment, delete_node, list_comments, list_media, read_node

ROUTES = {
    "graph.instagram.com": [
        Route("/{version}/{node}/media", create_container, methods=["POST"]),
        Route("/{version}/{node}/media", list_media, methods=["GET"]),
        Route("/{version}/{node}/media_publish", publish, methods=["POST"]),
        Route("/{version}/{node}/content_publishing_limit", publishing_limit),
        Route("/{version}/{node}/insights", insights),
        Route("/{version}/{node}/comments", comment, methods=["POST"]),
        Route("/{version}/{node}/comments", list_comments, methods=["GET"]),
        Route("/{version}/{node}", read_node, methods=["GET"]),
        Route("/{version}/{node}", delete_node, methods=["DELETE"]),
    ]
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
