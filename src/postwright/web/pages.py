"""What belongs to no single module: the palette, the theme, accounts, simulated history, sandbox copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import httpx2
from fastapi import Form, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from postwright.connections.accounts import list_accounts
from postwright.connections.words import in_words, missing_of
from postwright.edge.addresses import inside
from postwright.edge.context import Context, LongContext, Signed, SignedNoTx
from postwright.edge.render import fragment, page
from postwright.edge.routes import page_router
from postwright.errors import NotFound
from postwright.insight.history import ask_for_history, ask_to_forget
from postwright.insight.store import count_history
from postwright.kit.time import zone_names
from postwright.platforms import registry
from postwright.publishing.posts import PostFilter, PostRow, Sort, list_posts
from postwright.studio.drafts import list_drafts
from postwright.studio.models import Draft
from postwright.web import copies, pages_break

router = page_router()
router.include_router(pages_break.router)

_PLACES = (
    ("Today", "/today", "home"),
    ("Calendar", "/calendar", "week month slots"),
    ("Drafts", "/drafts", "ideas composer"),
    ("Posts", "/posts", ""),
    ("Planned posts", "/posts?tab=planned", ""),
    ("Scheduled posts", "/posts?tab=scheduled", ""),
    ("Published posts", "/posts?tab=published", ""),
    ("Posts that need attention", "/posts?tab=needs_attention", "failed unconfirmed missed overdue"),
    ("Accounts", "/accounts", "connect pause"),
    ("Settings", "/settings", "profile zone name picture password address locale week theme"),
    ("Workspace settings", "/settings/workspace", "rename delete leave hand over owner zone"),
    ("Publishing", "/settings/publishing", "pause all resume late policy grace publisher"),
    ("Notices by e-mail", "/settings/notices", "letters mail preferences unsubscribe"),
    ("Members", "/settings/members", "invite invitation roles approve"),
    ("Keys", "/settings/keys", "api token scopes revoke"),
    ("Sessions", "/settings/sessions", "devices sign out end"),
    ("Audit log", "/settings/audit", "who changed what history"),
    ("Your data", "/settings/data", "export archive download delete account"),
    ("Workspaces", "/workspaces", "switch new restore invitations"),
    ("Notifications", "/notifications", "messages bell mentions comments unread"),
    ("The sandbox", "/sandbox", "simulated copies"),
    ("Break something", "/sandbox/break", "sandbox faults recover lost answer"),
    ("Errors of the API", "/docs/errors", "codes rules problem reference"),
)
_OPERATOR_PLACES = (("People", "/settings/people", "server users deactivate reset link sign-up"),)
_RECENT = 20
_PASSED = ("content-type", "content-range", "accept-ranges", "etag", "content-disposition")
_FILE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
}


# Palette


@router.get("/palette.json")
async def palette(ctx: Signed) -> Response:
    recent = await list_posts(ctx.db, ctx.actor, PostFilter(), now=ctx.now, sort=Sort.CREATED_AT_DESC, limit=_RECENT)
    drafts = await list_drafts(ctx.db, ctx.actor, now=ctx.now, limit=_RECENT)
    own = _OPERATOR_PLACES if ctx.caller.operator else ()
    places = [{"kind": "Go to", "name": name, "href": href, "words": words} for name, href, words in (*_PLACES, *own)]
    acts = [
        {"kind": "Do", "name": "New draft", "href": "/drafts/new", "words": "idea write compose"},
        {"kind": "Do", "name": "Pause all publishing", "href": "/settings/publishing#pause", "words": "stop hold halt emergency resume"},
        {"kind": "Do", "name": "Keyboard map", "keys": True},
    ]
    return JSONResponse({"items": [*acts, *places, *(_draft(each) for each in drafts.items), *(_entry(each) for each in recent.items)]})


def _draft(draft: Draft) -> dict[str, str]:
    names = ", ".join(registry.get(slug).name for slug in draft.variants if slug in registry.REGISTRY)
    words = f"{names} {draft.idea.text[:200]}".replace("\n", " ")
    return {"kind": "Draft", "name": draft.title[:90], "href": f"/drafts/{draft.id}", "note": f"Draft · {names}", "words": words}


def _entry(post: PostRow) -> dict[str, str]:
    name = registry.get(post.platform).name if post.platform in registry.REGISTRY else post.platform
    state = str(post.state).replace("_", " ").capitalize()
    words = (post.title or post.text or "Without words").replace("\n", " ")[:90]
    return {
        "kind": "Post",
        "name": words,
        "href": f"/posts/{post.id}",
        "note": f"{name} · {state}",
        "words": f"{name} {state} {post.handle or ''} {post.account_name or ''}",
    }


# Settings


@router.post("/settings/theme")
async def set_theme(ctx: Signed, theme: Annotated[str, Form()] = "system", next: Annotated[str, Form()] = "/settings") -> Response:
    """The way without scripts; with one the theme changes on the spot."""
    answer = RedirectResponse(inside(next, "/settings"), 303)
    if theme in {"light", "dark"}:
        answer.set_cookie("theme", theme, max_age=31_536_000, samesite="lax")
    else:
        answer.delete_cookie("theme")
    return answer


# Accounts, and the simulated history of a sandbox workspace

_PATIENCE = 60  # seconds after which the page says that the work takes longer than it should
_FORGOTTEN = 600  # seconds after which an address from back then asks for nothing any more


@dataclass(frozen=True, slots=True)
class History:
    """How much of it there is, and what was asked for and is not done yet: "adding" or "removing"."""

    posts: int
    asked: str = ""
    done: str = ""
    since: int = 0  # seconds since 1970
    slow: bool = False


@router.get("/accounts")
async def accounts_page(ctx: Signed, history: str = "", since: int = 0) -> Response:
    accounts = await list_accounts(ctx.db, ctx.actor)
    missing = [slug for slug in registry.usual() if slug not in {each.platform for each in accounts}]
    return page(
        ctx, "accounts/list.html", title="Accounts", accounts=accounts, missing=missing, zones=sorted(zone_names()),
        history=await _history(ctx, history, since), in_words=in_words, missing_of=missing_of,
        connectable={slug for slug, each in registry.REGISTRY.items() if each.oauth or each.keys},
    )  # fmt: skip


@router.get("/history")
async def history_state(ctx: Signed, history: str = "", since: int = 0) -> Response:
    """How the background work stands; the page asks again until it is done."""
    if not ctx.request.headers.get("hx-request"):
        return RedirectResponse("/accounts#history", 303)
    return fragment(ctx, "accounts/_history.html", history=await _history(ctx, history, since))


async def _history(ctx: Context, asked: str, since: int) -> History:
    posts = await count_history(ctx.db, ctx.caller.workspace.id) if ctx.caller.workspace.simulated else 0
    waited = ctx.now.timestamp() - since
    if asked not in {"adding", "removing"} or waited > _FORGOTTEN:
        return History(posts)
    if (posts > 0) == (asked == "adding"):
        return History(posts, done=asked)
    return History(posts, asked, since=since, slow=waited > _PATIENCE)


@router.post("/history")
async def add_history(ctx: Signed) -> Response:
    ctx.need("admin")
    await ask_for_history(ctx.db, ctx.actor, ctx.caller.workspace.environment)
    return _to_history(ctx, "adding")


@router.post("/history/remove")
async def remove_history(ctx: Signed) -> Response:
    ctx.need("admin")
    await ask_to_forget(ctx.db, ctx.actor, ctx.caller.workspace.environment)
    return _to_history(ctx, "removing")


def _to_history(ctx: Context, asked: str) -> Response:
    return RedirectResponse(f"/accounts?history={asked}&since={int(ctx.now.timestamp())}#history", 303)


# Sandbox copies


@router.get("/sandbox")
async def sandbox_page(ctx: SignedNoTx) -> Response:
    found = await copies.list_copies(ctx.state, str(ctx.caller.workspace.id)) if ctx.caller.workspace.simulated else []
    return page(ctx, "sandbox/index.html", title="The sandbox", posts=found or [], reachable=found is not None)


@router.get("/sandbox/media/{file_id}")
async def sandbox_file(ctx: SignedNoTx, file_id: str) -> Response:
    return _passed_on(await copies.fetch_medium(ctx.state, file_id, await _own_accounts(ctx), ctx.request.headers.get("range")))


@router.get("/sandbox/media/{file_id}/preview")
async def sandbox_preview(ctx: SignedNoTx, file_id: str) -> Response:
    return _passed_on(await copies.fetch_preview(ctx.state, file_id, await _own_accounts(ctx)))


@router.get("/sandbox/avatars/{account_id}.svg")
async def sandbox_avatar(ctx: SignedNoTx, account_id: str) -> Response:
    return _passed_on(await copies.fetch_avatar(ctx.state, account_id, await _own_accounts(ctx)))


def _passed_on(found: httpx2.Response) -> Response:
    headers = {name: found.headers[name] for name in _PASSED if name in found.headers}
    return Response(found.content, found.status_code, headers | _FILE_HEADERS)


async def _own_accounts(ctx: LongContext) -> list[str]:
    """The workspace's accounts, by the ids that their platforms gave them."""
    async with ctx.transaction() as db:
        return [each.platform_user_id for each in await list_accounts(db, ctx.actor)]


@router.get("/sandbox/{platform}/{remote_id:path}")
async def sandbox_copy(ctx: SignedNoTx, platform: str, remote_id: str) -> Response:
    slug = registry.resolve_alias(platform)
    if slug not in registry.REGISTRY:
        raise NotFound(f"There is no platform “{platform[:40]}”.", field="platform", rule="known")
    copy = await copies.get_copy(ctx.state, slug, remote_id, await _own_accounts(ctx))
    return page(
        ctx, "sandbox/copy.html", title="Sandbox copy", copy=copy, platform_name=registry.get(slug).name, back=_came_from(ctx.request)
    )


def _came_from(request: Request) -> str:
    """The post's page, when the reader came from it."""
    try:
        path = urlsplit(request.headers.get("referer", "")).path
    except ValueError:
        path = ""
    return path if path.startswith("/posts/") else "/sandbox"
