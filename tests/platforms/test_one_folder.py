"""A platform is a folder and a line of the registry: nothing else names it, and without the line every page still opens."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

import postwright
from postwright.calendar.plan import plan_draft
from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import Actor, Pool, transaction
from postwright.edge.state import State
from postwright.platforms.registry import REGISTRY, face_of, mark_of, name_of, resolve_alias
from postwright.publishing.commit import commit
from postwright.studio.adapt import adapt
from postwright.studio.bring_in import from_text
from postwright.studio.drafts import create_draft
from tests.cast import Cast
from tests.pages.doors import open_door
from tests.studio.conftest import make_state

ROOT = Path(postwright.__file__).parent
SLUGS = tuple(REGISTRY)
WORDS_TOO = frozenset({"x", "threads", "webhook", "ghost"})  # found as the whole of a literal only: else they are letters and words

# Who else may say a slug, and why.
ALLOWED = {
    ("platforms/registry.py", ""): "the line",
    ("sandbox/", ""): "the pretend internet keeps its own tables of what it pretends; the product runs without it",
    ("library/shape.py", "x"): "the left edge of a cut",
    ("db/backup.py", "x"): "a folder's name",
    ("web/static/js/", "x"): "a key of the keyboard",
    ("web/templates/", "x"): "the icon that closes",
    ("api/rules.py", "threads"): "the name of a rule: the platform has no threads",
    ("studio/adapt.py", "threads"): "the name of that rule",
    ("studio/api_options.py", "threads"): "the name of an ability",
    ("api/rules.py", "mastodon"): "the name of a rule",
    ("audit/", "webhook"): "our own webhooks, which tell of events",
    ("cli/run.py", "linkedin"): "an example in the help",
    ("platforms/checks.py", "threads"): "the name of a rule",
    ("platforms/discord/", "webhook"): "Discord's own, which take messages",
    ("platforms/instagram/", "facebook"): "Meta's documentation lies at developers.facebook.com",
    ("platforms/threads/", "facebook"): "as for Instagram",
    ("platforms/meta_version.py", "facebook"): "as for Instagram",
    ("platforms/instagram/fields.py", "x"): "where on a picture somebody is tagged",
    ("platforms/mastodon/auth.py", "x"): "a verifier that is none",
    ("platforms/youtube/auth.py", "x"): "a verifier that is none",
}


@cache
def _said() -> frozenset[tuple[str, str]]:
    """Each file with each slug that it says."""
    return frozenset((file, slug) for file, texts in _texts() for slug in SLUGS if any(_names(text, slug) for text in texts))


def _texts() -> Iterator[tuple[str, list[str]]]:
    """Each file with the texts in it that a program works with."""
    for path in sorted(ROOT.rglob("*")):
        file = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py":
            yield file, list(_literals(path.read_text()))
        elif path.suffix in {".html", ".js", ".css", ".sql"} and "/vendor/" not in file:
            yield file, re.findall(r"""["']([\w./:-]+)["']""", path.read_text())


def _literals(source: str) -> Iterator[str]:
    """Docstrings and the examples of the API's reference are prose."""
    nodes = list(ast.walk(ast.parse(source)))
    prose = {id(part) for node in nodes if isinstance(node, ast.keyword) and node.arg == "examples" for part in ast.walk(node)}
    prose |= {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names)


def _names(text: str, slug: str) -> bool:
    if text == slug or text.startswith(f"postwright.platforms.{slug}."):
        return True
    return slug not in WORDS_TOO and slug in text and re.search(rf"(?<!\w){slug}(?!\w)", text) is not None


def _may(file: str, slug: str) -> bool:
    own = file.startswith((f"platforms/{slug}/", f"sandbox/{slug}"))
    return own or any(file.startswith(where) and of in ("", slug) for where, of in ALLOWED)


def test_nothing_outside_of_its_folder_names_a_platform() -> None:
    assert sorted((file, slug) for file, slug in _said() if not _may(file, slug)) == []


def test_each_exception_is_still_needed() -> None:
    idle = [(where, of) for where, of in ALLOWED if not any(file.startswith(where) and of in ("", slug) for file, slug in _said())]
    assert idle == []


@pytest.mark.anyio
@pytest.mark.parametrize("slug", ["tiktok", "linkedin", "bluesky", "mastodon"])
async def test_every_page_opens_without_a_platform_that_rows_still_name(
    slug: str, api_pool: Pool, cast: Cast, owner_db: psycopg.Connection[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account, a draft and posts (planned, and where it takes a text scheduled) of a release that had it."""
    state, name = make_state(api_pool, tmp_path), REGISTRY[slug].name
    owner_db.execute("update users set is_operator = true where id = %s", (cast.ada.id,))
    draft, posts = await _use(state, cast, slug)
    monkeypatch.delitem(REGISTRY, slug)
    async with open_door(state, cast, cast.ada) as ada:
        for path in (
            "/", "/today", "/accounts", "/accounts/apps", "/accounts/connect", "/drafts", "/drafts/new", f"/drafts/{draft}", "/posts",
            "/posts?tab=all", f"/posts?platform={slug}", "/calendar", "/calendar?view=month", "/calendar?view=list", "/costs", "/sandbox",
            "/settings", "/settings/publishing", "/settings/workspace", "/palette.json", "/api/v1/platforms", "/api/v1/drafts",
            f"/api/v1/drafts/{draft}", "/api/v1/posts", "/api/v1/accounts", "/api/v1/platform-apps",
            *(f"/posts/{each}" for each in posts), *(f"/api/v1/posts/{each}" for each in posts),
        ):  # fmt: skip
            answer = await ada("GET", path, headers={"Accept": "text/html"})
            assert answer.status_code in {200, 303, 307}, (path, answer.status_code, answer.text[-2000:])
        page = (await ada("GET", f"/posts/{posts[0]}", headers={"Accept": "text/html"})).text
        assert f"does not publish to {slug.capitalize()}" in page
        assert slug in (await ada("GET", "/accounts", headers={"Accept": "text/html"})).text.lower()
        assert name not in (await ada("GET", "/accounts/connect", headers={"Accept": "text/html"})).text


async def _use(state: State, cast: Cast, slug: str) -> tuple[UUID, list[UUID]]:
    """A draft for that platform and X, its posts, the platform's own first, on accounts of the sandbox."""
    actor, now, idea = Actor("authenticated", cast.ada.id, cast.workspace), datetime.now(UTC), from_text("Bread rises slowly. So do we.")
    async with transaction(state.pool, actor) as db:
        granted = [Granted(each, f"{each}-1", "sandbox", "acme", "Acme", "open sesame", scope="read") for each in (slug, "x")]
        accounts = await save_accounts(db, actor, granted, state.box, now)
        draft = await create_draft(db, actor, idea, adapt(idea, [slug, "x"], None, now), now)
        planned = [(await plan_draft(db, actor, draft, [account], now=now))[0].item_id for account in accounts]
        later = await create_draft(db, actor, idea, adapt(idea, [slug], None, now), now)
        (other,) = await plan_draft(db, actor, later, accounts[:1], now=now)
        await commit(db, actor, [other.item_id], now=now, when="slot")
    return draft, [*planned, other.item_id]


def test_a_platform_that_is_gone_goes_by_its_slug(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (name_of("bluesky"), mark_of("bluesky"), resolve_alias("bsky")) == ("Bluesky", "Bs", "bluesky")
    monkeypatch.delitem(REGISTRY, "bluesky")
    assert (name_of("bluesky"), mark_of("bluesky"), resolve_alias("bsky")) == ("Bluesky", "Bl", "bsky")
    assert face_of("bluesky").links.lead_to("anywhere.example")
