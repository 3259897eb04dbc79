"""The fleet in the page of a real daemon: who is there, how they are, who needs somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from daemonkit import ControlError
from mcpkit import inside
from visiting import Visit, repository, session

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def home(home: Home) -> Home:
    """A daemon with somebody whom agents report to."""
    session(home, "lead", "sh", tags=["orchestrator"])
    return home


async def test_sessions_stand_below_their_repository_and_worktree(
    home: Home, page: Page
) -> None:
    """People look for an agent where its work is, and screen readers get the levels."""
    shop, api = home.root / "shop", home.root / "shop-api"
    repository(shop, api)
    session(home, "shopper", "sh", cwd=str(shop))
    session(home, "apian", "sh", cwd=str(api))
    visit = await Visit.begun(page, home)
    await visit.row("shopper")
    await visit.row("apian")
    levels = await page.evaluate(
        "[...document.querySelectorAll('[role=treeitem]')]"
        ".map(row => [Number(row.ariaLevel), row.querySelector('.label').textContent])"
    )
    own = levels[[label for _, label in levels].index("shop") :]
    assert own[0] == [1, "shop"]
    names = [label for _, label in own]
    assert names.index("shop-api") < names.index("apian")
    assert dict(map(reversed, own))["apian"] == 3


async def test_a_status_report_is_shown_with_its_words(home: Home, page: Page) -> None:
    """What an agent says of itself is the first thing that people want to know."""
    visit = await Visit.begun(page, home)
    async with inside(home.relay("ann")) as agent:
        await visit.row_says("ann", "running")
        await agent.call("report_status", status="working", message="reading parser.py")
        await visit.row_says("ann", "working", "reading parser.py")
        await agent.call("report_status", status="waiting_for_input", message="Which?")
        await visit.row_says("ann", "waiting for input", "Which?")
        await agent.call("report_status", status="complete")
        await visit.row_says("ann", "complete")


async def test_whoever_needs_somebody_is_counted_and_found(
    home: Home, page: Page
) -> None:
    """A person with a hundred agents must not have to search for the one that waits."""
    visit = await Visit.begun(page, home)
    session(home, "plain", "sh")
    async with inside(home.relay("stuck")) as agent:
        await agent.call("report_status", status="blocked", message="no key")
        await visit.row_says("stuck", "needs you", "blocked", "no key")
        await page.until("document.title.startsWith('(')")
        await (await page.element(".needs-you")).click()
        await page.until("location.hash.includes('session=')")
        selected = "document.querySelector('[role=treeitem][aria-selected=true]')"
        await page.until(f"{selected}?.innerText.includes('stuck')")
        await agent.call("report_status", status="working")
        await page.until("document.querySelector('.needs-you').hidden")


async def test_unread_messages_are_counted_until_they_are_read(
    home: Home, page: Page
) -> None:
    """A full inbox says that an agent does not look."""
    visit = await Visit.begun(page, home)
    async with inside(home.relay("reader")) as agent:
        with home.control() as control:
            for number in range(3):
                control(
                    "send_orchestration",
                    target={"session": "reader"},
                    msg_type="note",
                    payload={"number": number},
                )
        await visit.row_says("reader", "3 unread")
        await agent.receive(count=3)
        await agent.call("get_tags")  # any further request proves that they arrived
        await page.until(
            "![...document.querySelectorAll('.session-row')]"
            ".find(row => row.innerText.includes('reader')).innerText.includes('unread')"
        )


async def test_a_program_that_failed_is_seen_at_once(home: Home, page: Page) -> None:
    """Its exit code is what one would ask next."""
    visit = await Visit.begun(page, home)
    session(home, "failing", "sh", "-c", "exit 3")
    await visit.row_says("failing", "exit 3", "failed")
    session(home, "done", "true")
    await visit.row_says("done", "ended")


async def test_a_filter_leaves_what_fits(home: Home, page: Page) -> None:
    """By name and by tag, and Escape brings everybody back."""
    session(home, "needle", "sh", tags=["special"])
    session(home, "straw", "sh")
    visit = await Visit.begun(page, home)
    await visit.row("straw")
    await page.press("/")
    await page.write("special")
    await page.until("document.querySelectorAll('.session-row').length === 1")
    await visit.row("needle")
    await page.press("Escape")
    await visit.row("straw")


async def test_a_session_that_ends_leaves_the_page(home: Home, page: Page) -> None:
    """What is shown is what is the case, without a reload."""
    session(home, "brief", "sh")
    visit = await Visit.begun(page, home)
    await visit.row("brief")
    with home.control() as control:
        control("kill_session", session="brief")
        with pytest.raises(ControlError):
            control("list_panes", session="brief")
    await page.until(
        "![...document.querySelectorAll('.session-row .label')]"
        ".some(label => label.textContent === 'brief')"
    )


async def test_a_name_is_text_whatever_it_looks_like(home: Home, page: Page) -> None:
    """Agents choose statuses and messages: none of it may become markup."""
    visit = await Visit.begun(page, home)
    evil = "<img src=x onerror=document.title='owned'>"
    async with inside(home.relay("odd")) as agent:
        await agent.call("report_status", status="working", message=evil)
        await visit.row_says("odd", evil)
    assert await page.evaluate("document.images.length") == 0
