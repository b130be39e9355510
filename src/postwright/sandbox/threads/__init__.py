"""Threads: containers, publishing, replies and insights at graph.threads.net.

Shapes after developers.facebook.com/docs/threads (posts, reply management, insights, troubleshooting), read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.graph import malformed, no_such_path, too_large
from postwright.sandbox.threads.containers import create_container, publish
from postwright.sandbox.threads.reading import account_insights, delete_node, insights, list_threads, publishing_limit, read_node, replies

ROUTES = {
    "graph.threads.net": [
        Route("/{version}/{node}/threads", create_container, methods=["POST"]),
        Route("/{version}/{node}/threads", list_threads, methods=["GET"]),
        Route("/{version}/{node}/threads_publish", publish, methods=["POST"]),
        Route("/{version}/{node}/threads_publishing_limit", publishing_limit),
        Route("/{version}/{node}/threads_insights", account_insights),
        Route("/{version}/{node}/insights", insights),
        Route("/{version}/{node}/replies", replies),
        Route("/{version}/{node}", read_node, methods=["GET"]),
        Route("/{version}/{node}", delete_node, methods=["DELETE"]),
    ],
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
