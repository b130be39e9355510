"""TikTok: Content Posting API and Display API v2 at open.tiktokapis.com, uploads at open-upload.tiktokapis.com.

Shapes after developers.tiktok.com (direct post, photo post, media transfer guide, get post
status, video query), read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.tiktok.answers import malformed, no_such_path, too_large
from postwright.sandbox.tiktok.posting import creator_info, fetch_status, init_inbox_video, init_photos, init_video
from postwright.sandbox.tiktok.reading import list_videos, query_videos, user_info
from postwright.sandbox.tiktok.uploads import put_chunk

ROUTES = {
    "open.tiktokapis.com": [
        Route("/v2/post/publish/creator_info/query/", creator_info, methods=["POST"]),
        Route("/v2/post/publish/video/init/", init_video, methods=["POST"]),
        Route("/v2/post/publish/inbox/video/init/", init_inbox_video, methods=["POST"]),
        Route("/v2/post/publish/content/init/", init_photos, methods=["POST"]),
        Route("/v2/post/publish/status/fetch/", fetch_status, methods=["POST"]),
        Route("/v2/user/info/", user_info),
        Route("/v2/video/query/", query_videos, methods=["POST"]),
        Route("/v2/video/list/", list_videos, methods=["POST"]),
    ],
    "open-upload.tiktokapis.com": [Route("/video/", put_chunk, methods=["PUT"])],
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
