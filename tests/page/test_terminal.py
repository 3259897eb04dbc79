"""One pane in the page: what it shows, and a person's hands on it."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
import trio
from daemonkit import ControlError, wait_until
from visiting import Visit, session

if TYPE_CHECKING:
    from browserpage import Page
    from daemonkit import Home

pytestmark = [pytest.mark.real, pytest.mark.slow]

PROMPT = {"PS1": "ready> ", "ENV": "", "LC_ALL": "C.UTF-8"}
COLOURED = r"printf '\033[31mred\033[0m \033[1mbold\033[0m \033[48;2;0;90;160mdeep\033[0m\n'; cat"
SELECT_LINE = """
const row = [...document.querySelectorAll(".term-live *")].reverse()
  .find(one => one.textContent.includes("red bold deep"));
const range = document.createRange();
range.selectNodeContents(row);
getSelection().removeAllRanges();
getSelection().addRange(range);
"""


def shell(home: Home, name: str) -> str:
    """A shell with a prompt that can be waited for; its pane."""
    environment = {**home.environment, **PROMPT}
    made = session(home, name, "sh", environment=environment)
    return made["pane_id"]


async def test_a_screen_has_its_colours_and_its_text_can_be_selected(
    home: Home, page: Page
) -> None:
    """A picture of text could be neither copied nor read aloud."""
    pane = session(home, "coloured", "sh", "-c", COLOURED)["pane_id"]
    visit = await Visit.begun(page, home, "observer")
    await visit.open_pane(pane)
    await visit.screen_shows("red bold deep")
    looks = await page.evaluate(
        "['red', 'bold', 'deep'].map(word => {"
        "  const run = [...document.querySelectorAll('.term-live *')].reverse()"
        "    .find(one => one.textContent.trim() === word);"
        "  const look = getComputedStyle(run);"
        "  return [look.color, look.fontWeight, look.backgroundColor];"
        "})"
    )
    plain = await page.evaluate(
        "getComputedStyle(document.querySelector('.term-live')).color"
    )
    assert looks[0][0] != plain
    assert int(looks[1][1]) >= 600
    assert looks[2][2] == "rgb(0, 90, 160)"
    await page.evaluate(f"{{ {SELECT_LINE} }}")
    assert (await page.evaluate("String(getSelection())")).strip() == "red bold deep"


async def test_typing_needs_the_switch_and_then_reaches_the_program(
    home: Home, page: Page
) -> None:
    """Keys meant for the page must not end up in an agent's terminal, nor get lost."""
    pane = shell(home, "typed")
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("ready>")
    await page.write("www")
    await visit.take_control()
    await page.write("echo $((6*7))\n")
    await visit.screen_shows("42")
    await page.write("echo 'gone' wrong")
    await page.press("Control+w")
    await page.write("well\n")
    await visit.screen_shows("\ngone well")
    assert "www" not in await page.text(".term-live")


async def test_special_keys_and_input_methods_work_in_vim(
    home: Home, page: Page
) -> None:
    """Escape, arrows and composed text are where terminals in browsers go wrong."""
    if shutil.which("vim") is None:
        pytest.skip("no vim")
    file = home.root / "notes"
    made = session(home, "vim", "vim", "-u", "NONE", "-N", str(file))
    visit = await Visit.begun(page, home)
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows("~")
    await visit.take_control()
    await page.write("ione two")
    await page.press("ArrowLeft", "ArrowLeft", "ArrowLeft")
    await page.write("& ")
    await page.compose("に", "にほ", text="日本")
    await visit.screen_shows("one & 日本two")
    await page.press("Escape")
    await page.write(":wq\n")
    await trio.to_thread.run_sync(wait_until, file.exists)
    assert await trio.Path(file).read_text("utf-8") == "one & 日本two\n"


async def test_a_paste_arrives_whole_and_many_lines_ask_first(
    home: Home, page: Page
) -> None:
    """A shell runs each pasted line at once unless the paste is marked as one."""
    pane = session(home, "pasted", "sh", "-c", "stty -echo; printf go; cat -A")[
        "pane_id"
    ]
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("go")
    await visit.take_control()
    await page.paste("one piece")
    await page.press("Enter")
    await visit.screen_shows("one piece$")
    await page.paste("first\nsecond")
    await page.until_text("Paste 2 lines?", "dialog")
    await (await page.named("button", "Paste")).click()
    await visit.screen_shows("first$")
    await page.press("Enter")
    await visit.screen_shows("first$\nsecond$")
    await page.paste("never\nnever")
    await (await page.named("button", "Cancel")).click()
    await visit.has_keyboard()
    await page.write("after\n")
    await visit.screen_shows("after$")
    assert "never" not in await page.text(".term-live")


async def test_control_is_given_back_by_its_chord(home: Home, page: Page) -> None:
    """Escape belongs to programs, so there must be another way out of the terminal."""
    pane = shell(home, "released")
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("ready>")
    await visit.take_control()
    chord = await page.evaluate(
        "import('/static/keys.js').then(keys => keys.RELEASE_CHORD)"
    )
    await page.press(chord.replace("Ctrl", "Control").replace("Esc", "Escape"))
    await page.until("document.querySelector('.term-view').dataset.control === 'off'")
    await page.write("3")
    await page.until("location.hash.startsWith('#/graph')")


async def test_a_pane_that_is_recorded_is_marked(home: Home, page: Page) -> None:
    """What is shown is kept, so who works there is to know; until it ends."""
    pane = shell(home, "filmed")
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("ready>")
    mark = "document.querySelector('.term-head .recorded').checkVisibility()"
    assert not await page.evaluate(mark)
    with home.control(**{"as": "grace"}) as grace:
        grace("record_start", pane=pane)
        await page.until(mark)
        assert "recorded" in await page.evaluate(
            "document.querySelector('.term-head').innerText"
        )
        grace("record_stop", pane=pane)
        await page.until(f"!{mark}")


async def test_one_person_types_and_the_page_says_who_it_is(
    home: Home, page: Page
) -> None:
    """Taking over is asked about, and whoever is taken over is told."""
    pane = shell(home, "shared")
    visit = await Visit.begun(page, home)
    await visit.open_pane(pane)
    await visit.screen_shows("ready>")
    with home.control(**{"as": "grace"}) as grace:
        grace("send_input", pane=pane, text="echo ", paste=False, live=True)
        await page.until_text("grace controls this pane", ".term-sign")
        await (await page.named("button", "Take over")).click()
        await page.until_text("Take over from grace?", "dialog")
        dialog = await page.evaluate("document.querySelector('dialog').innerText")
        assert "is told" in dialog
        await page.evaluate("document.querySelector('dialog .primary').click()")
        await visit.has_keyboard()
        await page.write("mine\n")
        await visit.screen_shows("\nmine")
        with pytest.raises(ControlError, match="HumanControl"):
            grace("send_input", pane=pane, text="x", live=True)
        grace("take_control", pane=pane, take_over=True)
        await page.until_text("grace has taken over", ".term-sign")
        await page.until(
            "document.querySelector('.term-view').dataset.control === 'off'"
        )
    await (await page.named("button", "Take control")).click()
    await visit.has_keyboard()


async def test_an_observer_sees_and_cannot_type(home: Home, page: Page) -> None:
    """Who may only look has no switch that works, and is told why."""
    pane = shell(home, "watched")
    visit = await Visit.begun(page, home, "observer")
    await visit.open_pane(pane)
    await visit.screen_shows("ready>")
    switch = await page.named("button", "Take control")
    assert await switch.ask("function () { return this.disabled }")
    await page.until_text("observer", ".term-sign")
    # Nor does the daemon believe the page.
    answer = await page.evaluate(REQUEST.replace("PANE", pane))
    assert answer["code"] == "NotAllowed"


# What a page that was tampered with could send, over a connection of its own.
REQUEST = """
Promise.all([import("/static/connection.js"), import("/static/model.js")])
  .then(async ([{ Connection }, { Model }]) => {
    const url = `ws://${location.host}/ws`;
    const connection = new Connection({ url, model: new Model() });
    const live = new Promise((done) => connection.addEventListener("phase", () => {
      if (connection.phase === "live") done();
    }));
    connection.start(sessionStorage.getItem("fugue.token"));
    await live;
    try {
      await connection.request("send_input", { pane: "PANE", text: "x" });
      return { code: "done" };
    } catch (error) {
      return { code: error.code };
    } finally {
      connection.stop?.();
    }
  })
"""


async def test_earlier_lines_are_there_when_one_scrolls_up(
    home: Home, page: Page
) -> None:
    """What scrolled by is often what one came for."""
    made = session(home, "long", "sh", "-c", "seq 1 400; echo end; cat")
    visit = await Visit.begun(page, home, "observer")
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows("end")
    box = await (await page.element(".term-port")).place()
    await page.scroll(*box, by=-400)
    await page.until_text("You are reading earlier lines", ".term-sign")
    await page.until_text("\n370\n", ".term-port")
    await page.press("End")
    await page.until("document.querySelector('.term-back').hidden")


async def test_a_flood_leaves_the_page_responsive(home: Home, page: Page) -> None:
    """One program that prints without end must not freeze whoever looks at it."""
    made = session(
        home,
        "flood",
        "sh",
        "-c",
        "exec yes \"$(printf '\\033[32mok\\033[0m %060d' 1)\"",
    )
    visit = await Visit.begun(page, home)
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows("ok 0000")
    await visit.take_control()
    await page.press("Control+c")
    await visit.row_says("flood", "SIGINT")
    with home.control() as control:
        control("kill_session", session="flood")


async def test_a_full_screen_program_is_shown_as_it_is(home: Home, page: Page) -> None:
    """Programs that draw all of the screen use most of what a terminal can."""
    if shutil.which("htop") is None:
        pytest.skip("no htop")
    made = session(home, "htop", "htop", "--delay=20", columns=100, lines=30)
    visit = await Visit.begun(page, home, "observer")
    await visit.open_pane(made["pane_id"])
    await visit.screen_shows("F10Quit")
    runs = await page.evaluate(
        "new Set([...document.querySelectorAll('.term-live *')]"
        ".map(one => getComputedStyle(one).color)).size"
    )
    assert runs > 4
    with home.control() as control:
        control("kill_session", session="htop")
