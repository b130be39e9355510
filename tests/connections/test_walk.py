"""People connect accounts on platforms' own pages: each step, and everything that may go wrong on the way."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

import httpx2
import psycopg
import pytest

from postwright.connections import walk
from postwright.connections.walk import server_mark
from postwright.platforms.auth import AcceptsKeys, App
from postwright.platforms.registry import REGISTRY
from tests.connections.desk import Desk, allow, asked, cancel, look, set_out

pytestmark = pytest.mark.anyio


def sentence(page: httpx2.Response) -> str:
    """What a page says went wrong."""
    return " ".join(re.findall(r'role="alert">([^<]*)<', page.text))


BY_PAGE = [slug for slug, each in REGISTRY.items() if each.oauth]


@pytest.mark.parametrize("platform", BY_PAGE)
async def test_a_person_allows_it_and_the_account_is_there(desk: Desk, platform: str) -> None:
    await desk.make_sandbox()
    before = {each.id for each in await desk.accounts()}
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, platform, host="mastodon.example")
    assert "Not " in consent.text
    assert "sandbox page" in consent.text
    back = await allow(ada, consent, consent.accounts[1])  # the first one was connected with the sandbox
    done = await ada.get(back)
    assert done.status_code == 303, sentence(done)
    assert done.headers["location"].startswith("/accounts?said=connected#account-")
    (made,) = [each for each in await desk.accounts() if each.id not in before]
    assert (made.platform, made.environment, made.health, made.is_active) == (platform, "sandbox", "healthy", True)
    assert made.platform_user_id == consent.accounts[1]
    assert made.scopes
    assert (await desk.tokens(made.id)).access_token.startswith("sandbox-")


async def test_several_pages_are_offered_and_only_the_chosen_are_kept(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, "facebook")
    offered = await ada.get(await allow(ada, consent, *consent.accounts))
    choose = offered.headers["location"]
    assert choose.startswith("/accounts/choose/")
    page = await ada.get(choose)
    assert page.text.count('name="account"') == 2
    assert len([each for each in await desk.accounts() if each.platform == "facebook"]) == 1  # nothing is saved yet
    assert (await ada.post(choose, data={})).status_code == 422
    assert (await ada.post(choose, data={"account": ["somebody-else"]})).status_code == 422
    assert (await ada.post(choose, data={"account": [consent.accounts[1]]})).status_code == 303
    assert {each.platform_user_id for each in await desk.accounts() if each.platform == "facebook"} == set(consent.accounts)
    assert (await ada.post(choose, data={"account": [consent.accounts[1]]})).status_code == 404  # the choice was made


async def test_saying_no_changes_nothing_and_says_so(desk: Desk) -> None:
    await desk.make_sandbox()
    before = await desk.accounts()
    ada = await desk.browser(desk.cast.ada)
    page = await ada.get(await cancel(ada, await set_out(ada, "x")))
    assert page.status_code == 422
    assert "You did not allow it at X. Nothing was connected" in page.text
    assert await desk.accounts() == before


async def test_a_missing_scope_is_named_and_nothing_is_half_saved(desk: Desk) -> None:
    await desk.make_sandbox()
    before = await desk.accounts()
    ada = await desk.browser(desk.cast.ada)
    for platform, scope in (("x", "tweet.write"), ("facebook", "pages_manage_posts"), ("tiktok", "video.publish")):
        consent = await set_out(ada, platform)
        kept = [each for each in consent.scopes if each != scope]
        page = await ada.get(await allow(ada, consent, consent.accounts[1], scopes=kept))
        assert page.status_code == 422
        assert f"{scope} is missing" in page.text
    assert await desk.accounts() == before


async def test_a_permission_that_is_missing_is_said_with_the_way_to_get_it(desk: Desk, owner_db: psycopg.Connection[object]) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, "x")
    assert (await ada.get(await allow(ada, consent, consent.accounts[1]))).status_code == 303
    before = (await ada.get("/accounts")).text
    assert "Missing:" not in before
    owner_db.execute(
        "update platform_connections set scope = replace(scope, 'media.write', '')"
        " where id = (select id from platform_connections where scope like '%media.write%' limit 1)"
    )
    page = (await ada.get("/accounts")).text
    assert page.count("Missing:") == 1
    assert "upload media. Posts that need it are refused there" in re.sub(r"<[^>]+>", "", page)
    assert "Lacks permission" in page
    assert re.search(r'<a class="btn small main" href="/accounts/connect/x\?again=[^"]+">', page)


async def test_an_answer_counts_once(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, "x")
    back = await allow(ada, consent, consent.accounts[1])
    assert (await ada.get(back)).status_code == 303
    again = await ada.get(back)
    assert again.status_code == 422
    assert "used already" in again.text


async def test_an_answer_after_ten_minutes_counts_no_more(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    back = await allow(ada, await set_out(ada, "x"))
    desk.clock.pass_by(minutes=10, seconds=1)
    page = await ada.get(back)
    assert page.status_code == 422
    assert "More than ten minutes passed" in page.text


async def test_another_persons_answer_is_refused_and_does_not_spoil_hers(desk: Desk) -> None:
    """Mallory's trick: begin at her own account, and make Ada's browser bring the code home."""
    await desk.make_sandbox()
    ada, alice = await desk.browser(desk.cast.ada), await desk.browser(desk.cast.alice)
    consent = await set_out(ada, "x")
    back = await allow(ada, consent, consent.accounts[1])
    stolen = await alice.get(back)
    assert stolen.status_code == 422
    assert "Somebody else began this" in stolen.text
    other_browser = await desk.browser(desk.cast.ada)
    assert "in another browser" in (await other_browser.get(back)).text
    assert (await ada.get(back)).status_code == 303


async def test_a_state_that_we_never_gave_out_is_refused(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    for query in ({}, {"code": "c"}, {"code": "c", "state": "made up"}, {"code": "c", "state": "x" * 5000}):
        page = await ada.get(f"/accounts/callback/x?{urlencode(query)}")
        assert page.status_code == 422
        assert "Postwright did not begin this" in page.text
    assert (
        "did not begin this" in (await ada.get((await allow(ada, await set_out(ada, "x"))).replace("/callback/x", "/callback/tiktok"))).text
    )


async def test_the_code_of_one_walk_is_no_good_for_another(desk: Desk) -> None:
    """PKCE: who slips a foreign code into one's own walk has the wrong verifier."""
    await desk.make_sandbox()
    before = await desk.accounts()
    ada, alice = await desk.browser(desk.cast.ada), await desk.browser(desk.cast.alice)
    hers = asked(await allow(alice, await set_out(alice, "x")))
    mine = asked(await allow(ada, await set_out(ada, "x")))
    page = await ada.get(f"/accounts/callback/x?{urlencode({'state': mine['state'], 'code': hers['code']})}")
    assert page.status_code == 422
    assert "used already or came too late" in page.text
    assert await desk.accounts() == before


async def test_the_state_and_the_verifier_are_not_in_the_database(desk: Desk, owner_db: psycopg.Connection[object]) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, "x")
    rows = str(owner_db.execute("select to_jsonb(w) from app.connect_walks w").fetchall())
    assert "pw1." in rows
    assert asked(consent.address)["state"] not in rows


async def test_only_admins_connect(desk: Desk) -> None:
    await desk.make_sandbox()
    bob = await desk.browser(desk.cast.bob)
    assert (await bob.get("/accounts/connect")).status_code == 403
    assert (await bob.post("/accounts/connect/x")).status_code == 403
    assert "Connect</a>" not in (await bob.get("/accounts")).text


async def test_there_is_no_authorise_page_without_an_app(desk: Desk) -> None:
    """The cast's workspace has decided nothing: a real account would be connected."""
    ada = await desk.browser(desk.cast.ada)
    page = await ada.post("/accounts/connect/x")
    assert page.status_code == 422
    assert "X accounts cannot be connected yet" in page.text
    assert "authorize?" not in page.text


async def test_a_live_walk_goes_by_a_link_to_the_platforms_real_page(desk: Desk) -> None:
    desk.web.settings.platform_apps["x"] = ("live-app", "live-secret")  # type: ignore[index]
    ada = await desk.browser(desk.cast.ada)
    page = await ada.post("/accounts/connect/x")
    assert page.status_code == 200
    found = re.search(r'href="(https://x\.com/i/oauth2/authorize\?[^"]+)"', page.text)
    assert found is not None
    query = asked(found[1].replace("&amp;", "&"))
    assert query["client_id"] == "live-app"
    assert query["redirect_uri"] == "http://127.0.0.1:8484/accounts/callback/x"
    assert query["code_challenge_method"] == "S256"
    assert "live-secret" not in page.text


async def test_a_server_inside_of_the_network_is_not_asked(desk: Desk) -> None:
    ada = await desk.browser(desk.cast.ada)
    for host, words in (
        ("127.0.0.1", "not on the public internet"),
        ("localhost", "not on the public internet"),
        ("", "Name your Mastodon server"),
    ):
        page = await ada.post("/accounts/connect/mastodon", data={"host": host})
        assert page.status_code == 422
        assert words in page.text


async def test_a_server_that_passes_a_person_on_to_another_gets_no_code(desk: Desk) -> None:
    """The mix-up: Ada sets out for Mallory's server, which sends her on to her real one with her state and Mallory's challenge."""
    await desk.make_sandbox()
    before = await desk.accounts()
    ada = await desk.browser(desk.cast.ada)
    real = await set_out(ada, "mastodon", host="mastodon.example")
    begun = await ada.post("/accounts/connect/mastodon", data={"host": "mallory.example"})
    hers = asked(begun.headers["location"])
    assert hers["redirect_uri"] != asked(real.address)["redirect_uri"]
    passed_on = {**asked(real.address), "state": hers["state"], "code_challenge": "m" * 43}
    consent = await look(ada, f"{real.address.partition('?')[0]}?{urlencode(passed_on)}")
    page = await ada.get(await allow(ada, consent, consent.accounts[1]))
    assert page.status_code == 422
    assert "Another server sent you back" in page.text
    assert await desk.accounts() == before


async def test_a_server_that_names_itself_is_the_one_that_was_set_out_for(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    for issuer, status in (("https://mallory.example", 422), ("https://mastodon.example/", 303)):
        consent = await set_out(ada, "mastodon", host="mastodon.example")
        back = await allow(ada, consent, consent.accounts[1])
        assert (await ada.get(f"{back}&{urlencode({'iss': issuer})}")).status_code == status


async def test_an_answer_at_an_address_without_the_server_counts_nothing(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    for platform, wrong in (("mastodon", "/accounts/callback/mastodon"), ("x", f"/accounts/callback/x/{server_mark('x.com')}")):
        back = await allow(ada, await set_out(ada, platform, host="mastodon.example"))
        page = await ada.get(f"{wrong}?{back.partition('?')[2]}")
        assert "Another server sent you back" in page.text


async def test_an_app_that_was_registered_for_another_address_is_registered_anew(
    desk: Desk, owner_db: psycopg.Connection[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    registered: list[str] = []

    async def register(oauth: object, http: object, host: str, redirect_uri: str) -> App:
        registered.append(redirect_uri)
        return App(f"app {len(registered)}", "secret")

    async def believe(host: str) -> None:
        pass

    monkeypatch.setattr(type(REGISTRY["mastodon"].oauth), "register", register)
    monkeypatch.setattr(walk, "guard_host", believe)
    owner_db.execute("insert into app.platform_apps (platform, host, client_id) values ('mastodon', 'social.example', 'of before')")
    ada = await desk.browser(desk.cast.ada)
    for _ in range(2):
        page = await ada.post("/accounts/connect/mastodon", data={"host": "social.example"})
        assert "client_id=app+1" in page.text
    assert registered == [f"http://127.0.0.1:8484/accounts/callback/mastodon/{server_mark('social.example')}"]


async def test_reconnecting_keeps_the_row_and_refuses_another_account(desk: Desk, owner_db: psycopg.Connection[object]) -> None:
    await desk.make_sandbox()
    account = next(each for each in await desk.accounts() if each.platform == "x")
    owner_db.execute("update platform_connections set health = 'reconnect', last_error = 'revoked' where id = %s", (account.id,))
    ada = await desk.browser(desk.cast.ada)
    consent = await set_out(ada, "x", again=str(account.id))
    wrong = await ada.get(await allow(ada, consent, consent.accounts[1]))
    assert wrong.status_code == 409
    assert f"to connect {account.handle} again" in wrong.text
    assert len([each for each in await desk.accounts() if each.platform == "x"]) == 1
    right = await ada.get(await allow(ada, await set_out(ada, "x", again=str(account.id)), consent.accounts[0]))
    assert right.headers["location"] == f"/accounts?said=reconnected#account-{account.id}"
    (there,) = [each for each in await desk.accounts() if each.platform == "x"]
    assert (there.id, there.health, there.last_error) == (account.id, "healthy", None)


async def test_reconnecting_keeps_what_was_chosen_for_the_accounts_posts(desk: Desk, owner_db: psycopg.Connection[object]) -> None:
    """TikTok has no default audience: what is scheduled leans on the choice, and would stop without it."""
    await desk.make_sandbox()
    account = next(each for each in await desk.accounts() if each.platform == "tiktok")
    chosen = "select profile_data -> 'privacy_level', profile_data -> 'music_consent' from platform_connections where id = %s"
    before = owner_db.execute(chosen, (account.id,)).fetchone()
    assert before == ("PUBLIC_TO_EVERYONE", True)
    ada = await desk.browser(desk.cast.ada)
    answer = await ada.get(await allow(ada, await set_out(ada, "tiktok", again=str(account.id))))
    assert answer.headers["location"] == f"/accounts?said=reconnected#account-{account.id}"
    assert owner_db.execute(chosen, (account.id,)).fetchone() == before


async def test_a_real_reconnect_settles_the_notice_that_asked_for_it(desk: Desk, owner_db: psycopg.Connection[object]) -> None:
    await desk.make_sandbox()
    account = next(each for each in await desk.accounts() if each.platform == "x")
    owner_db.execute("update platform_connections set health = 'reconnect', last_error = 'It was revoked.' where id = %s", (account.id,))
    unread = "select body from notifications where incident = 'account:' || %s and read_at is null"
    assert owner_db.execute(unread, (account.id,)).fetchall() == [("It was revoked. Its posts wait until then.",)] * 2  # Alice and Ada
    ada = await desk.browser(desk.cast.ada)
    await ada.get(await allow(ada, await set_out(ada, "x", again=str(account.id))))
    assert owner_db.execute(unread, (account.id,)).fetchall() == []


async def test_the_api_gives_the_address_and_takes_keys(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    told = {each["platform"]: each for each in (await ada.get("/api/v1/connectable")).json()["items"]}
    assert told["mastodon"]["names_server"] is True
    assert [each["name"] for each in told["bluesky"]["keys"]] == ["handle", "app_password", "host"]
    begun = await ada.post("/api/v1/accounts/connect", json={"platform": "x"})
    assert begun.status_code == 201, begun.text
    assert begun.json()["simulated"] is True
    assert begun.json()["address"].startswith("http://127.0.0.1:8484/sandbox/connect/x.com/i/oauth2/authorize?")
    wrong = await ada.post(
        "/api/v1/accounts/connect/keys", json={"platform": "bluesky", "keys": {"handle": "a.example", "app_password": "x"}}
    )
    assert (wrong.status_code, wrong.json()["field"]) == (422, "app_password")


async def test_bluesky_by_an_app_password(desk: Desk) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    page = await ada.get("/accounts/connect/bluesky")
    handle, password = re.findall(
        r"<dt>Handle</dt><dd><code>([^<]+)</code></dd><dt>App password</dt><dd><code>([a-z0-9-]{19})</code>", page.text
    )[0]
    wrong = await ada.post("/accounts/connect/bluesky", data={"handle": handle, "app_password": "aaaa-bbbb-cccc-dddd"})
    assert wrong.status_code == 422
    assert "does not know this handle with this app password" in wrong.text
    done = await ada.post("/accounts/connect/bluesky", data={"handle": handle, "app_password": password})
    assert done.status_code == 303, done.text
    made = next(each for each in await desk.accounts() if each.platform == "bluesky")
    assert (made.handle, made.host, made.renewable) == (handle, "bsky.social", True)
    assert password not in str((await desk.tokens(made.id)).refresh_token)


@pytest.mark.parametrize(
    "path", ["_sandbox/health", "_sandbox/faults", "x.com/%2e%2e/_sandbox/health", "x.com/%2e/i/oauth2/authorize", "evil.example/a"]
)
async def test_the_sandboxs_key_opens_the_pages_of_platforms_and_nothing_of_the_sandboxs_own(desk: Desk, path: str) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    for answer in (await ada.get(f"/sandbox/connect/{path}"), await ada.post(f"/sandbox/connect/{path}", data={"allow": "yes"})):
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(("slug", "keys"), [(slug, each.keys) for slug, each in REGISTRY.items() if each.keys])
async def test_what_the_sandbox_tells_of_a_fictional_account_connects_it(desk: Desk, slug: str, keys: AcceptsKeys) -> None:
    await desk.make_sandbox()
    ada = await desk.browser(desk.cast.ada)
    page = await ada.get(f"/accounts/connect/{slug}")
    assert page.status_code == 200, page.text
    told = [(unescape(label), unescape(value)) for label, value in re.findall(r"<dt>([^<]+)</dt><dd><code>([^<]+)</code>", page.text)]
    fields = {each.label: each.name for each in keys.fields if each.label in dict(told)}
    done = await ada.post(f"/accounts/connect/{slug}", data={fields[label]: value for label, value in told[: len(fields)]})
    assert done.status_code == 303, done.text
    assert any(each.platform == slug for each in await desk.accounts())
