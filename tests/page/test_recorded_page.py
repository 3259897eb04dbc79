"""The page that `fugue export --html` makes, opened from a disk by a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

import axe
import pytest
from browserpage import PHONE
from castkit import reel_of, typed

from fugue_actors.recording import cast, html, notes
from fugue_actors.recording.html import Template
from fugue_actors.recording.notes import Note

if TYPE_CHECKING:
    from pathlib import Path

    from browserpage import Page

pytestmark = [pytest.mark.real, pytest.mark.slow]

ROWS = "[...document.querySelectorAll('#screen > div')].map(row => row.innerText)"
CLOCK = "document.getElementById('clock').innerText"


def message(at: float, text: str) -> cast.Event:
    """Somebody said something."""
    fields = {"sender": "ann", "recipients": ["bob"], "type": "note", "text": text}
    return cast.Event(at, cast.HAPPENED, notes.encoded(Note("message", fields)))


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A recording of 100 seconds as a page; its address."""
    events = [
        *typed("one\r\n", "\x1b[31mtwo \x1b[42m漢字\x1b[0m\r\n", every=10.0),
        message(50.0, "<b>hello</b>"),
        cast.Event(60.0, "r", "60x8"),
        cast.Event(60.0, "o", "\x1b[2J\x1b[Hthree \x1b[2mdim\x1b[0m"),
        cast.Event(90.0, cast.HAPPENED, notes.encoded(Note("end", {"text": "done"}))),
        cast.Event(100.0, "o", "\r\nfour"),
    ]
    reel = reel_of(events, columns=40, lines=6, title="a recording")
    path = tmp_path / "page.html"
    path.write_text(html.page(reel, Template.load()), encoding="utf-8")
    return path.as_uri()


async def opened(page: Page, file: str) -> None:
    """Open the page and wait until it can be played."""
    await page.go(file)
    await page.until("document.documentElement.dataset.ready")


async def test_it_shows_every_moment_that_somebody_asks_for(
    page: Page, file: str
) -> None:
    """With keys and from a disk: no server, no network, no complaint of its policy."""
    await opened(page, file)
    assert await page.evaluate(CLOCK) == "0:00 / 1:40"
    for key, rows in (
        ("3", ["one", "two 漢字"]),
        ("7", ["three dim"]),
        ("1", ["one"]),
        ("End", ["three dim", "four"]),
        (",", ["three dim"]),
        (",", ["one", "two 漢字"]),
        ("Home", []),
    ):
        await page.press(key)
        shown = [row.strip() for row in await page.evaluate(ROWS)]
        assert [row for row in shown if row] == rows, key


async def test_it_plays_by_itself_and_skips_pauses(page: Page, file: str) -> None:
    """A recording of minutes in which little happens is seen in seconds."""
    await opened(page, file)
    await page.press("Space")
    await page.until(f"({ROWS}).join().includes('four')")
    await page.until("document.getElementById('play').innerText === 'Play'")
    assert await page.evaluate(CLOCK) == "1:40 / 1:40"


async def test_what_happened_is_told_and_leads_to_its_moment(
    page: Page, file: str
) -> None:
    """As text, whatever it was."""
    await opened(page, file)
    labels = await page.evaluate(
        "[...document.querySelectorAll('#list .label')].map(one => one.innerText)"
    )
    assert labels == [
        "ann → bob note: <b>hello</b>",
        "the recording ended: done",
    ]
    await (await page.element("#list button")).click()
    assert await page.evaluate(CLOCK) == "0:50 / 1:40"
    assert "hello" in await page.evaluate("document.getElementById('now').innerText")
    await page.press("]")
    assert await page.evaluate(CLOCK) == "1:30 / 1:40"


async def test_the_mark_of_a_message_says_it_when_pointed_at(
    page: Page, file: str
) -> None:
    """The line of time is for the mouse; the list below has the same for everybody."""
    await opened(page, file)
    box = await page.evaluate(
        "(b => [b.left, b.top, b.width])(document.getElementById('marks')"
        ".getBoundingClientRect())"
    )
    x = box[0] + 8 + 0.5 * (box[2] - 16)
    await page.call("Input.dispatchMouseEvent", type="mouseMoved", x=x, y=box[1] + 3)
    hint = "document.getElementById('hint')"
    assert await page.until(f"!{hint}.hidden && {hint}.innerText") == (
        "0:50 ann → bob note: <b>hello</b>"
    )


async def test_wide_characters_take_two_columns_and_the_text_can_be_copied(
    page: Page, file: str
) -> None:
    """Whatever the font says; and a selection is what was on the screen."""
    await opened(page, file)
    await page.press("3")
    width, wide = await page.evaluate(
        "[...document.querySelectorAll('#screen .w2')].slice(0, 1).flatMap(w => {"
        " const m = document.createElement('span'); m.textContent = '00';"
        " w.parentNode.append(m); const at = m.getBoundingClientRect().width;"
        " m.remove(); return [at, w.getBoundingClientRect().width] })"
    )
    assert abs(width - wide) < 0.5
    selected = await page.evaluate(
        "(getSelection().selectAllChildren(document.getElementById('screen')),"
        " getSelection().toString())"
    )
    assert selected.split("\n")[:2] == ["one", "two 漢字"]


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("key", ["3", "7"])
async def test_nobody_is_shut_out(
    page: Page, file: str, axe_source: str, scheme: str, key: str
) -> None:
    """Names, roles and contrast, as axe-core judges them, in both themes."""
    await page.set_look(scheme=scheme)
    await opened(page, file)
    await page.press(key)
    assert axe.heavy(await axe.violations(page, axe_source)) == []


async def test_it_fits_a_phone(page: Page, file: str) -> None:
    """Nothing makes the page itself scroll sideways."""
    await page.set_size(PHONE)
    await opened(page, file)
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE.width


async def test_the_theme_can_be_switched(page: Page, file: str) -> None:
    """The terminal's colours follow."""
    await page.set_look(scheme="dark")
    await opened(page, file)
    colour = "getComputedStyle(document.getElementById('stage')).backgroundColor"
    dark = await page.evaluate(colour)
    await (await page.element("#theme")).click()
    assert await page.until(f"{colour} !== '{dark}'")
