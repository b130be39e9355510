"""What LinkedIn tells of a post's figures and of the member."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox.accounts import avatar_url
from postwright.sandbox.engagement import figures, followers_at
from postwright.sandbox.linkedin.answers import PLATFORM, enter, problem, signed_in, urn_of
from postwright.sandbox.linkedin.posts import own_post
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import base_of
from postwright.sandbox.world import World, world_of

FIGURES: Mapping[str, str] = {
    "IMPRESSION": "views",
    "MEMBERS_REACHED": "reach",
    "RESHARE": "shares",
    "REACTION": "likes",
    "COMMENT": "comments",
}


async def social_metadata(request: Request) -> Response:
    post, account, world = own_post(request), enter(request), world_of(request)
    seen = figures(post, account, world.clock())
    likes = {"LIKE": {"reactionType": "LIKE", "count": seen["likes"]}} if seen["likes"] else {}
    comments = {"count": seen["comments"], "topLevelCount": seen["comments"]}
    return JSONResponse(
        {"id": post.remote_id, "entity": post.remote_id, "commentsState": "OPEN", "reactionSummaries": likes, "commentSummary": comments}
    )


async def post_analytics(request: Request) -> Response:
    account, world = enter(request), world_of(request)
    query = request.query_params
    kind, finder = query.get("queryType", ""), query.get("q")
    if kind not in FIGURES or finder not in ("entity", "me") or query.get("aggregation", "TOTAL") != "TOTAL":
        raise problem(400, "PARAM_INVALID", f"q, queryType ({', '.join(FIGURES)}) and aggregation=TOTAL are required")
    if finder == "me":
        posts = world.ledger.posts_of(account.id, world.clock(), limit=10_000)
    else:
        posts = [_named_entity(world, account, query.get("entity", ""))]
    count = sum(figures(post, account, world.clock())[FIGURES[kind]] for post in posts)
    element: dict[str, Any] = {
        "count": count,
        "metricType": {"com.linkedin.adsexternalapi.memberanalytics.v1.CreatorPostAnalyticsMetricTypeV1": kind},
    }
    if finder == "entity":
        element["targetEntity"] = {"share": posts[0].remote_id}
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": [element]})


def _named_entity(world: World, account: Account, text: str) -> Post:
    """The post of (share:urn), (ugc:urn), (ugcPost:urn) or of a plain urn."""
    found = re.search(r"urn:li:(?:share|ugcPost):\d+", text.replace("%3A", ":").replace("%3a", ":"))
    post = world.ledger.post(PLATFORM, found[0], world.clock()) if found else None
    if post is None or post.account_id != account.id:
        raise problem(404, "NOT_FOUND", f"Could not find entity {text}")
    return post


async def followers(request: Request) -> Response:
    account, world = enter(request), world_of(request)
    element = {"memberFollowersCount": followers_at(account, world.clock())}
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": [element]})


async def network_size(request: Request) -> Response:
    """The followers of an organization."""
    account, world = enter(request), world_of(request)
    if request.path_params["urn"] != urn_of(account) or request.query_params.get("edgeType") != "COMPANY_FOLLOWED_BY_MEMBER":
        raise problem(400, "PARAM_INVALID", "the organization and edgeType=COMPANY_FOLLOWED_BY_MEMBER are required")
    return JSONResponse({"firstDegreeSize": followers_at(account, world.clock())})


async def organization_statistics(request: Request) -> Response:
    """The figures of one post of an organization."""
    account, world, query = enter(request), world_of(request), request.query_params
    if query.get("q") != "organizationalEntity" or query.get("organizationalEntity") != urn_of(account):
        raise problem(
            403, "ACCESS_DENIED", "Not enough permissions to access: organizationalEntityShareStatistics.FINDER-organizationalEntity"
        )
    post = _named_entity(world, account, query.get("shares") or query.get("ugcPosts") or "")
    seen = figures(post, account, world.clock())
    told = {
        "impressionCount": seen["views"], "uniqueImpressionsCount": seen["reach"], "likeCount": seen["likes"],
        "commentCount": seen["comments"], "shareCount": seen["shares"], "clickCount": seen["clicks"],
    }  # fmt: skip
    element = {"organizationalEntity": urn_of(account), "share": post.remote_id, "totalShareStatistics": told}
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": [element]})


async def userinfo(request: Request) -> Response:
    account = signed_in(request)
    given, _, family = account.display_name.partition(" ")
    picture = avatar_url(base_of(request), account)
    name = {"name": account.display_name, "given_name": given, "family_name": family}
    return JSONResponse({"sub": account.id, **name, "picture": picture, "locale": {"country": "US", "language": "en"}})
