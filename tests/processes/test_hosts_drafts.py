"""What a host knows of a draft that only it can know: how the terminal is, what the shell says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hostkit
import pytest
import trio

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import DraftChanged, TypeInput

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real

MARKED = (
    "PS1='\\[\\e]133;A\\a\\]$ \\[\\e]133;B\\a\\]'; PS0='\\e]133;C\\a'; "
    "PROMPT_COMMAND='printf \"\\e]133;D;$?\\a\"'; "
    "PS2='\\[\\e]133;A;k=s\\a\\]> '"
)
"""A shell that marks its prompts, its commands and their ends."""


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


async def live(pane: hostkit.HostedPane, text: str = "", *keys: str) -> None:
    """A person presses keys."""
    await pane.link.type(TypeInput(text=text.encode(), keys=keys, by="live"))


async def is_refused(pane: hostkit.HostedPane) -> bool:
    """Whether an agent may not write now; it has nothing to say."""
    try:
        await pane.link.type(TypeInput(by="agent"))
    except Refused as error:
        return error.code == "HumanControl"
    return False


async def draft_is(pane: hostkit.HostedPane, by: str) -> None:
    """Wait until the host says so."""
    while True:
        changed = pane.events.changed
        if (await pane.link.status()).draft == by:
            return
        await changed.wait()


async def shell(panes: hostkit.Panes, *, marked: bool = True) -> hostkit.HostedPane:
    """A shell that edits its line, at its prompt."""
    rc = panes.directory / "rc"
    rc.write_text(MARKED if marked else "PS1='$ '", encoding="utf-8")
    pane = await panes.open("bash", "--noprofile", "--rcfile", str(rc), "-i")
    await pane.wait_text("$")
    return pane


async def test_an_agent_cannot_write_into_a_line_that_was_begun(
    panes: hostkit.Panes,
) -> None:
    """And can once it was entered: refusal and writing are one step in one process."""
    pane = await panes.open("cat")
    assert not await is_refused(pane)
    await live(pane, "half")
    assert await is_refused(pane)
    assert (await pane.link.status()).draft == "live"
    await live(pane, "", "Enter")
    assert not await is_refused(pane)
    await draft_is(pane, "")
    await pane.wait_screen(lambda screen: screen.text[:2] == ("half", "half"))


@pytest.mark.parametrize("key", ["C-d", "C-j", "C-u", "C-c"])
async def test_the_terminals_own_keys_end_a_line_that_it_collects(
    panes: hostkit.Panes, key: str
) -> None:
    """The host sees whether it does."""
    pane = await panes.open("sh", "-c", "trap : INT; cat; cat; cat")
    await live(pane, "half")
    assert await is_refused(pane)
    await live(pane, "", "Left", key)
    assert not await is_refused(pane)


async def test_a_line_editor_keeps_what_the_terminals_keys_do_not_end(
    panes: hostkit.Panes,
) -> None:
    """C-d at the end of a line that bash edits does nothing to it."""
    pane = await shell(panes, marked=False)
    await live(pane, "half", "C-d")
    assert await is_refused(pane)
    await live(pane, "", "Left", "C-u")
    assert await is_refused(pane)
    await live(pane, "", "C-c")
    assert not await is_refused(pane)


@pytest.mark.parametrize("undo", [("C-_",), ("C-/",), ("C-x", "C-u")])
async def test_a_line_that_was_killed_and_brought_back_is_a_draft(
    panes: hostkit.Panes, undo: tuple[str, ...]
) -> None:
    """Undo is another key than the one that yanks."""
    pane = await shell(panes, marked=False)
    await live(pane, "echo precious", "C-u")
    assert not await is_refused(pane)
    await live(pane, "", *undo)
    await pane.wait_text("$ echo precious")
    assert await is_refused(pane)


async def test_a_draft_ends_when_the_shell_says_that_it_runs_it(
    panes: hostkit.Panes,
) -> None:
    """Accepted by a key that elsewhere means something else."""
    pane = await shell(panes)
    await live(pane, "echo a; echo b", "C-o")
    await draft_is(pane, "")
    await pane.wait_text("b")
    assert not await is_refused(pane)


@pytest.mark.parametrize(
    ("begin", "end", "shown"),
    [
        ("echo 'one", "two'", "two"),
        ("for i in 4 5; do echo a$i", "done", "a5"),
        ("echo one &&", "echo t''wo", "two"),
    ],
)
async def test_a_command_of_several_lines_is_a_draft_until_the_shell_runs_it(
    panes: hostkit.Panes, begin: str, end: str, shown: str
) -> None:
    """What an agent writes would be the next of them."""
    pane = await shell(panes)
    await live(pane, "echo fi''rst", "Enter")
    await pane.wait_text("first")
    await pane.wait_screen(lambda screen: screen.text[2].startswith("$"))
    await draft_is(pane, "")
    await live(pane, begin, "Enter")
    await pane.wait_screen(lambda screen: screen.text[3].startswith(">"))
    assert await is_refused(pane)
    await live(pane, end, "Enter")
    await pane.wait_screen(lambda screen: shown in screen.text[4:6])
    await draft_is(pane, "")
    assert not await is_refused(pane)


async def test_a_line_with_nothing_to_run_is_over_at_the_next_prompt(
    panes: hostkit.Panes,
) -> None:
    """The shell says nothing of it but that it is ready."""
    pane = await shell(panes)
    await live(pane, "echo first", "Enter")
    await pane.wait_screen(lambda screen: screen.text[2].startswith("$"))
    await live(pane, "  # nothing", "Enter")
    await pane.wait_screen(lambda screen: screen.text[3].startswith("$"))
    await draft_is(pane, "")
    assert not await is_refused(pane)


async def test_what_a_pager_was_typed_is_no_draft_of_the_shells(
    panes: hostkit.Panes,
) -> None:
    """The pager has read its keys, and has gone with the alternate screen."""
    pane = await shell(panes)
    (panes.directory / "text").write_text("line\n" * 100, encoding="utf-8")
    await live(pane, "LESS= less text", "Enter")
    await pane.wait_screen(lambda screen: screen.alternate and "line" in screen.text[0])
    await live(pane, "jj")
    assert await is_refused(pane)
    await live(pane, "q")
    await draft_is(pane, "")
    await pane.wait_screen(lambda screen: not screen.alternate)
    assert not await is_refused(pane)


async def test_what_was_typed_ahead_stands_at_the_next_prompt_and_is_a_draft(
    panes: hostkit.Panes,
) -> None:
    """The shell has it, whoever the terminal was the foreground's of when it was typed."""
    pane = await shell(panes)
    await live(pane, "printf 're%s\\n' ady; cat", "Enter")
    await pane.wait_text("ready")
    await live(pane, "", "C-d")
    await live(pane, "echo half")
    await pane.wait_text("$ echo half")
    assert await is_refused(pane)


async def test_a_draft_is_given_up_with_a_word(panes: hostkit.Panes) -> None:
    """What stands there stays; it is the person who says that it does not count."""
    pane = await panes.open("cat")
    await live(pane, "half ")
    await pane.link.drop_draft()
    assert not await is_refused(pane)
    await draft_is(pane, "")


async def test_the_next_daemon_is_told_of_a_draft(panes: hostkit.Panes) -> None:
    """With the first word that it hears."""
    pane = await panes.open("cat")
    await live(pane, "half")
    await pane.events.wait_for(DraftChanged)
    later = await panes.link(pane.info, generation=2)
    assert later.link.opened.draft == "live"
    assert await is_refused(later)
