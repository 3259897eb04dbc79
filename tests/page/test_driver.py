"""The browser's driver: what it sees and does, on small pages made for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import axe
import chromium as browser
import psutil
import pytest
from browserkeys import press
from browserpage import PHONE, PageError
from daemonkit import has_ended, wait_until
from devtools import ProtocolError
from pageserver import served

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trio
    from browserpage import Page
    from chromium import Chromium

pytestmark = [pytest.mark.real, pytest.mark.slow]

SUPPORT = Path(browser.__file__).parent

FORM = """<!doctype html><html lang="en"><title>Form</title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">
<script type="module" src="/form.js"></script>
<main><h1>Form</h1>
<label>Name <input id="name"></label> <button>Greet</button>
<p id="said"></p><div id="cover" hidden>wait</div></main>"""

FORM_SCRIPT = """
const said = document.querySelector("#said"), name = document.querySelector("#name");
const log = what => { said.textContent += what + ";"; };
document.querySelector("button").addEventListener("click", event => {
  log(`${event.isTrusted ? "click" : "fake"}${event.shiftKey ? "+shift" : ""} ${name.value}`);
});
name.addEventListener("keydown", event => log(`${event.key}/${event.code}`));
name.addEventListener("paste", event => log("paste " + event.clipboardData.getData("text")));
name.addEventListener("compositionend", event => log("composed " + event.data));
document.addEventListener("touchstart", () => log("touch"));
"""

STYLE = """
body { color-scheme: light dark; background: white; }
@media (prefers-color-scheme: dark) { body { background: black; color: white; } }
#cover { position: fixed; inset: 0; background: grey; }
#said { white-space: pre; }
#cover[hidden] { display: none; }
"""

PAGES = {
    "/": FORM,
    "/form.js": FORM_SCRIPT,
    "/style.css": STYLE,
    "/inline": "<!doctype html><title>x</title><script>document.title = 1</script>",
    "/broken": '<!doctype html><title>x</title><script src="/broken.js"></script>',
    "/broken.js": 'console.error("no", "good"); fetch("/missing"); nothing.here()',
    "/poor": '<!doctype html><html lang="en"><title>Poor</title><main><h1>P</h1>'
    "<button></button></main>",
}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the small pages are."""
    with served(PAGES) as origin:
        yield origin


async def test_a_click_is_a_real_one_on_what_a_screen_reader_finds(
    page: Page, origin: str
) -> None:
    """Input passes hit testing and focus, or tests would prove less than they say."""
    await page.go(origin)
    await (await page.named("textbox", "Name")).fill("Ann")
    button = await page.named("button", "Greet")
    await button.click(held="Shift")
    await page.until_text("click+shift Ann;", "#said")
    assert 'button "Greet"' in await page.outline()


async def test_keys_are_pressed_where_the_focus_is(page: Page, origin: str) -> None:
    """A page's shortcuts look at `key` and `code`, so both are those of a keyboard."""
    await page.go(origin)
    await (await page.element("#name")).click()
    await page.press("a", "7", "Shift+Tab", "Control+Enter", "+", "Shift++")
    said = await page.text("#said")
    assert said == "a/KeyA;7/Digit7;Tab/Tab;"
    await (await page.element("#name")).click()
    await page.press("Control+Enter", "+")
    assert (await page.text("#said")).endswith("Tab/Tab;Enter/Enter;+/;")


async def test_a_paste_brings_the_clipboards_text(page: Page, origin: str) -> None:
    """A page that takes pasted text must get a paste event, not keys."""
    await page.go(origin)
    await (await page.element("#name")).click()
    await page.paste("two\nlines")
    await page.until_text("paste two\nlines;", "#said")


async def test_an_input_method_composes_text(page: Page, origin: str) -> None:
    """Text of an input method comes without a key press, so it is tested on its own."""
    await page.go(origin)
    await (await page.element("#name")).click()
    await page.compose("に", "にほ", text="日本")
    assert await page.evaluate("document.querySelector('#name').value") == "日本"
    await page.until_text("composed 日本;", "#said")


async def test_what_is_covered_cannot_be_clicked(page: Page, origin: str) -> None:
    """A click that a person could not make must not pass a test."""
    await page.go(origin)
    button = await page.named("button", "Greet")
    await page.evaluate(
        "const cover = document.querySelector('#cover'); cover.hidden = false;"
        "setTimeout(() => { cover.hidden = true }, 300)"
    )
    await button.click()
    await page.until_text("click ;", "#said")
    assert await page.evaluate("document.querySelector('#cover').hidden")


async def test_a_phone_has_a_small_window_and_a_touch_screen(
    page: Page, origin: str
) -> None:
    """Pages lay themselves out for a phone by exactly these two."""
    await page.set_size(PHONE)
    await page.go(origin)
    assert await page.evaluate("[innerWidth > 300, devicePixelRatio]") == [True, 2]
    assert await page.evaluate("matchMedia('(pointer: coarse)').matches")
    await (await page.element("button")).click()
    await page.until_text("touch;click ;", "#said")


async def test_the_persons_theme_is_in_force_and_in_the_picture(
    page: Page, origin: str
) -> None:
    """Both themes are tested, so both must be told apart."""
    await page.go(origin)
    pictures = []
    for scheme, color in (("dark", "rgb(0, 0, 0)"), ("light", "rgb(255, 255, 255)")):
        await page.set_look(scheme=scheme)
        await page.until(
            f"getComputedStyle(document.body).backgroundColor == '{color}'"
        )
        pictures.append(await page.picture())
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)
    assert pictures[0] != pictures[1]


async def test_whatever_goes_wrong_in_a_page_is_a_complaint(
    page: Page, origin: str
) -> None:
    """A clean page is only worth something if a dirty one shows."""
    await page.go(f"{origin}/broken")
    await page.until(
        "performance.getEntriesByName(location.origin + '/missing').length"
    )
    await page.go(f"{origin}/inline")
    found = "\n".join(page.complaints)
    for expected in (
        "console.error: no good",
        "nothing is not defined",
        f"request: 404 for {origin}/missing",
        "Content Security Policy",
    ):
        assert expected in found
    page.faults.allow("")


async def test_the_requests_of_a_page_are_known(page: Page, origin: str) -> None:
    """Whether a secret leaves the page is read from them."""
    await page.go(f"{origin}/?a=b#secret")
    assert {request.url for request in page.faults.requests} >= {
        f"{origin}/?a=b",
        f"{origin}/form.js",
    }
    assert (await page.history())[-1] == f"{origin}/?a=b#secret"
    await page.reload()
    urls = [request.url for request in page.faults.requests]
    assert urls.count(f"{origin}/?a=b") == 2


async def test_pages_share_nothing(
    chromium: Chromium, nursery: trio.Nursery, origin: str
) -> None:
    """What one test leaves in the browser must not help or harm the next."""
    async with chromium.page(nursery) as one, chromium.page(nursery) as two:
        await one.go(origin)
        await two.go(origin)
        await one.evaluate("localStorage.setItem('a', 'b')")
        assert await two.evaluate("localStorage.getItem('a')") is None


async def test_axe_core_finds_a_nameless_button(
    page: Page, origin: str, axe_source: str
) -> None:
    """The judge of accessibility is judged once itself, under a strict policy."""
    await page.go(f"{origin}/poor")
    found = axe.heavy(await axe.violations(page, axe_source))
    assert [one.split(":")[1].strip() for one in found] == ["button-name"]
    page.faults.allow("favicon")


async def test_what_does_not_come_is_told_with_what_was_there(
    page: Page, origin: str
) -> None:
    """A failed test must say what the page had instead."""
    await page.go(origin)
    with pytest.raises(PageError, match=r"at last: 0; complaints: \[\]"):
        await page.until("document.querySelectorAll('img').length", within=0.1)
    with pytest.raises(PageError, match='button "Greet"'):
        await page.named("button", "Leave", within=0.1)
    with pytest.raises(PageError, match="nothing is not defined"):
        await page.evaluate("nothing")
    with pytest.raises(ProtocolError, match=r"Page\.fly"):
        await page.call("Page.fly")


def test_no_process_survives_a_test_that_fails() -> None:
    """Browsers that are left behind would eat the machine, one test after the other."""
    program = browser.find()
    if program is None:
        pytest.skip("no Chromium")
    members: list[psutil.Process] = []

    def failing() -> None:
        with browser.started(program) as running:
            members.extend(running.members())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert len(members) > 1
    assert all(has_ended(process) or not process.is_running() for process in members)


def test_the_browser_ends_with_whoever_started_it() -> None:
    """A killed test run has no chance to clean up."""
    if browser.find() is None:
        pytest.skip("no Chromium")
    code = """
import sys
import chromium
with chromium.started(chromium.find()) as running:
    print(running.profile, *(one.pid for one in running.members()), flush=True)
    sys.stdin.read()
"""
    owner = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(SUPPORT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout is not None
        profile, *pids = owner.stdout.readline().decode().split()
        members = [psutil.Process(int(pid)) for pid in pids]
        owner.send_signal(signal.SIGKILL)
    try:
        assert len(members) > 1
        wait_until(lambda: not any(map(is_alive, members)))
    finally:
        for process in filter(is_alive, members):
            process.kill()
        subprocess.run(["rm", "-rf", profile], check=True)


def is_alive(process: psutil.Process) -> bool:
    """Whether a process still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize(
    ("chord", "key", "text", "modifiers"),
    [
        ("a", "a", "a", 0),
        ("+", "+", "+", 0),
        ("Control++", "+", None, 2),
        ("Control+Shift+ArrowUp", "ArrowUp", None, 10),
        ("Enter", "Enter", "\r", 0),
        ("é", "é", "é", 0),
    ],
)
def test_a_chord_is_a_press_and_a_release(
    chord: str, key: str, text: str | None, modifiers: int
) -> None:
    """Keys with a modifier make no text, as on a keyboard."""
    down, up = press(chord)
    assert (down["key"], down.get("text"), down["modifiers"]) == (key, text, modifiers)
    assert up["type"] == "keyUp"
