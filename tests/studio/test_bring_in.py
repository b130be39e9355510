"""Ideas come in whole, or the person hears which rule they break."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from postwright.errors import InvalidInput
from postwright.studio.bring_in import MOST, from_bytes, from_file, from_text, read_source
from postwright.studio.fetch import from_url
from tests.studio import ideas

ARTICLE = """<html><head><title>Ship on Tuesday</title><meta property="og:site_name" content="The Desk"></head><body><nav>Home About</nav>
<article><h1>Ship on Tuesday</h1><p>We used to ship on Fridays, and nobody was there to read what we had written about it for so long.</p>
<p>Since we moved to Tuesday three times as many people write back to us, which is what we had wanted from the very start.</p>
<p>The work stayed the same as before, only the day has changed, and everybody sleeps much better during the weekend now.</p></article>
<footer>Imprint</footer></body></html>"""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "required"),
        (" \n\t ", "required"),
        ("\u200b\u200d\ufeff", "required"),
        ("\x00\x01", "required"),
        ("a" * (MOST + 1), "max_length"),
    ],
)
def test_what_holds_nothing_or_too_much_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_text(text)
    assert (caught.value.field, caught.value.rule) == ("idea", rule)
    assert rule != "max_length" or "200,000" in caught.value.message


def test_control_characters_go_and_joiners_stay() -> None:
    idea = from_text("Be\x00ll\x07 rings\r\nfor 👩\u200d🚀 and \u202bשלום\u202c.")
    assert idea.text == "Bell rings\nfor 👩\u200d🚀 and \u202bשלום\u202c."


def test_front_matter_names_and_tags() -> None:
    idea = from_text(ideas.LAUNCH)
    assert idea.title == "We moved our launch from Friday to Tuesday"
    assert idea.source["tags"] == ["launch", "planning"]
    assert idea.text.startswith("Last spring")


def test_a_heading_names_an_idea_and_a_lone_one_is_the_idea() -> None:
    assert (from_text("# Title\n\nWords.").title, from_text("# Title\n\nWords.").text) == ("Title", "Words.")
    assert from_text("# Only a title").text == "# Only a title"


@pytest.mark.parametrize(("text", "title"), [("# Title ##\n\nWords.", "Title"), ("# On C#\n\nWords.", "On C#"), ("# ##\n\nWords.", "")])
def test_marks_that_close_a_heading_are_no_words_of_it(text: str, title: str) -> None:
    assert from_text(text).title == title


def test_dashes_that_are_no_front_matter_stay_text() -> None:
    text = "---\nI think: this is prose, and it goes on.\nSo it stays!\n---\nMore."
    assert "So it stays!" in from_text(text).text


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"\xef\xbb\xbf# Caf\xc3\xa9\n\nWords.")
    assert from_file(tmp_path / "a.md").title == "Café"
    assert from_bytes("Größe".encode("utf-16"), "b.txt").text == "Größe"


@pytest.mark.parametrize(
    ("data", "rule"), [(b"caf\xe9", "utf-8"), (b"PK\x03\x04\x00\x00", "text_file"), (b"a" * (MOST * 4 + 1), "max_length")]
)
def test_what_is_no_text_is_refused(data: bytes, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_bytes(data, "x.txt")
    assert caught.value.rule == rule


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as caught:
        from_file(tmp_path / "none.md")
    assert caught.value.rule == "readable"


def answering(handler: object) -> httpx2.MockTransport:
    return httpx2.MockTransport(handler)  # type: ignore[arg-type]


@pytest.mark.anyio
async def test_an_article_is_read() -> None:
    page = answering(lambda request: httpx2.Response(200, html=ARTICLE))
    idea = await from_url("https://example.com/ship", transport=page)
    assert idea.title == "Ship on Tuesday"
    assert "three times as many people" in idea.text
    assert "Imprint" not in idea.text
    assert idea.source["url"] == "https://example.com/ship"


@pytest.mark.anyio
async def test_a_server_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never(request: httpx2.Request) -> httpx2.Response:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr("postwright.studio.fetch._PATIENCE", 0.05)
    with pytest.raises(InvalidInput, match="too slowly") as caught:
        await from_url("https://example.com/", transport=answering(never))
    assert (caught.value.field, caught.value.rule) == ("url", "reachable")


@pytest.mark.anyio
async def test_redirects_are_followed_and_counted() -> None:
    def once(request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(302, headers={"location": "/b"}) if request.url.path == "/a" else httpx2.Response(200, html=ARTICLE)

    assert (await from_url("https://example.com/a", transport=answering(once))).url == "https://example.com/b"
    with pytest.raises(InvalidInput) as caught:
        await from_url("https://example.com/", transport=answering(lambda r: httpx2.Response(302, headers={"location": "/"})))
    assert caught.value.rule == "redirects"


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "rule"),
    [
        (httpx2.Response(404), "reachable"),
        (httpx2.Response(200, headers={"content-type": "application/pdf"}, content=b"%PDF"), "article"),
        (httpx2.Response(200, html="<html><body></body></html>"), "readable"),
        (httpx2.Response(200, headers={"content-type": "text/html"}, content=b"x" * 5_000_001), "max_size"),
    ],
)
async def test_addresses_without_an_article(answer: httpx2.Response, rule: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await from_url("https://example.com/", transport=answering(lambda request: answer))
    assert (caught.value.field, caught.value.rule) == ("url", rule)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost:5432/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
    ],
)
async def test_the_inside_of_a_network_is_not_read(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await from_url(url)
    assert (caught.value.field, caught.value.rule) == ("url", "public_host")


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://example.com/", "https://user:pw@example.com/", "https:///x"])
async def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await from_url(url)
    assert caught.value.rule == "address"


@pytest.mark.anyio
async def test_a_redirect_to_the_inside_is_refused() -> None:
    """The guard looks at every hop; only the first host is vouched for here."""
    with pytest.raises(InvalidInput) as caught:
        await from_url(
            "https://example.com/", transport=answering(lambda r: httpx2.Response(302, headers={"location": "file:///etc/passwd"}))
        )
    assert caught.value.rule == "address"


@pytest.mark.anyio
async def test_a_source_is_text_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert (await read_source("Just words.")).text == "Just words."
    (tmp_path / "a.txt").write_text("From a file.", encoding="utf-8")
    assert (await read_source(tmp_path / "a.txt")).text == "From a file."
    assert (await read_source(str(tmp_path / "a.txt"))).text == str(tmp_path / "a.txt")
