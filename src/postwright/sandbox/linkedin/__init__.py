"""LinkedIn: versioned REST API at api.linkedin.com, uploads at www.linkedin.com.

Shapes after learn.microsoft.com/linkedin (posts, images, videos, social metadata, member post
statistics), read in November 2026.
"""

from __future__ import annotations

from starlette.routing import Route

from postwright.sandbox.linkedin.answers import malformed, no_such_path, too_large
from postwright.sandbox.linkedin.figures import followers, network_size, organization_statistics, post_analytics, social_metadata, userinfo
from postwright.sandbox.linkedin.posts import comment, create_post, delete_post, list_comments, posts_of_author, read_post
from postwright.sandbox.linkedin.uploads import asset_status, documents, images, put_file, videos

ROUTES = {
    "api.linkedin.com": [
        Route("/v2/userinfo", userinfo),
        Route("/rest/posts", create_post, methods=["POST"]),
        Route("/rest/posts", posts_of_author, methods=["GET"]),
        Route("/rest/posts/{urn}", read_post, methods=["GET"]),
        Route("/rest/posts/{urn}", delete_post, methods=["DELETE"]),
        Route("/rest/images", images, methods=["POST"]),
        Route("/rest/images/{urn}", asset_status),
        Route("/rest/documents", documents, methods=["POST"]),
        Route("/rest/documents/{urn}", asset_status),
        Route("/rest/videos", videos, methods=["POST"]),
        Route("/rest/videos/{urn}", asset_status),
        Route("/rest/socialActions/{urn}/comments", comment, methods=["POST"]),
        Route("/rest/socialActions/{urn}/comments", list_comments, methods=["GET"]),
        Route("/rest/socialMetadata/{urn}", social_metadata),
        Route("/rest/memberCreatorPostAnalytics", post_analytics),
        Route("/rest/memberFollowersCount", followers),
        Route("/rest/organizationalEntityShareStatistics", organization_statistics),
        Route("/rest/networkSizes/{urn}", network_size),
    ],
    "www.linkedin.com": [Route("/dms-uploads/{kind}/{name}/{part:int}", put_file, methods=["PUT", "POST"])],
}

__all__ = ["ROUTES", "malformed", "no_such_path", "too_large"]
