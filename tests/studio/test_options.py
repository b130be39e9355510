"""What platforms are told besides text and media: offered, checked, read from forms, asked of accounts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI
from psycopg.types.json import Jsonb

from postwright.connections.connect import save_accounts
from postwright.connections.models import Granted
from postwright.db.session import Pool, transaction
from postwright.edge.state import State
from postwright.kit.crypto import Box
from postwright.platforms import registry
from postwright.platforms.base import Option, Platform
from postwright.platforms.disclosure import TELLS
from postwright.platforms.errors import Transient
from postwright.platforms.offers import Known, offered
from postwright.platforms.option_checks import check_options
from postwright.platforms.post import Media, Post
from postwright.platforms.registry import REGISTRY
from postwright.platforms.rules import Finding
from postwright.studio import api_options, pages
from postwright.studio.checking import check_with
from postwright.studio.choices import KEPT, PATIENCE, ask_platforms, ask_stale, known_of
from postwright.studio.models import Variant
from postwright.studio.options import of_accounts, panel, read_form
from tests.cast import Cast
from tests.studio import ideas
from tests.studio.conftest import NOW, acting_as, enter
from tests.studio.test_pages import Reader, make, reader

pytestmark = pytest.mark.anyio

PRIVACY = Option(
    "privacy_level", "Who may see it", "choice", asked=True, required=True, source="https://developers.tiktok.com/x",
    choices=(("PUBLIC_TO_EVERYONE", "Everyone"), ("SELF_ONLY", "Only me")),
)  # fmt: skip
STITCH = Option("disable_stitch", "No stitches", "flag", formats=("video",))
NOTE = Option("note", "Note", "text", limit=5)
PEOPLE = Option("people", "People", "list", limit=2)
WHEN = Option("at", "When", "moment")
LANGUAGE = Option("language", "Language", "choice", choices=(("en", "English"), ("de", "German")), default="en")
ALL = (PRIVACY, STITCH, NOTE, PEOPLE, WHEN, LANGUAGE)


async def comment(http: Any, account: Any, credentials: Any, remote_id: str, text: str) -> str:
    return "c1"


@dataclass
class Tells:
    """The platform's answers to what an account may choose."""

    answers: list[Mapping[str, Any] | Exception] = field(default_factory=list)
    asked: int = 0

    async def __call__(self, http: Any, account: Any, credentials: Any) -> Mapping[str, Any]:
        assert credentials.access_token == "open sesame"
        self.asked += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def with_options(monkeypatch: pytest.MonkeyPatch, slug: str, *options: Option, **more: Any) -> Platform:
    made = replace(registry.REGISTRY[slug], options=options, **more)
    monkeypatch.setitem(registry.REGISTRY, slug, made)
    return made


def rules(found: list[Finding]) -> list[tuple[str, str]]:
    return [(each.field, each.rule) for each in found]


def x(*options: Option, **more: Any) -> Platform:
    """X with these options only, and nobody's first comment unless one is given."""
    return replace(registry.REGISTRY["x"], **{"options": options, "comment": None, "find_comment": None, **more})


GOOD = {
    "privacy_level": "SELF_ONLY",
    "disable_stitch": True,
    "note": "12345",
    "people": ["a", "b"],
    "at": "2026-12-01T09:00:00Z",
    "language": "de",
}


def test_good_values_pass() -> None:
    assert check_options(Post("hi", "video", options=GOOD), x(*ALL)) == []


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("privacy_level", None, "option_required"), ("privacy_level", "", "option_required"), ("privacy_level", "FRIENDS", "option_choice"),
        ("privacy_level", 7, "option_choice"), ("disable_stitch", "maybe", "option_kind"),
        ("disable_stitch", 1, "option_kind"), ("note", "123456", "option_length"),
        ("note", 3, "option_kind"), ("people", ["a", "b", "c"], "option_length"), ("people", "a, b, c", "option_length"),
        ("people", 7, "option_kind"),
        ("people", [1], "option_kind"), ("at", "tomorrow", "option_kind"), ("at", "2026-12-01T09:00:00", "option_kind"),
        ("language", "fr", "option_choice"),
    ],
)  # fmt: skip
def test_wrong_values_name_the_field_and_the_rule(name: str, value: Any, rule: str) -> None:
    found = check_options(Post("hi", "video", options={**GOOD, name: value}), x(*ALL))
    assert rules(found) == [(f"options.{name}", rule)]
    assert found[0].level == "error"


def test_a_default_and_a_choice_made_for_the_account_count() -> None:
    assert check_options(Post("hi", "post"), x(LANGUAGE)) == []
    assert check_options(Post("hi", "post"), x(PRIVACY), Known({"privacy_level": "SELF_ONLY"})) == []


def test_the_accounts_own_choices_win_however_the_platform_tells_them() -> None:
    for told in (["SELF_ONLY"], [("SELF_ONLY", "Just me")], [{"value": "SELF_ONLY", "label": "Just me"}]):
        known = Known(choices={"privacy_level": told})
        assert known.choices_of(PRIVACY) == (("SELF_ONLY", "Only me"),)
        post = Post("hi", "post", options={"privacy_level": "PUBLIC_TO_EVERYONE"})
        assert rules(check_options(post, x(PRIVACY), known)) == [("options.privacy_level", "option_choice")]
    assert Known(choices={"playlist": [{"id": "PL1", "title": "Talks"}, True, None]}).choices_of(
        Option("playlist", "Playlist", "choice", asked=True)
    ) == (("PL1", "Talks"),)


def test_options_of_another_kind_of_post_are_neither_offered_nor_asked_for() -> None:
    only = replace(PRIVACY, formats=("video",))
    assert offered(x(only), "post") == ()
    assert check_options(Post("hi", "post"), x(only)) == []
    assert rules(check_options(Post("hi", "video"), x(only))) == [("options.privacy_level", "option_required")]


def test_a_first_comment_counts_by_the_platforms_own_rule() -> None:
    platform = x(comment=comment)
    assert [each.name for each in offered(platform)] == ["first_comment"]
    fits = "https://example.com/" + "a" * 300  # a link counts 23
    assert check_options(Post("hi", "post", options={"first_comment": fits}), platform) == []
    (found,) = check_options(Post("hi", "post", options={"first_comment": "é" * 281}), platform)
    assert (found.rule, found.limit, found.actual) == ("option_length", 280, 281)
    assert offered(x()) == ()


def test_a_first_comment_with_a_limit_of_its_own_counts_by_characters_and_the_panel_says_so() -> None:
    platform = registry.REGISTRY["instagram"]
    post = Post("hi", "feed", options={"first_comment": "é" * 301})
    found = check_options(post, platform)
    assert [(each.rule, each.limit, each.actual) for each in found] == [("option_length", 300, 301)]
    shown = {each.option.name: each for each in panel(post, platform, Known(), found).options}
    assert (shown["first_comment"].left, shown["first_comment"].option.limit) == (-1, 300)


def test_each_thing_that_is_wrong_is_said_once() -> None:
    options = {"privacy_level": "NOBODY", "brand_content_toggle": "perhaps", "music_consent": False, "cover_at": [3]}
    variant = Variant("hi", options=options)
    checked = check_with(variant, "tiktok", ())
    fields = [each.field for each in checked.findings if each.field.startswith("options.")]
    assert sorted(fields) == [f"options.{name}" for name in ("brand_content_toggle", "cover_at", "music_consent", "privacy_level")]


def test_a_variant_for_several_accounts_needs_what_any_of_them_lacks() -> None:
    both = of_accounts([Known({"privacy_level": "SELF_ONLY"}), Known({})])
    assert rules(check_options(Post("hi", "post"), x(PRIVACY), both)) == [("options.privacy_level", "option_required")]
    kids = Option("kids", "For kids?", "choice", choices=(("false", "No"), ("true", "Yes")), required=True)
    no = of_accounts([Known({"kids": False}), Known({"kids": "false"})])
    assert check_options(Post("hi", "post"), x(kids), no) == [], "no is a choice"


def test_the_panel_tells_value_choices_and_what_is_wrong() -> None:
    platform = x(*ALL, comment=comment, choices=Tells())
    known = Known(choices={"creator_nickname": "Acme", "privacy_level": ["SELF_ONLY"]}, told_at=NOW)
    post = Post("hi", "video", options={"note": "123456", "disclosure": ["ai"]})
    found = panel(post, platform, known, check_options(post, platform, known))
    shown = {each.option.name: each for each in found.options}
    assert list(shown) == [*(each.name for each in ALL), "first_comment"]
    assert (shown["note"].left, shown["first_comment"].left, shown["language"].value) == (-1, 280, "en")
    assert shown["privacy_level"].choices == (("SELF_ONLY", "Only me"),)
    assert [each.rule for each in found.findings] == ["option_required", "option_length"]
    assert (found.about, found.asks, found.disclosure) == ((("Creator nickname", "Acme"),), True, ("ai",))


def _image(id: str, alt: str = "") -> Media:
    return Media(id, "image", "image/png", 1, 1, 1, None, alt, Path(), "")


def test_a_cover_is_chosen_among_the_posts_images() -> None:
    post = Post("hi", "video", media=(_image("a"), _image("b", "A loaf")), options={"cover": "b"})
    shown = {each.option.name: each for each in panel(post, registry.REGISTRY["youtube"], Known(), []).options}
    assert (shown["cover"].option.kind, shown["cover"].choices, shown["cover"].value) == (
        "file", (("a", "Image 1"), ("b", "Image 2: A loaf")), "b",
    )  # fmt: skip
    assert ("pt-BR", "Portuguese, Brazilian") in shown["language"].suggestions


@pytest.mark.parametrize("value", [1.5, 2, "1.5"])
def test_a_cover_frame_is_a_number_however_it_was_told(value: Any) -> None:
    assert "options.cover_at" not in {each.field for each in check_with(Variant("hi", options={"cover_at": value}), "tiktok", ()).findings}


@pytest.mark.parametrize(
    ("slug", "asks"), [("tiktok", []), ("youtube", []), ("x", []), ("instagram", ["paid"]), ("linkedin", ["ai", "paid"])]
)
def test_what_the_platform_has_an_option_for_is_not_asked_twice(slug: str, asks: list[str]) -> None:
    post = Post("hi", registry.REGISTRY[slug].rules.default_format)
    found = panel(post, registry.REGISTRY[slug], Known(), [])
    own = {each.option.name for each in found.options}
    assert [wish for wish, _ in found.wishes] == asks == [wish for wish, names in TELLS.items() if not names & own]


async def test_a_wish_that_is_not_asked_for_is_kept(bob: Reader, worker_pool: Pool) -> None:
    path = await make(bob, "x", idea=ideas.LAUNCH)
    from postwright.db.session import SERVICE

    async with transaction(worker_pool, SERVICE) as db:
        kept = Jsonb({"disclosure": ["ai"]})
        await db.execute("update content_adaptations set adaptations = jsonb_set(adaptations, '{x,options}', %s)", (kept,))
    page = (await bob.get(path)).text
    assert "To be told of the post" not in page
    assert re.search(r'<input type="checkbox" name="option.disclosure" value="ai"[^>]* checked hidden>', page)


def test_an_agreement_that_a_form_leaves_empty_leaves_the_accounts_own() -> None:
    asks = Option("consent", "You agree", "flag", required=True)
    assert read_form(x(asks), ["consent"], {}) == {"consent": None}
    assert read_form(x(asks), ["consent"], {"option.consent": ["on"]}) == {"consent": True}
    post = Post("hi", "post", options={"consent": None})
    assert check_options(post, x(asks), Known({"consent": True})) == []
    assert rules(check_options(post, x(asks))) == [("options.consent", "option_required")]


def test_a_form_is_read_whole() -> None:
    given = {
        "option.privacy_level": ["SELF_ONLY"], "option.note": [" hi "],
        "option.people": ["ann\r\n\r\nbob"], "option.at": ["2026-12-01T09:00"],
        "option.disclosure": ["ai", "nonsense"], "option.foreign": ["x"],
    }  # fmt: skip
    names = [*(each.name for each in ALL), "disclosure", "foreign"]
    assert read_form(x(*ALL), names, given) == {
        "privacy_level": "SELF_ONLY", "disable_stitch": False, "note": "hi", "people": ["ann", "bob"], "at": "2026-12-01T09:00:00Z",
        "language": None, "disclosure": ["ai"],
    }  # fmt: skip
    assert read_form(x(*ALL), ["note"], given) == {"note": "hi"}, "what the form did not show is not touched"


# Accounts that are asked.


@pytest.fixture
async def account(api_pool: Pool, cast: Cast) -> UUID:
    alice = acting_as(cast, cast.alice)
    async with transaction(api_pool, alice) as db:
        granted = Granted("tiktok", "1", "sandbox", "acme", "Acme", "open sesame")
        (made,) = await save_accounts(db, alice, [granted], Box.from_key(b"k" * 32), NOW)
    return made


async def stale(api_pool: Pool, cast: Cast, now: datetime) -> list[UUID]:
    bob = acting_as(cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        return await ask_stale(db, bob, await known_of(db, bob), now)


async def test_choices_are_asked_for_kept_some_minutes_and_asked_for_again(
    api_pool: Pool, worker_state: State, cast: Cast, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells = Tells([{"privacy_level": ["SELF_ONLY"]}, Transient("TikTok is away"), {"privacy_level": ["PUBLIC_TO_EVERYONE"]}])
    with_options(monkeypatch, "tiktok", PRIVACY, choices=tells)
    now = NOW
    state = replace(worker_state, clock=lambda: now, sandbox_url="http://127.0.0.1:1")

    async def read() -> Known:
        bob = acting_as(cast, cast.bob)
        async with transaction(api_pool, bob) as db:
            return (await known_of(db, bob))[0].known()

    assert await stale(api_pool, cast, now) == [account]
    await ask_platforms(state, cast.workspace, [account])
    assert (await read()).choices == {"privacy_level": ["SELF_ONLY"]}
    assert await stale(api_pool, cast, now + KEPT / 2) == []
    now = NOW + KEPT
    assert await stale(api_pool, cast, now) == [account]
    await ask_platforms(state, cast.workspace, [account])
    known = await read()
    assert (known.choices, known.told_at, known.error) == ({"privacy_level": ["SELF_ONLY"]}, NOW, "TikTok is away")
    assert await stale(api_pool, cast, now + PATIENCE / 2) == [], "who cannot be asked is not asked without end"
    now += PATIENCE + timedelta(seconds=1)
    assert await stale(api_pool, cast, now) == [account]
    await ask_platforms(state, cast.workspace, [account])
    known = await read()
    assert (known.choices, known.error, tells.asked) == ({"privacy_level": ["PUBLIC_TO_EVERYONE"]}, None, 3)


async def test_what_a_server_takes_is_kept_with_the_account_and_followed(
    api_pool: Pool, worker_state: State, cast: Cast, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Tells([{"max_characters": 5000}, {"max_characters": 700}])
    monkeypatch.setitem(REGISTRY, "tiktok", replace(REGISTRY["tiktok"], choices=None, server=told))
    now = NOW
    state = replace(worker_state, clock=lambda: now, sandbox_url="http://127.0.0.1:1")
    bob = acting_as(cast, cast.bob)
    for limit in (5000, 700):
        assert await stale(api_pool, cast, now) == [account]
        await ask_platforms(state, cast.workspace, [account])
        async with transaction(api_pool, bob) as db:
            (found,) = await known_of(db, bob)
        assert (found.known().profile["server"], found.told_at) == ({"max_characters": limit}, now)
        now += KEPT


async def test_a_sandbox_account_is_never_asked_for_at_the_real_platform(
    worker_state: State, cast: Cast, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells = Tells()
    with_options(monkeypatch, "tiktok", PRIVACY, choices=tells)
    assert worker_state.sandbox_url is None
    await ask_platforms(worker_state, cast.workspace, [account])
    assert tells.asked == 0


# Through the doors.


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    app.include_router(pages.router)
    app.include_router(api_options.router, prefix="/api/v1")
    return app


@pytest.fixture
async def bob(http: httpx2.AsyncClient, state: State, cast: Cast) -> Reader:
    return await reader(http, state, cast, cast.bob)


async def test_the_composer_shows_saves_and_checks_options_without_scripts(
    bob: Reader, http: httpx2.AsyncClient, state: State, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_options(monkeypatch, "linkedin", replace(PRIVACY, asked=False), NOTE, comment=comment)
    path = await make(bob, "linkedin", idea=ideas.LAUNCH)
    page = (await bob.get(path)).text
    assert "LinkedIn: choose “Who may see it”. There is no default." in page
    assert "1 to choose or mend" in page
    form: dict[str, object] = {"version": "1", "options": ["privacy_level", "note", "first_comment"], "option.privacy_level": "SELF_ONLY",
            "option.note": "too long", "option.first_comment": "More in the comments."}  # fmt: skip
    page = (await bob.post(f"{path}/variants/linkedin", form)).text
    assert "5 characters fit; this has 8." in page
    assert "There is no default." not in page
    program = await enter(http, state, cast, cast.bob)
    draft = (await program("GET", f"/api/v1{path}")).json()
    options = draft["variants"]["linkedin"]["options"]
    assert (options["privacy_level"], options["note"], options["first_comment"]) == ("SELF_ONLY", "too long", "More in the comments.")
    assert [(each["field"], each["rule"]) for each in draft["variants"]["linkedin"]["findings"]] == [("options.note", "option_length")]
    answer = await program("PATCH", f"/api/v1{path}/variants/linkedin", json={"version": 99, "options": {"note": "hi"}})
    assert answer.status_code == 422, "a version that is yet to come is refused"


async def test_somebody_elses_options_are_not_overwritten(
    bob: Reader, http: httpx2.AsyncClient, state: State, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_options(monkeypatch, "linkedin", NOTE)
    path = await make(bob, "linkedin", idea=ideas.LAUNCH)
    ada = await enter(http, state, cast, cast.ada)
    assert (await ada("PATCH", f"/api/v1{path}/variants/linkedin", json={"version": 1, "options": {"note": "ada"}})).status_code == 200
    answer = await bob.post(f"{path}/variants/linkedin", {"version": "1", "options": ["note"], "option.note": "bob"})
    assert answer.status_code == 409
    assert "Ada changed this variant" in answer.text
    draft = (await ada("GET", f"/api/v1{path}")).json()
    assert draft["variants"]["linkedin"]["options"]["note"] == "ada"


async def test_programs_read_what_platforms_take_with_sources(http: httpx2.AsyncClient, state: State, cast: Cast) -> None:
    vera = await enter(http, state, cast, cast.vera)
    found = {each["slug"]: each for each in (await vera("GET", "/api/v1/platforms")).json()["items"]}
    assert set(found) == set(registry.REGISTRY)
    assert (found["x"]["rules"]["limit"], found["x"]["rules"]["unit"], found["x"]["aliases"]) == (280, "weighted characters", ["twitter"])
    limits = {each["name"]: each for each in found["x"]["limits"]}
    assert limits
    assert all(each["source"].startswith("https://") and each["checked_on"] for each in limits.values())


async def test_a_program_reads_choices_and_hears_what_is_up(
    http: httpx2.AsyncClient, state: State, worker_state: State, cast: Cast, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    tells = Tells([{"privacy_level": ["SELF_ONLY"], "creator_nickname": "Acme"}])
    with_options(monkeypatch, "tiktok", PRIVACY, choices=tells)
    program = await enter(http, state, cast, cast.bob)
    assert (await program("GET", f"/api/v1/accounts/{account}/choices")).json()["state"] == "asking"
    await ask_platforms(replace(worker_state, sandbox_url="http://127.0.0.1:1"), cast.workspace, [account])
    told = (await program("GET", f"/api/v1/accounts/{account}/choices")).json()
    assert (told["state"], told["choices"], told["about"]) == (
        "told", {"privacy_level": [["SELF_ONLY", "Only me"]]}, {"creator_nickname": "Acme"},
    )  # fmt: skip
    with_options(monkeypatch, "tiktok", PRIVACY, choices=None)
    assert (await program("GET", f"/api/v1/accounts/{account}/choices")).json()["state"] == "none"


async def test_the_composer_says_that_a_platform_cannot_be_asked(
    bob: Reader, worker_state: State, cast: Cast, account: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_options(monkeypatch, "tiktok", PRIVACY, choices=Tells([Transient("TikTok is away")]))
    path = await make(bob, "tiktok", idea=ideas.LAUNCH)
    assert "Asking TikTok what this account may choose" in (await bob.get(path)).text
    clock = datetime.now(UTC)
    await ask_platforms(replace(worker_state, sandbox_url="http://127.0.0.1:1", clock=lambda: clock), cast.workspace, [account])
    assert "TikTok cannot be asked now: TikTok is away" in (await bob.get(path)).text


async def test_what_others_wrote_into_options_breaks_nothing(bob: Reader, worker_pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    with_options(monkeypatch, "linkedin", *ALL)
    path = await make(bob, "linkedin", idea=ideas.LAUNCH)
    from postwright.db.session import SERVICE

    odd = {"privacy_level": {"a": 1}, "disable_stitch": [], "note": None, "people": {"x": 1}, "at": 5, "language": ["en"], "disclosure": 3}
    async with transaction(worker_pool, SERVICE) as db:
        await db.execute("update content_adaptations set adaptations = jsonb_set(adaptations, '{linkedin,options}', %s)", (Jsonb(odd),))
    answer = await bob.get(path)
    assert answer.status_code == 200, answer.text[:500]
