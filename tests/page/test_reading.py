"""Reading messages in the page: what is read stays in place, whatever goes on around it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from visiting import Visit, session

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]

ODD_TYPES = ("constructor", "__proto__", "delivery_failed", "<b>bold</b>")


@pytest.fixture(scope="module")
def home(home: Home) -> Home:
    """A daemon with two sessions that read nothing."""
    for name in ("ann", "ben"):
        session(home, name, "sh")
    return home


def send(home: Home, text: str, to: str = "ann", **more: Any) -> dict[str, Any]:
    """A message with this text."""
    payload = {"text": text, "recipients": [None], "message": {}}
    with home.control() as control:
        return control(
            "send_orchestration",
            target={"session": to},
            **{"msg_type": "note", "payload": payload, **more},
        )


def line(text: str) -> str:
    """The line of the message with this text, in JavaScript."""
    return (
        "[...document.querySelectorAll('.letter-line')].find("
        f"line => line.querySelector('.words').textContent.includes({json.dumps(text)}))"
    )


async def opened(page: Page, text: str) -> None:
    """Open the message with this text."""
    await page.until(f"{line(text)}?.click() ?? {line(text)}")
    await page.until(f"{line(text)}.nextElementSibling.innerText.includes('target')")


@pytest.mark.parametrize("kind", ODD_TYPES)
async def test_a_type_of_any_name_is_shown_as_it_is(
    home: Home, page: Page, kind: str
) -> None:
    """Types are what senders call them; none may stand for something else in the page."""
    send(home, f"about {kind}", msg_type=kind)
    visit = await Visit.begun(page, home, "observer")
    await visit.view("Messages")
    await opened(page, f"about {kind}")
    shown = await page.evaluate(f"{line(f'about {kind}')}.parentElement.innerText")
    assert kind.replace("_", " ").strip() in shown


async def test_a_selection_outlives_what_becomes_of_the_message(
    home: Home, page: Page
) -> None:
    """Who copies from a message must not lose it because the recipient ends just now."""
    session(home, "brief", "sh")
    send(home, "copy me, please", to="brief")
    visit = await Visit.begun(page, home)
    await visit.view("Messages")
    await opened(page, "copy me, please")
    await page.evaluate(
        f"getSelection().selectAllChildren({line('copy me, please')}"
        ".parentElement.querySelector('.letter-text, .letter-body'))"
    )
    before = await page.evaluate("getSelection().toString()")
    assert "copy me, please" in before
    with home.control() as control:
        control("kill_session", session="brief")
    await page.until(f"{line('copy me, please')}?.innerText.includes('dead')")
    await page.until_text("dead", ".letter-full .recipients")
    assert await page.evaluate("getSelection().toString()") == before


async def test_what_comes_meanwhile_does_not_push_away_what_is_read(
    home: Home, page: Page
) -> None:
    """The timeline follows its end only for who is at the end; others are told how much came."""
    for number in range(60):
        send(home, f"earlier {number}")
    visit = await Visit.begun(page, home)
    await visit.view("Messages")
    await page.until(line("earlier 59"))
    scroller = "document.querySelector('.letters-scroller')"
    at_end = f"{scroller}.scrollHeight - {scroller}.scrollTop - {scroller}.clientHeight"
    await page.until(f"{at_end} < 4")
    send(home, "followed")
    await page.until(f"{line('followed')} && {at_end} < 4")

    await page.evaluate(f"{scroller}.scrollTop = 0")
    await page.until(f"{scroller}.scrollTop === 0")
    send(home, "unseen")
    await page.until_text("1 new below", ".unseen")
    assert await page.evaluate(f"{scroller}.scrollTop") == 0
    await (await page.named("button", "1 new below")).click()
    await page.until(f"{at_end} < 4")
    assert await page.query("button", "1 new below") == []


async def test_an_answer_is_written_from_where_the_question_is_read(
    home: Home, page: Page
) -> None:
    """It goes to who asked, and both stand in one conversation."""
    asked = send(home, "which branch?")
    visit = await Visit.begun(page, home)
    await visit.view("Messages")
    await opened(page, "which branch?")
    reply = (
        f"{line('which branch?')}.parentElement.querySelector('.letter-actions button')"
    )
    await page.evaluate(f"{reply}.click()")
    await page.until("document.activeElement.matches('.compose-text')")
    await page.write("main")
    await page.press("Enter")
    await page.until(f"{line('main')}")
    with home.control() as control:
        (answer,) = (
            message
            for message in control("messages", limit=20)["messages"]
            if message.get("in_reply_to") == asked["message_id"]
        )
    assert answer["payload"] == {"text": "main"}


async def test_the_arrow_keys_walk_through_messages(home: Home, page: Page) -> None:
    """One stop for Tab, whatever the number of messages; the last one comes first."""
    send(home, "one before")
    send(home, "the last")
    visit = await Visit.begun(page, home, "observer")
    await visit.view("Messages")
    await page.until(line("the last"))
    stops = "document.querySelectorAll('.letter-line[tabindex=\"0\"]').length"
    await page.until(f"{stops} === 1")
    await page.press("m")
    focused = "document.activeElement.querySelector('.words')?.textContent"
    await page.until(f"{focused}?.includes('the last')")
    await page.press("ArrowUp")
    await page.until(f"{focused}?.includes('one before')")
    await page.press("Enter")
    await page.until("document.activeElement.getAttribute('aria-expanded') === 'true'")
    assert await page.evaluate(stops) == 1


async def test_the_focus_stays_when_the_oldest_are_forgotten(
    home: Home, page: Page
) -> None:
    """Only the newest messages are kept; who reads the others is not to be thrown out."""
    await Visit.begun(page, home, "observer")
    focused = await page.evaluate(
        """import("/static/dom.js").then(({ h, keyed }) => {
          const list = document.body.appendChild(h("div"));
          const show = (names) => keyed(list, names, (name) => name, (text) => h("button", { text }));
          show(["a", "b", "c", "d"]);
          list.children[2].focus();
          show(["b", "c", "d", "e"]);
          show(["c", "f", "e"]);
          const said = [...list.children].map((each) => each.textContent).join("");
          return [document.activeElement.textContent, said];
        })"""
    )
    assert focused == ["c", "cfe"]
