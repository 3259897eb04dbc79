"""The web page in a real Chromium: from a key to its pixel, and a hundred small screens.

What is timed happens inside the page, by the browser's own clock: the key's event has
the time at which it came, and the frame after the one that has the character in it ends
the wait, for then it is drawn. Without Chromium it measures nothing.
"""

from __future__ import annotations

import statistics
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import chromium as browser
import psutil
import trio
from browserpage import Size
from daemonkit import running_home
from figures import MS, PER_SECOND, PERCENT, Figure, Numbers, latencies
from visiting import ANY_PORT, Visit, session

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

PANES = 100
KEYS = 60
WARM_UP = 10
SECONDS = 5.0
SETTLE_SECONDS = 3.0
FIGURES = [
    Figure("page.key.p50", "a key to its pixel, p50", MS, aim=60.0),
    Figure("page.key.p99", "the same, p99", MS),
    Figure(
        "page.frames",
        f"frames, {PANES} panes in sight and changing",
        PER_SECOND,
        aim=30.0,
    ),
    Figure("page.slow", "the slowest frame of them", MS),
    Figure("page.busy", "processor time of the daemon meanwhile", PERCENT),
    Figure(
        "page.idle", f"the same, {PANES} panes in sight and idle", PERCENT, aim=50.0
    ),
]

ECHO = "stty raw -echo; printf ready; exec cat"
# Fills its screen; then prints a line a second, but only while the file is there. Each
# scrolls the screen, so that all of it is drawn anew.
TICK = r"""
line() {{ printf '\033[3%dmline %04d \033[0m%060d\n' $((n % 7 + 1)) $n $n; n=$((n+1)); }}
n=0; while [ $n -lt 30 ]; do line; done
while sleep 1; do [ -e {flag} ] && line; done
"""

# Notes for each key how long it takes until the frame that shows its character is done.
WATCH_KEYS = """
(() => {
  const channel = new MessageChannel();
  const waiting = [];
  window.taken = [];
  channel.port1.onmessage = () => {
    while (waiting.length) window.taken.push(performance.now() - waiting.shift());
  };
  let pressed = null;
  addEventListener("keydown", (event) => {
    pressed = { character: event.key, at: event.timeStamp };
  }, true);
  new MutationObserver(() => {
    if (pressed === null) return;
    const text = document.querySelector(".term-live").textContent;
    if (!text.includes(pressed.character)) return;
    const { at } = pressed;
    pressed = null;
    // After the next frame was painted: what is posted in it comes once it is through.
    requestAnimationFrame(() => { waiting.push(at); channel.port2.postMessage(0); });
  }).observe(document.querySelector(".term-live"),
    { subtree: true, childList: true, characterData: true, attributes: true });
})()
"""

COUNT_FRAMES = """
new Promise((done) => {
  const times = [];
  const note = (now) => {
    times.push(now);
    if (now - times[0] < MS) requestAnimationFrame(note);
    else done(times);
  };
  requestAnimationFrame(note);
})
"""


async def keys(page: Page, home: Home) -> Numbers:
    """How long a keystroke takes."""
    pane = session(home, "echo", "sh", "-c", ECHO)["pane_id"]
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("ready")
    await visit.take_control()
    await page.evaluate(WATCH_KEYS)
    # Each is another character, so that none is taken for an earlier one.
    for number in range(KEYS):
        await page.press(chr(0x100 + number))
        await page.until(f"taken.length > {number}")
    taken: list[float] = await page.evaluate("taken")
    return latencies("page.key", [one / 1e3 for one in taken[WARM_UP:]])


async def many(page: Page, home: Home) -> Numbers:
    """A hundred panes in sight: busy, then idle."""
    flag = home.root / "tick"
    command = TICK.format(flag=flag)
    for number in range(PANES):
        session(home, f"tick-{number}", "sh", "-c", command)
    flag.touch()
    visit = await Visit.begun(page, home)
    await (await page.named("button", "Small")).click()
    await page.until(
        f"document.querySelectorAll('.thumb').length >= {PANES}", within=60
    )
    hidden = (
        "[...document.querySelectorAll('.thumb')]"
        ".filter(one => one.getBoundingClientRect().bottom > innerHeight).length"
    )
    assert await page.evaluate(hidden) == 0, "not all panes are in sight"
    await visit.is_live()
    await trio.sleep(SETTLE_SECONDS)
    async with Busy(home) as busy:
        frames = COUNT_FRAMES.replace("MS", str(SECONDS * 1e3))
        times: list[float] = await page.evaluate(frames)
    gaps = [after - before for before, after in pairwise(times)]
    flag.unlink()
    await trio.sleep(SETTLE_SECONDS)
    async with Busy(home) as idle:
        await trio.sleep(SECONDS)
    return {
        "page.frames": 1e3 / statistics.fmean(gaps),
        "page.slow": max(gaps),
        "page.busy": busy.percent,
        "page.idle": idle.percent,
    }


class Busy:
    """The daemon's processor time while a block runs, in percent of one processor."""

    def __init__(self, home: Home) -> None:
        assert home.daemon is not None
        self.daemon = psutil.Process(home.daemon.pid)
        self.percent = 0.0

    async def __aenter__(self) -> Self:
        self.began = trio.current_time()
        self.before = self.daemon.cpu_times()
        return self

    async def __aexit__(self, *_: object) -> None:
        after = self.daemon.cpu_times()
        used = after.user + after.system - self.before.user - self.before.system
        self.percent = 100 * used / (trio.current_time() - self.began)


async def measured(chromium: browser.Chromium) -> Numbers:
    """Both, each with a daemon of its own."""
    numbers: Numbers = {}
    for size, part in ((Size(), keys), (Size(width=2200, height=1600), many)):
        with running_home(ANY_PORT) as home:
            async with trio.open_nursery() as nursery:
                async with chromium.page(nursery, size) as page:
                    numbers |= await part(page, home)
    return numbers


def measure() -> Numbers:
    """One run."""
    program = browser.find()
    if program is None:
        print("no Chromium: the page is not measured", file=sys.stderr)
        return {}
    with browser.started(program) as chromium:
        return trio.run(measured, chromium)
