"""Figures of posts and of the account: what has no data yet is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from postwright.sandbox import graph
from postwright.sandbox.engagement import figures, followers_at, watch_share
from postwright.sandbox.instagram.answers import PLATFORM, not_mine, own_post
from postwright.sandbox.records import Account, Post
from postwright.sandbox.wire import Form
from postwright.sandbox.world import World, world_of

METRICS: Mapping[str, str] = {
    "views": "views", "reach": "reach", "likes": "likes", "comments": "comments", "saved": "saves", "shares": "shares",
}  # fmt: skip
STORY_METRICS = ("views", "reach", "replies", "shares", "total_interactions")
REEL_METRICS = ("ig_reels_avg_watch_time", "ig_reels_video_view_total_time")


async def insights(request: Request) -> Response:
    account, form = await graph.enter(request, PLATFORM)
    world, name = world_of(request), request.path_params["node"]
    if not not_mine(account, name):
        return JSONResponse(_account_insights(world, account, form))
    post = own_post(world, account, name)
    known = STORY_METRICS if post.kind == "story" else (*METRICS, "total_interactions", *(REEL_METRICS if post.kind == "reel" else ()))
    asked = _asked_metrics(form, known)
    values = _values(world, account, post)
    # What has no data yet is left out, as Instagram does: an empty set, not 0.
    data = [
        graph.insight(post.remote_id, metric, values[metric], metric.replace("_", " ").capitalize()) for metric in asked if values["views"]
    ]
    return JSONResponse({"data": data})


def _asked_metrics(form: Form, known: tuple[str, ...]) -> list[str]:
    asked = [name for name in (form.text("metric") or "").split(",") if name]
    for place, name in enumerate(asked):
        if name not in known:
            raise graph.bad_parameter(f"metric[{place}] must be one of the following values: {', '.join(known)}")
    if not asked:
        raise graph.bad_parameter("The parameter metric is required")
    return asked


def _values(world: World, account: Account, post: Post) -> dict[str, int]:
    seen = figures(post, account, world.clock())
    values = {name: seen[ours] for name, ours in METRICS.items()}
    values["replies"] = seen["comments"]
    values["total_interactions"] = sum(seen[name] for name in ("likes", "comments", "saves", "shares"))
    if post.kind == "reel":
        medium = world.media.get(post.media[0]) if post.media else None
        mean = int(1000 * watch_share(post) * (medium.duration or 15.0 if medium else 15.0))
        values |= {"ig_reels_avg_watch_time": mean, "ig_reels_video_view_total_time": mean * seen["views"]}
    return values


def _account_insights(world: World, account: Account, form: Form) -> dict[str, Any]:
    asked = _asked_metrics(form, ("reach", "views", "follower_count"))
    now = world.clock()
    posts = world.ledger.posts_of(account.id, now, since=now - 28 * 86_400, limit=1_000)
    sums = {
        name: sum(figures(post, account, now)[name] - figures(post, account, now - 86_400)[name] for post in posts)
        for name in ("reach", "views")
    }
    sums["follower_count"] = followers_at(account, now) - followers_at(account, now - 86_400)
    return {"data": [{**graph.insight(account.id, name, sums[name], name), "period": "day"} for name in asked]}
