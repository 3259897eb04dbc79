"""The page for everybody: both themes, a phone, a keyboard alone, a screen reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

import axe
import pytest
from browserpage import PHONE
from visiting import Visit, session, url

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]

VIEWS = ("Screens", "Messages", "Graph", "Supervision")


@pytest.fixture(scope="module")
def home(home: Home) -> Home:
    """A daemon with a few sessions that have said something to each other."""
    session(home, "lead", "sh", tags=["orchestrator"])
    session(home, "ann", "sh", "-c", "printf '\\033[32mgreen\\033[0m\\n'; cat")
    session(home, "failing", "sh", "-c", "exit 3")
    with home.control() as control:
        for name in ("lead", "ann"):
            control(
                "send_orchestration",
                target={"session": name},
                msg_type="note",
                payload={"text": f"hello {name}"},
            )
    return home


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_nobody_is_shut_out(
    home: Home, page: Page, axe_source: str, scheme: str
) -> None:
    """Names, roles, contrast and order, as axe-core judges them, in both themes."""
    await page.set_look(scheme=scheme)
    visit = await Visit.begun(page, home)
    await visit.row_says("failing", "exit 3")
    found = {}
    for view in VIEWS:
        await visit.view(view)
        found[view] = axe.heavy(await axe.violations(page, axe_source))
    await page.press("s")
    await page.element("dialog")
    found["start"] = axe.heavy(await axe.violations(page, axe_source))
    await page.press("Escape")
    await visit.view("Screens")
    pane = await page.until("document.querySelector('.thumb')?.dataset.pane")
    await visit.open_pane(pane)
    await visit.take_control()
    found["pane"] = axe.heavy(await axe.violations(page, axe_source))
    assert found == {view: [] for view in found}


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_a_refused_visitor_is_not_shut_out_either(
    home: Home, page: Page, axe_source: str, scheme: str
) -> None:
    """The page without a fleet in it is a page, too."""
    await page.set_look(scheme=scheme)
    await page.go(url(home))
    await page.element("#gate")
    assert axe.heavy(await axe.violations(page, axe_source)) == []


async def test_the_theme_is_the_persons_and_can_be_switched(
    home: Home, page: Page
) -> None:
    """As the system says at first; who chooses otherwise keeps it."""
    await page.set_look(scheme="light")
    await Visit.begun(page, home)
    color = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(color)
    await page.set_look(scheme="dark")
    dark = await page.until(f"{color} !== '{light}' && {color}")
    switch = await page.named("button", "Switch between dark and light")
    await switch.click()
    await page.until(f"{color} === '{light}'")
    await page.reload()
    await page.until(f"{color} === '{light}'")
    assert light != dark


async def test_everything_is_within_reach_on_a_phone(home: Home, page: Page) -> None:
    """No sideways scrolling, and every view one tap away."""
    await page.set_size(PHONE)
    visit = await Visit.begun(page, home)
    for view in (*VIEWS, "Fleet"):
        await visit.view(view)
        wide = await page.evaluate(
            "document.documentElement.scrollWidth > innerWidth || "
            "visualViewport.scale !== 1"
        )
        assert not wide, view
    await (await page.element(".session-row")).click()
    await page.until("document.documentElement.dataset.column === 'details'")


async def test_a_pane_is_shown_and_controlled_on_a_phone(
    home: Home, page: Page
) -> None:
    """Fingers have no Escape and no arrows, so the page has them."""
    await page.set_size(PHONE)
    made = session(home, "pocket", "sh", "-c", "echo pocket; cat -v")
    visit = await Visit.begun(page, home)
    await visit.view("Screens")
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows("pocket")
    await visit.take_control()
    await (await page.named("button", "Esc")).click()
    await page.press("Enter")  # that one is on every keyboard
    await visit.screen_shows("^[")


async def test_the_keyboard_alone_is_enough(home: Home, page: Page) -> None:
    """From the tree to a terminal, into it and out again, without a mouse."""
    made = session(home, "keyed", "sh", "-c", "echo keyed; cat")
    visit = await Visit.begun(page, home)
    await visit.row("keyed")
    await page.press("/")
    await page.write("keyed")
    await page.until("document.querySelectorAll('.session-row').length === 1")
    await page.press("Enter")
    await page.until("document.activeElement.matches('[role=tree]')")
    await page.press("ArrowDown", "Enter", "Enter")
    await page.until(f"location.hash.includes('{made['pane_id']}')")
    await visit.screen_shows("keyed")


async def test_tab_reaches_every_part_and_is_never_caught(
    home: Home, page: Page
) -> None:
    """A terminal that is not controlled must let the Tab key pass."""
    visit = await Visit.begun(page, home)
    pane = await page.until("document.querySelector('.thumb')?.dataset.pane")
    await visit.open_pane(pane)
    seen = []
    for _ in range(40):
        await page.press("Tab")
        seen.append(
            await page.evaluate(
                "(one => one.closest('#bar, #fleet, #main, #details')?.id ?? one.tagName)"
                "(document.activeElement)"
            )
        )
    assert {"bar", "fleet", "main"} <= set(seen)


async def test_nothing_jumps_when_the_fleet_arrives(home: Home, page: Page) -> None:
    """The browser's own measure of layout shifts, from the first paint on."""
    await Visit.begun(page, home)
    await page.element(".thumb")
    shift = await page.evaluate(
        "new Promise(done => new PerformanceObserver(list => done("
        "list.getEntries().reduce((sum, one) => sum + one.value, 0)))"
        ".observe({type: 'layout-shift', buffered: true})"
        " || setTimeout(() => done(0), 300))"
    )
    assert shift < 0.1
