"""Drafts on a real database: edits of several people, links to the idea, undo, deletion."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import psycopg
import pytest

from postwright.db.session import Pool, transaction
from postwright.edge.state import State
from postwright.errors import Conflict, Forbidden, InvalidInput, NotFound
from postwright.library.files import NewFile, add_file
from postwright.studio import drafts
from postwright.studio.adapt import adapt
from postwright.studio.bring_in import from_text
from postwright.studio.tasks import purge_deleted_drafts
from postwright.worker.jobs import make_app
from tests.cast import Cast, Person
from tests.studio import ideas
from tests.studio.conftest import NOW, acting_as

pytestmark = pytest.mark.anyio
SLUGS = ("x", "linkedin", "instagram")


async def make(pool: Pool, cast: Cast, who: Person, text: str = ideas.LAUNCH) -> UUID:
    idea = from_text(text)
    async with transaction(pool, acting_as(cast, who)) as db:
        return await drafts.create_draft(db, acting_as(cast, who), idea, adapt(idea, SLUGS, None, NOW), NOW)


async def test_a_draft_is_made_and_asks_for_its_media(api_pool: Pool, cast: Cast, owner_db: psycopg.Connection) -> None:
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, acting_as(cast, cast.vera)) as db:
        draft = await drafts.get_draft(db, acting_as(cast, cast.vera), id)
    assert draft.variants == {slug: variant for slug, variant in adapt(draft.idea, SLUGS, None, NOW).items()}
    assert (draft.version, draft.origin, draft.pending) == (1, "web", ("instagram",))
    jobs = owner_db.execute("select task_name, args from procrastinate.procrastinate_jobs").fetchall()
    assert jobs == [("render_media", {"workspace": str(cast.workspace), "ids": [str(id)]})]


async def test_a_version_that_is_yet_to_come_overwrites_nothing(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        for change in (
            drafts.edit_variant(db, bob, id, "x", {"text": "Mine."}, 999, NOW),
            drafts.edit_idea(db, bob, id, from_text("Mine."), 999, NOW),
        ):
            with pytest.raises(InvalidInput) as refused:
                await change
            assert refused.value.field == "version"


async def test_an_edited_variant_no_longer_follows_the_idea(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        draft = await drafts.edit_variant(db, bob, id, "x", {"text": "My own words.", "thread": []}, 1, NOW)
        assert draft.variants["x"].edited
        draft = await drafts.edit_idea(db, bob, id, from_text("A new idea. It has two sentences."), draft.version, NOW)
    assert draft.variants["x"].text == "My own words."
    assert draft.variants["linkedin"].text.startswith("A new idea.")
    assert not draft.variants["linkedin"].edited


async def test_resync_and_undo_lose_nothing(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        await drafts.edit_variant(db, bob, id, "x", {"text": "My own words."}, 1, NOW)
        fresh = (await drafts.resync_variant(db, bob, id, "x", NOW)).variants["x"]
        assert (fresh.edited, fresh.text.startswith("We moved")) == (False, True)
        back = (await drafts.undo_variant(db, bob, id, "x", NOW)).variants["x"]
        assert (back.edited, back.text) == (True, "My own words.")
        again = (await drafts.undo_variant(db, bob, id, "x", NOW)).variants["x"]
        assert (again.edited, again.text) == (False, fresh.text)
        with pytest.raises(InvalidInput):
            await drafts.undo_variant(db, bob, id, "linkedin", NOW)


async def test_options_as_they_are_by_default_are_no_edit(api_pool: Pool, cast: Cast) -> None:
    """A form sends every option that it shows: pressing a button in it must not count as a choice."""
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    shown = {"reply_settings": "everyone", "made_with_ai": False, "disclosure": []}
    async with transaction(api_pool, bob) as db:
        draft = await drafts.edit_variant(db, bob, id, "x", {"options": shown}, 1, NOW)
        assert not draft.variants["x"].edited
        draft = await drafts.edit_variant(db, bob, id, "x", {"options": {**shown, "reply_settings": "following"}}, 1, NOW)
        assert (draft.variants["x"].edited, draft.variants["x"].options["reply_settings"]) == (True, "following")
        draft = await drafts.edit_variant(db, bob, id, "x", {"options": shown}, draft.version, NOW)
        assert draft.variants["x"].options["reply_settings"] == "everyone"


async def test_two_people_cannot_overwrite_each_other(api_pool: Pool, cast: Cast) -> None:
    alice, bob = acting_as(cast, cast.alice), acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        await drafts.edit_variant(db, bob, id, "x", {"text": "Bob's words."}, 1, NOW)
    async with transaction(api_pool, alice) as db:
        with pytest.raises(Conflict) as caught:
            await drafts.edit_variant(db, alice, id, "x", {"text": "Alice's words."}, 1, NOW)
        assert "Bob" in caught.value.message
        assert "09:00" in caught.value.message
        # Another variant is nobody's business but its own.
        draft = await drafts.edit_variant(db, alice, id, "linkedin", {"text": "Alice's words."}, 1, NOW)
        assert draft.variants["x"].text == "Bob's words."
        draft = await drafts.edit_variant(db, alice, id, "x", {"text": "After comparing."}, draft.version, NOW)
    assert draft.variants["x"].text == "After comparing."


async def test_the_idea_is_guarded_too(api_pool: Pool, cast: Cast) -> None:
    alice, bob = acting_as(cast, cast.alice), acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        await drafts.edit_idea(db, bob, id, from_text("Bob's idea."), 1, NOW)
    async with transaction(api_pool, alice) as db:
        with pytest.raises(Conflict):
            await drafts.edit_idea(db, alice, id, from_text("Alice's idea."), 1, NOW)


async def test_split_join_trim_and_cards(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    long = "This is a sentence of the thread. " * 20
    async with transaction(api_pool, bob) as db:
        await drafts.edit_variant(db, bob, id, "x", {"text": long, "thread": []}, 1, NOW)
        thread = (await drafts.split_variant(db, bob, id, "x", NOW)).variants["x"].thread
        assert len(thread) > 1
        added = [*thread[:1], "Between.", *thread[1:]]
        await drafts.edit_variant(db, bob, id, "x", {"thread": added, "text": added[0]}, 1, NOW)
        numbered = (await drafts.number_parts(db, bob, id, "x", NOW)).variants["x"].thread
        assert numbered[1] == f"Between. 2/{len(thread) + 1}"
        assert numbered[-1].endswith(f" {len(thread) + 1}/{len(thread) + 1}")
        await drafts.edit_variant(db, bob, id, "x", {"thread": list(thread), "text": thread[0]}, 1, NOW)
        one = (await drafts.join_variant(db, bob, id, "x", NOW)).variants["x"]
        assert (one.thread, "".join(one.text.split())) == ((), "".join(long.split()))
        with pytest.raises(InvalidInput):
            await drafts.split_variant(db, bob, id, "linkedin", NOW)
        await drafts.edit_variant(db, bob, id, "x", {"text": "a" * 270, "hashtags": ["#One", "one", "#Two words"]}, 1, NOW)
        trimmed = (await drafts.trim_hashtags(db, bob, id, "x", NOW)).variants["x"]
        assert trimmed.hashtags == ("One",)
        carded = (await drafts.ask_for_media(db, bob, id, "linkedin", "card", NOW)).variants["linkedin"]
        assert (carded.pending_media, carded.edited) == ("card", False)


async def test_platforms_come_and_go(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        await drafts.edit_variant(db, bob, id, "x", {"text": "Kept."}, 1, NOW)
        draft = await drafts.set_platforms(db, bob, id, ["bluesky", "x"], NOW)
        assert set(draft.variants) == {"bluesky", "x"}
        assert draft.variants["x"].text == "Kept."
        with pytest.raises(InvalidInput):
            await drafts.set_platforms(db, bob, id, [], NOW)


async def test_deleting_and_bringing_back(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        await drafts.delete_draft(db, bob, id, NOW)
        with pytest.raises(Conflict):
            await drafts.edit_variant(db, bob, id, "x", {"text": "a"}, 1, NOW)
        assert (await drafts.list_drafts(db, bob, now=NOW)).items == []
        assert [d.id for d in (await drafts.list_drafts(db, bob, now=NOW, deleted=True)).items] == [id]
        late = NOW + timedelta(days=31)
        assert (await drafts.list_drafts(db, bob, now=late, deleted=True)).items == []
        with pytest.raises(NotFound):
            await drafts.restore_draft(db, bob, id, late)
        await drafts.restore_draft(db, bob, id, NOW)
        assert [d.id for d in (await drafts.list_drafts(db, bob, now=NOW)).items] == [id]


async def test_lists_search_and_page(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    ids = [await make(api_pool, cast, cast.bob, f"Idea number {n} about {word}.") for n, word in enumerate(["100% tea", "Coffee", "tea"])]
    from postwright.edge.paging import Cursor

    async with transaction(api_pool, bob) as db:
        found = await drafts.list_drafts(db, bob, now=NOW, text="TEA")
        assert [d.id for d in found.items] == [ids[2], ids[0]]
        assert [d.id for d in (await drafts.list_drafts(db, bob, now=NOW, text="0%")).items] == [ids[0]]
        first = await drafts.list_drafts(db, bob, now=NOW, limit=2)
        rest = await drafts.list_drafts(db, bob, now=NOW, limit=2, after=Cursor.parse(first.next))
        assert [d.id for d in [*first.items, *rest.items]] == ids[::-1]
        assert rest.next is None


async def test_who_may_do_what(api_pool: Pool, cast: Cast) -> None:
    id = await make(api_pool, cast, cast.bob)
    vera, mallory = acting_as(cast, cast.vera), acting_as(cast, cast.mallory)
    async with transaction(api_pool, vera) as db:
        with pytest.raises(Forbidden):
            await drafts.edit_variant(db, vera, id, "x", {"text": "Vera's"}, 1, NOW)
    async with transaction(api_pool, mallory) as db:
        with pytest.raises(NotFound):
            await drafts.get_draft(db, mallory, id)
        assert (await drafts.list_drafts(db, mallory, now=NOW)).items == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await make(api_pool, cast, cast.mallory)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"edited": False}, "edited"),
        ({"text": 3}, "text"),
        ({"text": "a" * 100_001}, "text"),
        ({"hashtags": "abc"}, "hashtags"),
        ({"thread": ["a"] * 501}, "thread"),
    ],
)
async def test_what_no_variant_takes(api_pool: Pool, cast: Cast, changes: dict[str, object], field: str) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        with pytest.raises(InvalidInput) as caught:
            await drafts.edit_variant(db, bob, id, "x", changes, 1, NOW)
    assert caught.value.field == field


async def test_what_is_not_there(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        with pytest.raises(NotFound):
            await drafts.edit_variant(db, bob, uuid4(), "x", {"text": "a"}, 1, NOW)
        with pytest.raises(NotFound):
            await drafts.edit_variant(db, bob, id, "bluesky", {"text": "a"}, 1, NOW)


async def test_media_that_somebody_chose_are_never_replaced_unasked(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    photo = NewFile(uuid4(), "aa/photo.jpg", "image/jpeg", 1, "0" * 64)
    async with transaction(api_pool, bob) as db:
        await add_file(db, bob, photo)
        made = await drafts.edit_variant(db, bob, id, "instagram", {"media": [str(photo.id)]}, 1, NOW)
        assert (made.pending, made.variants["instagram"].media) == ((), (str(photo.id),))  # its card is no longer wanted
        made = await drafts.edit_idea(db, bob, id, from_text("Quite another idea."), made.version, NOW)
        assert (made.pending, made.variants["instagram"].edited) == ((), False)
        made = await drafts.resync_variant(db, bob, id, "instagram", NOW)
        assert (made.pending, (await drafts.get_draft(db, bob, id)).variants["instagram"].media) == ((), (str(photo.id),))
        made = await drafts.ask_for_media(db, bob, id, "instagram", "card", NOW)
        assert (made.pending, made.variants["instagram"].own_media) == (("instagram",), False)


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"media": [str(uuid4())]}, "media", "exists"),
        ({"media": ["photo.jpg"]}, "media", "exists"),
        ({"options": {"format": "hologram"}}, "options", "format"),
        ({"options": {"format": {"a": 1}}}, "options", "format"),
        ({"thread": ["a" * 60_000] * 2}, "thread", "max_length"),
        ({"alt_texts": ["a" * 60_000] * 2}, "alt_texts", "max_length"),
    ],
)
async def test_a_variant_names_what_is_there_and_stays_small(
    api_pool: Pool, cast: Cast, changes: dict[str, object], field: str, rule: str
) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        with pytest.raises(InvalidInput) as caught:
            await drafts.edit_variant(db, bob, id, "x", changes, 1, NOW)
    assert (caught.value.field, caught.value.rule) == (field, rule)


async def test_a_click_that_changes_nothing_cuts_no_tie_to_the_idea(api_pool: Pool, cast: Cast) -> None:
    bob = acting_as(cast, cast.bob)
    id = await make(api_pool, cast, cast.bob, ideas.SHORT)
    async with transaction(api_pool, bob) as db:
        for act in (drafts.trim_hashtags, drafts.join_variant, drafts.split_variant):
            draft = await act(db, bob, id, "x", NOW)
            assert (draft.version, draft.variants["x"].edited, draft.variants["x"].before) == (1, False, None)


async def test_a_viewer_brings_nothing_back(api_pool: Pool, cast: Cast) -> None:
    bob, vera = acting_as(cast, cast.bob), acting_as(cast, cast.vera)
    id = await make(api_pool, cast, cast.bob)
    async with transaction(api_pool, bob) as db:
        await drafts.delete_draft(db, bob, id, NOW)
    async with transaction(api_pool, vera) as db:
        with pytest.raises(Forbidden):
            await drafts.restore_draft(db, vera, id, NOW)


POST = """insert into content_schedule_items (workspace_id, platform_id, adaptation_id, status, scheduled_at)
          select %s, p.id, %s, 'queued', now() from platforms p where p.slug = 'x' returning id"""


async def test_the_bin_is_emptied_after_30_days_but_for_what_posts_still_tell_of(
    api_pool: Pool, worker_state: State, cast: Cast, owner_db: psycopg.Connection
) -> None:
    """One deleted in time, one still in the bin, one with a canceled post, one that was never deleted."""
    bob = acting_as(cast, cast.bob)
    old, fresh, told, kept = [await make(api_pool, cast, cast.bob, f"Idea {n}.") for n in range(4)]
    now = worker_state.clock()
    async with transaction(api_pool, bob) as db:
        for id, days in ((old, 30.1), (fresh, 29.9), (told, 300)):
            await drafts.delete_draft(db, bob, id, now - timedelta(days=days))
    (item,) = owner_db.execute(POST, (cast.workspace, told)).fetchone() or (None,)
    owner_db.execute("update content_schedule_items set status = 'canceled' where id = %s", (item,))
    context = SimpleNamespace(additional_context={"state": worker_state})
    for _ in range(2):  # a job may run twice
        await purge_deleted_drafts(context, 0)
        left = owner_db.execute("select id from content_adaptations where workspace_id = %s", (cast.workspace,)).fetchall()
        assert {id for (id,) in left} == {fresh, told, kept}
        assert owner_db.execute("select adaptation_id from content_schedule_items where id = %s", (item,)).fetchone() == (told,)


def test_the_bin_is_emptied_every_night() -> None:
    periodic = make_app("").periodic_registry.periodic_tasks.values()
    assert "37 3 * * *" in [each.cron for each in periodic if each.task.name == "purge_deleted_drafts"]
