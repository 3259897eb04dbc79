"""Terminals in the page: where cells stand, what holds still, and what is watched at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
import trio
from browserpage import Size
from visiting import TAKEN_WITHIN, Visit, session, until_shows

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]

# Whatever is waited for must be true at all later times, too: the screen moves on.
COUNT: Final = (
    "n=0; while :; do n=$((n+1)); echo line $n; [ $((n % 20)) = 0 ] && sleep 0.05; done"
)
# Each row has a mark in its 21st column, whatever stands before it.
PIECES: Final = (
    "plain",
    "漢字かな",
    "한글",
    "e\u0301a\u0308",
    "│├─┼█▓",
    "👍🏽👩\u200d👧",
    "❤\ufe0f☎",
    "→●✔",
    "ｱ",
)
RULED: Final = "".join(rf"{piece}\033[21G#\r\n" for piece in PIECES)

MARKS: Final = """(() => {
  const port = document.querySelector(".term-port");
  const cell = parseFloat(getComputedStyle(port).getPropertyValue("--cell"));
  return [...document.querySelectorAll(".term-rows .term-row")].flatMap((row) => {
    const walk = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const at = node.data.indexOf("#");
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(node, at);
      range.setEnd(node, at + 1);
      const left = range.getBoundingClientRect().left - row.getBoundingClientRect().left;
      return [left / cell];
    }
    return [];
  });
})()"""

NUMBERS: Final = """[...document.querySelectorAll(
  ".term-above .term-row, .term-rows .term-row")]
  .map((row) => /^line (\\d+)$/.exec(row.textContent)).filter(Boolean)
  .map((match) => Number(match[1]))"""

SELECT_THREE: Final = """{
  const rows = document.querySelectorAll(".term-rows .term-row");
  getSelection().setBaseAndExtent(rows[0], 0, rows[2], rows[2].childNodes.length);
}"""

RECORD: Final = """
const send = WebSocket.prototype.send;
globalThis.watched = null;
WebSocket.prototype.send = function (text) {
  const { request, args } = JSON.parse(text);
  if (request === "subscribe") globalThis.watched = args.screens;
  return send.call(this, text);
};
"""

# Waits of a minute are over when the test says so.
SHORT_MINUTES: Final = """
globalThis.minutes = [];
const wait = globalThis.setTimeout;
globalThis.setTimeout = (over, after, ...rest) =>
  after === 60_000 ? minutes.push(over) : wait(over, after, ...rest);
"""

INK: Final = """(paneId => {
  const canvas = document.querySelector(`.thumb[data-pane="${paneId}"] canvas`);
  const { width, height } = canvas;
  const copy = new OffscreenCanvas(width, height)
    .getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, width, height).data;
  let ink = 0;
  for (let at = 0; at < pixels.length; at += 4) if (pixels[at] !== pixels[0]) ink += 1;
  return ink;
})"""


def write_more(home: Home, pane: str) -> None:
    """Wait until a program that counts has written 300 lines more; its last may be half there."""
    with home.control() as control:
        read = control("read_pane", pane=pane, history=2)
        lines = [*read["history"], *filter(None, read["text"])]
        last = int(lines[-2].removeprefix("line "))
        # Of what was written since, for on the screen it may be too short to be seen.
        wanted = f"line {last + 300}$"
        since = read["next"]
        control("wait_for", pane=pane, text=wanted, since=since, timeout=TAKEN_WITHIN)


async def test_every_cell_stands_in_its_column(home: Home, page: Page) -> None:
    """Wide characters and those of other fonts must not push the rest of a row aside."""
    made = session(home, "ruled", "sh", "-c", f"printf '{RULED}end'; cat")
    visit = await Visit.begun(page, home, "observer")
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows("end")
    columns: list[float] = await page.evaluate(MARKS)
    assert columns == [pytest.approx(20, abs=0.08)] * len(PIECES)


async def test_who_reads_earlier_lines_sees_a_still_picture(
    home: Home, page: Page
) -> None:
    """Lines that move on under the eyes cannot be read, nor may any be left out."""
    pane = session(home, "counts", "sh", "-c", COUNT)["pane_id"]
    visit = await Visit.begun(page, home, "observer")
    await visit.open_pane(pane)
    await visit.screen_shows("line ")
    await until_shows(home, pane, "line ([2-9]|[1-9][0-9])[0-9]{3}$")
    place = await (await page.element(".term-port")).place()
    await page.scroll(*place, by=-600)
    await page.until(f"({NUMBERS}).length > 300")
    before: list[int] = await page.evaluate(NUMBERS)
    await trio.to_thread.run_sync(write_more, home, pane)
    assert await page.evaluate(NUMBERS) == before
    # Portions that are fetched later fit, though much was written in between.
    for size in (700, 1200):
        await page.until(
            "(document.querySelector('.term-port').scrollTop = 1) &&"
            f"({NUMBERS}).length > {size}"
        )
    read: list[int] = await page.evaluate(NUMBERS)
    assert read == list(range(read[0], before[-1] + 1))
    await page.press("End")
    await page.until(f"Math.max(...{NUMBERS}) > {before[-1]}")
    assert not await page.evaluate(
        "document.querySelector('.term-above').hasChildNodes()"
    )
    with home.control() as control:
        control("kill_session", session="counts")


async def test_selected_text_stays_until_it_is_copied(home: Home, page: Page) -> None:
    """Nobody can copy what is replaced under the mouse."""
    pane = session(home, "selected", "sh", "-c", COUNT)["pane_id"]
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("line ")
    await page.evaluate(SELECT_THREE)
    await page.until("document.querySelector('.term-view').dataset.held === ''")
    # Before it was held it may have moved on, and not all of the selection with it.
    await page.evaluate(SELECT_THREE)
    first: int = (await page.evaluate(NUMBERS))[0]
    await trio.to_thread.run_sync(write_more, home, pane)
    await page.devtools.call(
        "Browser.grantPermissions",
        browserContextId=page.context,
        permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
    )
    await page.call("Page.bringToFront")
    await page.evaluate("document.querySelector('.term-port').focus()")
    await page.press("Control+Shift+c")
    copied = await page.evaluate("navigator.clipboard.readText()")
    assert copied == "\n".join(f"line {first + more}" for more in range(3))
    await visit.take_control()
    assert await page.evaluate("getSelection().isCollapsed")
    await page.until(f"Math.max(...{NUMBERS}) > {first + 300}")
    assert (
        await page.evaluate("document.querySelector('.term-view').dataset.held") is None
    )
    with home.control() as control:
        control("kill_session", session="selected")


async def test_only_small_screens_in_sight_are_watched(home: Home, page: Page) -> None:
    """A hundred panes must not cost what a hundred visible ones do."""
    panes = [session(home, f"row-{at}", "cat")["pane_id"] for at in range(14)]
    await page.set_size(Size(width=700, height=420))
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=RECORD)
    visit = await Visit.begun(page, home, "observer")
    await page.until("watched?.length > 0")
    seen: list[str] = await page.evaluate("watched")
    assert len(seen) < await page.evaluate("document.querySelectorAll('.thumb').length")
    await (await page.element(f".thumb[data-pane='{panes[-1]}']")).place()  # scrolls
    await page.until(f"watched.includes({json.dumps(panes[-1])})")
    await visit.view("Messages")
    await page.until("watched.length === 0")
    with home.control() as control:
        for at in range(14):
            control("kill_session", session=f"row-{at}")


async def test_a_small_screen_shows_what_its_program_writes(
    home: Home, page: Page
) -> None:
    """At a glance one sees that something happens, in both themes."""
    pane = session(home, "inked", "sh", "-c", "echo first; read x; seq 20; cat")[
        "pane_id"
    ]
    await Visit.begun(page, home, "observer")
    await page.element(f".thumb[data-pane='{pane}']")
    ink = f"{INK}({json.dumps(pane)})"
    first = await page.until(ink)
    with home.control() as control:
        control("send_input", pane=pane, submit=True)
    await page.until(f"{ink} > {2 * first}")
    dark = await page.evaluate(ink)
    await page.set_look(scheme="light")
    light = "getComputedStyle(document.querySelector('.thumbs')).getPropertyValue('--term-background')"
    await page.until(f"{light} === '#fdfcf9' && {ink} > {dark} / 4")


async def test_the_grid_is_walked_with_the_keyboard(home: Home, page: Page) -> None:
    """Every pane is reached without a mouse, by one stop of the Tab key."""
    for at in range(3):
        session(home, f"walked-{at}", "cat")
    await Visit.begun(page, home, "observer")
    await page.until("document.querySelectorAll('.thumb').length >= 3")
    assert (
        await page.evaluate(
            "document.querySelectorAll('.thumb[tabindex=\"0\"]').length"
        )
        == 1
    )
    await page.evaluate("document.querySelector('.thumb[tabindex=\"0\"]').focus()")
    order: list[str] = await page.evaluate(
        "[...document.querySelectorAll('.thumb')].map((one) => one.dataset.pane)"
    )
    now = "document.activeElement.dataset.pane"
    await page.press("ArrowRight")
    assert await page.evaluate(now) == order[1]
    await page.press("End")
    assert await page.evaluate(now) == order[-1]
    await page.press("Home", "ArrowRight", "Enter")
    await page.until(f"location.hash.includes({json.dumps(order[1])})")
    await (await page.named("button", "All screens")).click()
    await page.until(f"{now} === {json.dumps(order[1])}")


async def test_control_ends_with_the_program(home: Home, page: Page) -> None:
    """Keys for a program that has ended must not wait for the next one."""
    pane = session(home, "ending", "sh", "-c", "echo go; read x; exit 3")["pane_id"]
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("go")
    await visit.take_control()
    await page.press("Enter")
    await page.until("document.querySelector('.term-view').dataset.control === 'off'")
    await page.until_text("ended with status 3", ".term-overlay")
    assert await page.evaluate("document.querySelector('.term-take').disabled")


async def test_control_ends_when_nobody_is_at_the_keyboard(
    home: Home, page: Page
) -> None:
    """Who comes back after lunch and types must not type into an agent's program."""
    pane = session(home, "left", "cat")["pane_id"]
    await page.call("Page.addScriptToEvaluateOnNewDocument", source=SHORT_MINUTES)
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.take_control()
    await page.evaluate("document.querySelector('.term-head button').focus()")
    await page.until_text("the keyboard is elsewhere", ".term-sign")
    await page.evaluate("minutes.forEach((over) => over())")
    await page.until_text("nobody typed here for a minute", ".term-sign")
    assert await page.evaluate("document.querySelector('.term-input').disabled")


async def test_control_ends_with_the_connection(home: Home, page: Page) -> None:
    """After a break nobody knows what the keys would meet."""
    pane = session(home, "cut", "cat")["pane_id"]
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.take_control()
    with home.control() as control:
        for each in control("token_ls")["tokens"]:
            control("token_revoke", token_id=each["token_id"])
    await page.until("document.querySelector('.term-view').dataset.control === 'off'")
    await page.until("document.querySelector('.term-view').dataset.stale === ''")


async def test_nothing_that_a_program_says_becomes_part_of_the_page(
    home: Home, page: Page
) -> None:
    """Titles, names and output are written by whoever an agent listened to."""
    evil = "<img src=x onerror=alert(1)>"
    say = rf"printf '\033]2;{evil}\a{evil}\342\200\256evil'; exec cat"
    made: dict[str, Any] = session(home, "evil", "sh", "-c", say)
    visit = await Visit.begun(page, home, "observer")
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows(f"{evil}evil")
    assert await page.evaluate("document.images.length") == 0
    with home.control() as control:
        control("kill_session", session="evil")
