"""Messages in the page: the timeline and its evidence, writing, and who talks to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mcpkit import inside
from visiting import Visit, session

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]


@pytest.fixture(scope="module")
def home(home: Home) -> Home:
    """A daemon with somebody whom agents report to."""
    session(home, "lead", "sh", tags=["orchestrator"])
    return home


def letter(text: str) -> str:
    """The line of the message with this text, in JavaScript."""
    return (
        "[...document.querySelectorAll('.letter-line')]"
        f".find(line => line.querySelector('.words').textContent.includes('{text}'))"
    )


async def test_a_message_is_seen_on_its_way(home: Home, page: Page) -> None:
    """Queued, then consumed when the recipient has proved it: that is what is promised."""
    visit = await Visit.begun(page, home, "observer")
    await visit.view("Messages")
    async with inside(home.relay("reader")) as agent:
        with home.control() as control:
            control(
                "send_orchestration",
                target={"session": "reader"},
                msg_type="note",
                payload={"text": "the tests are green"},
            )
        line = letter("the tests are green")
        await page.until(f"{line}?.innerText.includes('queued')")
        await agent.receive()
        await agent.call("get_tags")
        await page.until(f"{line}?.innerText.includes('consumed')")
    await page.evaluate(f"{line}.click()")
    await page.until_text("consumed", ".letter-full .recipients")
    await page.until_text("the tests are green", ".letter-full")


async def test_an_operator_writes_and_the_agent_gets_it(home: Home, page: Page) -> None:
    """From the field to the inbox, as the person who holds the link."""
    visit = await Visit.begun(page, home)
    await visit.view("Messages")
    async with inside(home.relay("ann")) as agent:
        await visit.row("ann")
        await (await page.named("combobox", "Which")).fill("ann")
        await page.until_text("reaches ann", ".audience")
        await (await page.named("textbox", "Message")).fill("Rebase, please")
        await page.press("Enter")
        (message,) = await agent.receive()
        assert message["payload"] == {"text": "Rebase, please"}
        assert message["from"]["attested"] != "process"
        await page.until(letter("Rebase, please"))
        # And the answer comes back to the same timeline.
        await agent.call("reply", message_id=message["id"], text="Rebased.")
        await page.until(f"{letter('Rebased.')}")
        await page.until(f"{letter('Rebase, please')}?.innerText.includes('answered')")


async def test_a_message_for_nobody_is_refused_with_its_reason(
    home: Home, page: Page
) -> None:
    """Zero recipients are an error everywhere, and so in the page."""
    visit = await Visit.begun(page, home)
    await visit.view("Messages")
    await (await page.named("combobox", "Which")).fill("nobody-at-all")
    await page.until_text("reaches nobody", ".audience")
    await (await page.named("textbox", "Message")).fill("hello?")
    await page.press("Enter")
    await page.until("document.querySelector('.compose .problem').textContent")
    assert (
        await page.evaluate("document.querySelector('.compose-text').value") == "hello?"
    )


async def test_an_observer_has_nothing_to_write_with(home: Home, page: Page) -> None:
    """Instead they read why."""
    visit = await Visit.begun(page, home, "observer")
    await visit.view("Messages")
    await page.until_text("observer", ".compose-refused")
    assert await page.query("textbox", "Message") == []


async def test_filters_leave_what_was_asked_for(home: Home, page: Page) -> None:
    """In a busy fleet the timeline is only useful in parts."""
    with home.control() as control:
        session(home, "busy", "sh")
        for text in ("alpha one", "beta two"):
            control(
                "send_orchestration",
                target={"session": "busy"},
                msg_type=text.split()[0],
                payload={"text": text},
            )
    visit = await Visit.begun(page, home)
    await visit.view("Messages")
    await page.until(f"{letter('alpha one')} && {letter('beta two')}")
    await (await page.named("searchbox", "Search messages")).fill("alpha")
    await page.until(f"{letter('alpha one')} && !{letter('beta two')}")
    await (await page.named("button", "Show all")).click()
    await page.until(f"{letter('alpha one')} && {letter('beta two')}")


async def test_the_graph_and_its_table_say_who_talks_to_whom(
    home: Home, page: Page
) -> None:
    """A drawing for those who see it, the same as a table for everybody."""
    session(home, "hub", "sh")
    with home.control() as control:
        for _ in range(3):
            control(
                "send_orchestration",
                target={"session": "hub"},
                msg_type="note",
                payload={"text": "hi"},
            )
    visit = await Visit.begun(page, home)
    await visit.view("Graph")
    await page.until(
        "[...document.querySelectorAll('.person')]"
        ".some(one => one.ariaLabel.startsWith('hub') && one.ariaLabel.includes('3 from'))"
    )
    await (await page.named("button", "Table")).click()
    await page.until_text("hub", ".graph-table")
    assert "3" in await page.text(".graph-table")
