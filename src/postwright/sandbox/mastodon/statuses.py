"""Statuses: written once per Idempotency-Key, read, listed, deleted."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from postwright.kit.counting import mastodon_length
from postwright.sandbox import ids
from postwright.sandbox.mastodon.accounts import account_named
from postwright.sandbox.mastodon.answers import PLATFORM, answer, problem, signed_in
from postwright.sandbox.mastodon.attachments import attachment
from postwright.sandbox.mastodon.shapes import (
    MEDIA_LIMIT,
    TEXT_LIMIT,
    show_status,
)
from postwright.sandbox.records import Account, Handle, Medium, Post
from postwright.sandbox.wire import Form, base_of, read_form, whole
from postwright.sandbox.world import World, world_of

REPEAT_WITHIN = 3600  # an Idempotency-Key is remembered for an hour
VISIBILITIES = ("public", "unlisted", "private", "direct")


async def create_status(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    form = await read_form(request)
    key = request.headers.get("idempotency-key")
    earlier = world.ledger.handle(PLATFORM, f"idem:{account.id}:{key}") if key else None
    if earlier and (earlier.expires_at or 0) > world.clock():
        same = world.ledger.post(PLATFORM, str(earlier.body["status"]))
        if same:
            return answer(request, _show(request, world, same))
    post = _checked_status(world, account, form)
    now = world.clock()
    with world.ledger.transaction():
        world.ledger.add_post(post, now)
        if key:
            repeat = Handle(
                PLATFORM, f"idem:{account.id}:{key}", account.id, "idempotency", now, {"status": post.remote_id}, None, now + REPEAT_WITHIN
            )
            world.ledger.keep(repeat)
    return answer(request, _show(request, world, post))


def _checked_status(world: World, account: Account, form: Form) -> Post:
    text, spoiler = form.text("status") or "", form.text("spoiler_text") or ""
    attachments = _media_ids(form)
    media = _attached(world, account, attachments)
    if not text.strip() and not media:
        raise problem(422, "Validation failed: Text can't be blank")
    if mastodon_length(text) + mastodon_length(spoiler) > TEXT_LIMIT:
        raise problem(422, f"Validation failed: Text character limit of {TEXT_LIMIT} exceeded")
    visibility = form.text("visibility") or "public"
    if visibility not in VISIBILITIES:
        raise problem(422, "Validation failed: Visibility is not included in the list")
    if form.text("scheduled_at"):
        raise problem(422, "Validation failed: Scheduled at is not offered by this server")
    if (language := form.text("language")) and not (2 <= len(language) <= 8 and language.replace("-", "").isalpha()):
        raise problem(422, "Validation failed: Language is invalid")
    parent = _replied_to(world, form.text("in_reply_to_id"))
    now = world.clock()
    remote_id = ids.mastodon_id(now)
    extra = {
        "visibility": visibility,
        "spoiler_text": spoiler,
        "sensitive": form.flag("sensitive", bool(spoiler)),
        "language": form.text("language") or "en",
        "attachments": attachments,
    }
    kinds = {medium.kind for medium in media}
    kind = "video" if "video" in kinds else "image" if kinds else "text"
    names = tuple(medium.id for medium in media)
    root, above = (parent.root, parent.remote_id) if parent else (remote_id, None)
    return Post(PLATFORM, remote_id, account.id, now, kind, text, root, None, names, above, extra=extra)


def _media_ids(form: Form) -> list[str]:
    listed = form.lists.get("media_ids[]") or form.fields.get("media_ids") or []
    names = [listed] if isinstance(listed, str) else listed
    if not isinstance(names, list) or len(names) > MEDIA_LIMIT:
        raise problem(422, f"Cannot attach more than {MEDIA_LIMIT} files")
    return [str(name) for name in names]


def _attached(world: World, account: Account, names: list[str]) -> list[Medium]:
    found: list[Medium] = []
    for name in names:
        handle, medium = attachment(world, account, name)
        if world.clock() < (handle.ready_at or 0):
            raise problem(422, "Cannot attach files that have not finished processing. Try again in a moment!")
        found.append(medium)
    if len(found) > 1 and any(medium.kind == "video" for medium in found):
        raise problem(422, "Cannot attach a video to a post that already contains images")
    return found


def _replied_to(world: World, name: str | None) -> Post | None:
    if not name:
        return None
    parent = world.ledger.post(PLATFORM, name, world.clock())
    if parent is None:
        raise problem(404, "The post you are trying to reply to does not appear to exist.")
    return parent


async def read_status(request: Request) -> Response:
    world = world_of(request)
    signed_in(request)
    post = world.ledger.post(PLATFORM, request.path_params["status_id"], world.clock())
    if post is None:
        raise problem(404, "Record not found")
    return answer(request, _show(request, world, post))


async def context_of(request: Request) -> Response:
    """What a status answers, and what answers it."""
    world = world_of(request)
    signed_in(request)
    post = world.ledger.post(PLATFORM, request.path_params["status_id"], world.clock())
    if post is None:
        raise problem(404, "Record not found")
    thread = {each.remote_id: each for each in world.ledger.thread(PLATFORM, post.root)}
    above: list[Post] = []
    at = thread.get(post.parent or "")
    while at is not None:
        above.insert(0, at)
        at = thread.get(at.parent or "")
    below: list[Post] = []
    for each in thread.values():
        if each.parent in {post.remote_id, *(known.remote_id for known in below)}:
            below.append(each)
    shown = [[_show(request, world, each) for each in part] for part in (above, below)]
    return answer(request, {"ancestors": shown[0], "descendants": shown[1]})


async def delete_status(request: Request) -> Response:
    account, world = signed_in(request), world_of(request)
    post = world.ledger.post(PLATFORM, request.path_params["status_id"])
    if post is None or post.account_id != account.id:
        raise problem(404, "Record not found")
    world.ledger.delete_post(PLATFORM, post.remote_id, world.clock())
    return answer(request, {**_show(request, world, post), "text": post.text})


async def statuses_of(request: Request) -> Response:
    world, query = world_of(request), request.query_params
    owner = account_named(request, request.path_params["account_id"])
    limit = min(40, max(1, whole(query.get("limit"), 20) or 20))
    posts = world.ledger.posts_of(owner.id, world.clock(), limit=1_000)
    if (newer := query.get("min_id") or query.get("since_id") or "").isdigit():
        posts = [post for post in posts if int(post.remote_id) > int(newer)]
    if (older := query.get("max_id", "")).isdigit():
        posts = [post for post in posts if int(post.remote_id) < int(older)]
    if query.get("exclude_replies") in ("true", "1"):
        posts = [post for post in posts if post.parent is None]
    return answer(request, [_show(request, world, post) for post in posts[:limit]])


def _show(request: Request, world: World, post: Post) -> dict[str, Any]:
    owner = world.ledger.account(post.account_id)
    if owner is None:
        raise problem(404, "Record not found")
    return show_status(world, base_of(request), post, owner)
