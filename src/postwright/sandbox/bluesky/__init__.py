"""Bluesky: a PDS and its app view at bsky.social, over XRPC.

Shapes after the lexicons com.atproto.* and app.bsky.* (github.com/bluesky-social/atproto), read
in November 2026, and after how its PDS answers (a repeated rkey gives 500).
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.bluesky.answers import HOST, malformed, no_such_path, too_large
from postwright.sandbox.bluesky.repository import create_record, delete_record, get_record, list_records, put_record, upload_blob
from postwright.sandbox.bluesky.sessions import create_session, describe_server, get_session, refresh_session, resolve_handle
from postwright.sandbox.bluesky.video import VIDEO_HOST, job_status, service_auth, upload_limits, upload_video
from postwright.sandbox.bluesky.views import get_author_feed, get_posts, get_profile

XRPC = [
    Route("/xrpc/com.atproto.server.createSession", create_session, methods=["POST"]),
    Route("/xrpc/com.atproto.server.refreshSession", refresh_session, methods=["POST"]),
    Route("/xrpc/com.atproto.server.getSession", get_session),
    Route("/xrpc/com.atproto.server.describeServer", describe_server),
    Route("/xrpc/com.atproto.identity.resolveHandle", resolve_handle),
    Route("/xrpc/com.atproto.repo.uploadBlob", upload_blob, methods=["POST"]),
    Route("/xrpc/com.atproto.repo.createRecord", create_record, methods=["POST"]),
    Route("/xrpc/com.atproto.repo.putRecord", put_record, methods=["POST"]),
    Route("/xrpc/com.atproto.server.getServiceAuth", service_auth),
    Route("/xrpc/com.atproto.repo.deleteRecord", delete_record, methods=["POST"]),
    Route("/xrpc/com.atproto.repo.getRecord", get_record),
    Route("/xrpc/com.atproto.repo.listRecords", list_records),
    Route("/xrpc/app.bsky.feed.getPosts", get_posts),
    Route("/xrpc/app.bsky.feed.getAuthorFeed", get_author_feed),
    Route("/xrpc/app.bsky.actor.getProfile", get_profile),
]
VIDEO = [
    Route("/xrpc/app.bsky.video.getUploadLimits", upload_limits),
    Route("/xrpc/app.bsky.video.uploadVideo", upload_video, methods=["POST"]),
    Route("/xrpc/app.bsky.video.getJobStatus", job_status),
]
ROUTES = {HOST: XRPC, VIDEO_HOST: VIDEO}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
