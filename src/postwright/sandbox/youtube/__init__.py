"""YouTube: Data API v3, resumable upload and Analytics at the googleapis.com hosts.

Shapes after developers.google.com/youtube/v3 (videos, resumable upload protocol, errors) and
/youtube/analytics, read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.youtube.answers import malformed, no_such_path, too_large
from postwright.sandbox.youtube.captions import insert_captions, list_captions
from postwright.sandbox.youtube.channels import list_channels, list_uploads, reports, search
from postwright.sandbox.youtube.comments import insert_comment, list_comments
from postwright.sandbox.youtube.playlists import add_to_playlist, list_playlists
from postwright.sandbox.youtube.uploads import UPLOAD_PATH, put_bytes, start_upload
from postwright.sandbox.youtube.videos import delete_video, list_videos, set_thumbnail

DATA_API = [
    Route("/youtube/v3/videos", list_videos, methods=["GET"]),
    Route("/youtube/v3/videos", delete_video, methods=["DELETE"]),
    Route("/youtube/v3/channels", list_channels),
    Route("/youtube/v3/playlistItems", list_uploads, methods=["GET"]),
    Route("/youtube/v3/playlistItems", add_to_playlist, methods=["POST"]),
    Route("/youtube/v3/playlists", list_playlists),
    Route("/youtube/v3/captions", list_captions),
    Route("/youtube/v3/commentThreads", list_comments, methods=["GET"]),
    Route("/youtube/v3/commentThreads", insert_comment, methods=["POST"]),
    Route("/upload/youtube/v3/captions", insert_captions, methods=["POST"]),
    Route("/youtube/v3/search", search),
    Route(UPLOAD_PATH, start_upload, methods=["POST"]),
    Route(UPLOAD_PATH, put_bytes, methods=["PUT"]),
    Route("/upload/youtube/v3/thumbnails/set", set_thumbnail, methods=["POST"]),
]
ROUTES = {
    "www.googleapis.com": DATA_API,
    "youtube.googleapis.com": DATA_API,
    "youtubeanalytics.googleapis.com": [Route("/v2/reports", reports)],
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
