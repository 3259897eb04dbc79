"""What an operator does in the page, and what the page shows of the daemon's insides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psutil
import pytest
from visiting import Visit, session

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]


async def test_a_session_is_started_tagged_and_stopped(home: Home, page: Page) -> None:
    """The whole life of an agent without a terminal of one's own."""
    visit = await Visit.begun(page, home)
    await page.press("s")
    await (await page.element("dialog input")).fill("made-here")
    await (await page.named("combobox", "Command")).fill("sh")
    await (await page.element("dialog [type=submit]")).click()
    await visit.row_says("made-here", "running")
    await page.until_text("made-here", "#details")
    await (await page.named("combobox", "Add a tag")).fill("worker")
    await page.press("Enter")
    await page.until_text("worker", "#details")
    with home.control() as control:
        assert control("get_tags", session="made-here")["tags"] == ["worker"]
    await (await page.named("button", "Stop…")).click()
    await (await page.element("dialog .danger")).click()
    await page.until(
        "![...document.querySelectorAll('.session-row .label')]"
        ".some(label => label.textContent === 'made-here')"
    )
    with home.control() as control:
        names = [one["session_name"] for one in control("list_sessions")["sessions"]]
    assert "made-here" not in names


async def test_nothing_is_stopped_without_a_yes(home: Home, page: Page) -> None:
    """A slip of the mouse must not end an agent's work."""
    session(home, "precious", "sh")
    visit = await Visit.begun(page, home)
    await visit.row("precious")
    await page.evaluate(
        "[...document.querySelectorAll('.session-row')]"
        ".find(row => row.innerText.includes('precious')).click()"
    )
    await (await page.named("button", "Stop…")).click()
    await (await page.named("button", "Cancel")).click()
    await page.until("document.querySelector('dialog') === null")
    await visit.row_says("precious", "running")


async def test_an_observer_cannot_start_anything(home: Home, page: Page) -> None:
    """The button stays, and says why it does nothing."""
    visit = await Visit.begun(page, home, "observer")
    start = await page.element(".start")
    assert await start.attribute("aria-disabled") == "true"
    assert "observer" in (await start.attribute("title") or "")
    await start.click()
    assert await page.evaluate("document.querySelector('dialog') === null")
    await visit.is_live()


async def test_a_restart_shows_in_the_supervision_tree(home: Home, page: Page) -> None:
    """Supervision that cannot be seen is not believed."""
    session(home, "brittle", "sh")
    visit = await Visit.begun(page, home)
    await visit.view("Supervision")
    zygote = (
        "[...document.querySelectorAll('.actor-row')].find("
        "row => row.querySelector('.actor-label')?.textContent === 'zygote')"
    )
    restarts = f"Number({zygote}?.querySelector('.actor-restarts').textContent)"
    await page.until(zygote)
    assert await page.evaluate(restarts) == 0
    assert home.daemon is not None
    # The daemon's only child is the process that pane hosts are forked from.
    (process,) = psutil.Process(home.daemon.pid).children()
    process.kill()
    await page.until(f"{restarts} === 1")
    await page.until(f"{zygote}.innerText.includes('running')")
    await page.until(f"{zygote}.querySelector('.actor-exit').textContent")
