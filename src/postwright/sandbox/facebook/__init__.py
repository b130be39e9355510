"""Facebook Pages: feed, photos, videos, reels and insights at graph.facebook.com and rupload.facebook.com.

Shapes after developers.facebook.com/docs/pages-api, /docs/video-api/guides/reels-publishing and
the insights reference, read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.facebook.publishing import create_photo, create_post, create_video, malformed, no_such_path, too_large
from postwright.sandbox.facebook.reading import comment, delete_node, insights, list_comments, list_pages, list_posts, read_node
from postwright.sandbox.facebook.reels import upload_reel, video_reels
from postwright.sandbox.facebook.stories import list_stories, photo_stories, video_stories

ROUTES = {
    "graph.facebook.com": [
        Route("/{version}/me/accounts", list_pages),
        Route("/{version}/{node}/feed", create_post, methods=["POST"]),
        Route("/{version}/{node}/feed", list_posts, methods=["GET"]),
        Route("/{version}/{node}/posts", list_posts, methods=["GET"]),
        Route("/{version}/{node}/published_posts", list_posts, methods=["GET"]),
        Route("/{version}/{node}/photos", create_photo, methods=["POST"]),
        Route("/{version}/{node}/videos", create_video, methods=["POST"]),
        Route("/{version}/{node}/video_reels", video_reels, methods=["POST"]),
        Route("/{version}/{node}/photo_stories", photo_stories, methods=["POST"]),
        Route("/{version}/{node}/video_stories", video_stories, methods=["POST"]),
        Route("/{version}/{node}/stories", list_stories),
        Route("/{version}/{node}/comments", comment, methods=["POST"]),
        Route("/{version}/{node}/comments", list_comments, methods=["GET"]),
        Route("/{version}/{node}/insights", insights),
        Route("/{version}/{node}", read_node, methods=["GET"]),
        Route("/{version}/{node}", delete_node, methods=["DELETE"]),
    ],
    "rupload.facebook.com": [Route("/video-upload/{version}/{video_id}", upload_reel, methods=["POST"])],
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
