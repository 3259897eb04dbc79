"""What a host waits for on behalf of its daemon, next to the screen."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import hostkit
import pytest
import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.protocol.hosting import ProgramExit, Waited, WaitFor
from fugue_actors.terminal.waits import WAITS_LIMIT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.real

HOPELESS = "(a+)+$"
"""Backtracks for ever on a line of many a's and a b."""


@pytest.fixture
async def panes() -> AsyncIterator[hostkit.Panes]:
    with trio.fail_after(60):
        async with hostkit.open_panes() as panes:
            yield panes


async def outcome(pane: hostkit.HostedPane, **wanted: Any) -> Waited | str:
    """What a wait gave, or the code of its refusal."""
    try:
        return await pane.link.wait_for(WaitFor(**wanted))
    except Refused as error:
        return error.code


class Later:
    """A wait in a task of its own."""

    def __init__(self, nursery: trio.Nursery, pane: hostkit.HostedPane, **wanted: Any):
        self.outcome: Waited | str | None = None
        self.over = trio.Event()
        nursery.start_soon(self.run, pane, wanted)

    async def run(self, pane: hostkit.HostedPane, wanted: dict[str, Any]) -> None:
        with trio.move_on_after(math.inf) as self.scope:
            self.outcome = await outcome(pane, **wanted)
        self.over.set()

    async def waited(self) -> Waited:
        """What it gave, which is no refusal."""
        await self.over.wait()
        assert isinstance(self.outcome, Waited)
        return self.outcome


async def begun(pane: hostkit.HostedPane) -> None:
    """Everything that was asked of the host before has reached it."""
    await trio.testing.wait_all_tasks_blocked()
    await pane.link.status()


# ---- text


async def test_a_text_that_comes_later_is_found_with_its_line_and_groups(
    panes: hostkit.Panes, nursery: trio.Nursery
) -> None:
    """The main job: nobody has to look at the screen again and again."""
    pane = await panes.open("sh", "-c", "read go; echo '12 passed, 3 failed'; exec cat")
    wait = Later(nursery, pane, text=r"(\d+) passed(, no)?")
    await begun(pane)
    assert wait.outcome is None
    await pane.link.write(b"go\r")
    found = await pane.link.wait_for(WaitFor(text=r"(\d+) passed(, no)?"))
    assert found.line == "12 passed, 3 failed"
    assert (found.start, found.end, found.groups) == (0, 9, ("12", ""))
    assert (await wait.waited()).line == found.line


async def test_a_text_that_the_screen_shows_is_found_at_once(
    panes: hostkit.Panes,
) -> None:
    """Unless a cursor says that it is old."""
    pane = await panes.open("sh", "-c", "echo here; read go; echo here too; exec cat")
    await pane.wait_text("here")
    first = await pane.link.wait_for(WaitFor(text="^here"))
    assert first.line == "here"
    async with trio.open_nursery() as nursery:
        wait = Later(nursery, pane, text="^here", since=first.next)
        await begun(pane)
        assert wait.outcome is None
        await pane.link.write(b"go\r")
    assert isinstance(wait.outcome, Waited)
    assert wait.outcome.line == "here too"


async def test_the_echo_of_what_was_typed_before_the_cursor_does_not_match(
    panes: hostkit.Panes, nursery: trio.Nursery
) -> None:
    """Ending a line does not make its text new."""
    pane = await panes.open(
        "sh", "-c", "printf 'ask '; read go; read more; echo go on; exec cat"
    )
    await pane.wait_text("ask")
    await pane.link.write(b"go")
    cursor = (await pane.wait_text("ask go")).next
    wait = Later(nursery, pane, text="go", since=cursor)
    await pane.link.write(b"\r")
    await pane.wait_screen(lambda screen: screen.cursor.y == 1)
    await begun(pane)
    assert wait.outcome is None
    await pane.link.write(b"\r")
    assert (await wait.waited()).line == "go on"


async def test_a_cursor_beyond_all_output_is_of_an_earlier_program(
    panes: hostkit.Panes,
) -> None:
    """One that was started again in the same pane has written everything since."""
    pane = await panes.open("sh", "-c", "echo here; exec cat")
    found = await pane.link.wait_for(WaitFor(text="here", since=10_000))
    assert found.line == "here"
    await pane.link.wait_for(WaitFor(quiet=0.0, since=10_000))


async def test_a_text_that_scrolled_off_at_once_is_found_after_a_cursor(
    panes: hostkit.Panes,
) -> None:
    """The screen never has to show it: what was written counts."""
    pane = await panes.open(
        "sh", "-c", "read go; echo needle; seq 20000 30000; exec cat"
    )
    cursor = (await pane.link.screen()).next
    await pane.link.write(b"go\r")
    found = await pane.link.wait_for(WaitFor(text="^need(le)$", since=cursor))
    assert found.groups == ("le",)


async def test_a_text_is_found_across_the_edge_of_the_screen(
    panes: hostkit.Panes,
) -> None:
    """A line that fills several rows is one line; how wide the terminal is does not matter."""
    pane = await panes.open("sh", "-c", "echo one two three four; exec cat", columns=10)
    found = await pane.link.wait_for(WaitFor(text="two three"))
    assert found.line == "one two three four"


async def test_a_text_that_cannot_come_any_more_ends_the_wait(
    panes: hostkit.Panes, nursery: trio.Nursery
) -> None:
    """The program has ended: with its exit, after a last look at what it wrote."""
    pane = await panes.open("sh", "-c", "read go; echo last words; exit 3")
    never = Later(nursery, pane, text="nothing")
    last = Later(nursery, pane, text="last words")
    await begun(pane)
    await pane.link.write(b"go\r")
    ended = await never.waited()
    assert (ended.in_vain, ended.exit) == (True, ProgramExit(code=3))
    assert (await last.waited()).line == "last words"
    assert (await Later(nursery, pane, text="nothing").waited()).in_vain


# ---- patterns that are no good


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "x" * 1001, "(?P<n>", "\\"])
async def test_what_is_no_pattern_is_refused(
    panes: hostkit.Panes, pattern: str
) -> None:
    """At once, and the host goes on."""
    pane = await panes.open("cat")
    assert await outcome(pane, text=pattern) == "InvalidArgument"
    assert (await pane.link.status()).exit is None


async def test_a_hopeless_pattern_is_cut_short_and_the_host_lives_on(
    panes: hostkit.Panes, nursery: trio.Nursery
) -> None:
    """Whether the text is there already or comes later; nobody else has to wait."""
    pane = await panes.open(
        "sh", "-c", f"read go; echo {'a' * 60}b; read go; echo bye; exec cat"
    )
    late = Later(nursery, pane, text=HOPELESS)
    other = Later(nursery, pane, text="bye")
    await begun(pane)
    await pane.link.write(b"go\r")
    await pane.wait_text("ab")
    assert await outcome(pane, text=HOPELESS) == "InvalidArgument"
    await late.over.wait()
    assert late.outcome == "InvalidArgument"
    await pane.link.write(b"go\r")
    assert (await other.waited()).line == "bye"


async def test_a_line_without_end_is_searched_in_pieces(panes: hostkit.Panes) -> None:
    """However long it is, and what it ends with is found, too."""
    pane = await panes.open(
        "sh", "-c", "head -c 300000 /dev/zero | tr '\\0' a; printf needle; exec cat"
    )
    found = await pane.link.wait_for(WaitFor(text="needle", since=0))
    assert found.line is not None
    assert len(found.line) <= 10_000


# ---- silence, exit, input


async def test_a_silence_is_over_once_nothing_came_for_so_long(
    panes: hostkit.Panes, nursery: trio.Nursery
) -> None:
    """It begins anew with each output; the cursor says how far that went."""
    pane = await panes.open(
        "sh", "-c", "for i in $(seq 20); do echo $i; sleep 0.06; done; exec cat"
    )
    quiet = await pane.link.wait_for(WaitFor(quiet=1.0))
    lines = [line for line in (await pane.link.screen()).text if line]
    assert lines == [str(number) for number in range(1, 21)]
    assert quiet.next == (await pane.link.screen()).next


async def test_a_silence_after_a_cursor_begins_with_the_first_output_after_it(
    panes: hostkit.Panes,
) -> None:
    """So that a program which has not answered yet is not taken for one that is done."""
    pane = await panes.open("sh", "-c", "echo old; read go; echo new; exec cat")
    cursor = (await pane.wait_text("old")).next
    async with trio.open_nursery() as nursery:
        wait = Later(nursery, pane, quiet=0.0, since=cursor)
        await begun(pane)
        assert wait.outcome is None
        await pane.link.write(b"\r")
    assert isinstance(wait.outcome, Waited)
    assert wait.outcome.next > cursor


async def test_a_silence_after_output_that_cannot_come_ends_with_the_program(
    panes: hostkit.Panes,
) -> None:
    """Whoever waits is told that it was in vain."""
    pane = await panes.open("sh", "-c", "stty -echo; echo last; read go")
    cursor = (await pane.wait_text("last")).next
    async with trio.open_nursery() as nursery:
        wait = Later(nursery, pane, quiet=0.0, since=cursor)
        await begun(pane)
        await pane.link.write(b"\r")
    ended = await wait.waited()
    assert (ended.in_vain, ended.exit) == (True, ProgramExit(code=0))


async def test_an_exit_is_waited_for_and_one_that_was_is_told_at_once(
    panes: hostkit.Panes,
) -> None:
    """With code or signal."""
    pane = await panes.open("sh", "-c", "read go; kill -KILL $$")
    async with trio.open_nursery() as nursery:
        wait = Later(nursery, pane, exit=True)
        await begun(pane)
        assert wait.outcome is None
        await pane.link.write(b"\r")
    for ended in (wait.outcome, await outcome(pane, exit=True)):
        assert isinstance(ended, Waited)
        assert ended.exit == ProgramExit(signal="SIGKILL")


async def test_a_prompt_is_what_the_shell_marks(
    panes: hostkit.Panes,
) -> None:
    """After a cursor only a new one counts; with it comes the command's exit code."""
    mark = "printf '\\033]133;%s\\007'"
    script = f"{mark} A; read go; {mark} C; echo out; {mark} 'D;4'; {mark} A; exec cat"
    pane = await panes.open("sh", "-c", script)
    first = await pane.link.wait_for(WaitFor(prompt=True))
    async with trio.open_nursery() as nursery:
        wait = Later(nursery, pane, prompt=True, since=first.next)
        await begun(pane)
        assert wait.outcome is None
        await pane.link.write(b"\r")
    assert isinstance(wait.outcome, Waited)
    assert wait.outcome.prompts is not None
    assert (wait.outcome.prompts.shown, wait.outcome.prompts.exit_code) == (2, 4)


async def test_input_that_is_not_read_is_waited_for_until_it_is_or_never_will_be(
    panes: hostkit.Panes,
) -> None:
    """A terminal takes some thousand characters; the rest waits in the host."""
    pane = await panes.open("sh", "-c", "stty raw -echo; echo ready; sleep 60")
    await pane.wait_text("ready")
    assert isinstance(await outcome(pane, taken=True), Waited)
    assert (await pane.link.write(b"x" * 500_000)).queued_bytes > 0
    async with trio.open_nursery() as nursery:
        wait = Later(nursery, pane, taken=True)
        await begun(pane)
        assert wait.outcome is None
        await pane.link.kill(0.1)
    assert wait.outcome == "PaneExited"


# ---- the waits themselves


@pytest.mark.parametrize(
    "wanted",
    [{}, {"text": "a", "exit": True}, {"quiet": float("inf")}, {"quiet": -1.0}],
)
async def test_a_wait_is_for_exactly_one_thing(
    panes: hostkit.Panes, wanted: dict[str, Any]
) -> None:
    """And for one that can be."""
    pane = await panes.open("cat")
    assert await outcome(pane, **wanted) == "InvalidArgument"


async def test_waits_are_bounded_and_one_that_is_given_up_makes_room(
    panes: hostkit.Panes,
) -> None:
    """The host forgets a wait as soon as nobody waits; others are not disturbed."""
    pane = await panes.open("cat")
    async with trio.open_nursery() as nursery:
        waits = [Later(nursery, pane, text="x") for _ in range(WAITS_LIMIT)]
        await begun(pane)
        assert await outcome(pane, exit=True) == "Busy"
        waits[0].scope.cancel()
        await begun(pane)
        found = Later(nursery, pane, text="x")
        await begun(pane)
        assert found.outcome is None
        await pane.link.write(b"x")
    assert waits[0].outcome is None
    assert all(isinstance(wait.outcome, Waited) for wait in (*waits[1:], found))


async def test_a_lost_link_ends_its_waits(panes: hostkit.Panes) -> None:
    """On both sides: the daemon learns it, and the host makes room for the next link."""
    info = await panes.spawn("cat")
    pane = await panes.link(info)
    errors: list[Unavailable] = []

    async def wait() -> None:
        try:
            await pane.link.wait_for(WaitFor(text="never"))
        except Unavailable as error:
            errors.append(error)

    async with trio.open_nursery() as nursery:
        for _ in range(WAITS_LIMIT):
            nursery.start_soon(wait)
        await begun(pane)
        again = await panes.link(info, generation=2)
    assert len(errors) == WAITS_LIMIT
    with trio.move_on_after(5):
        async with trio.open_nursery() as nursery:
            wait_again = Later(nursery, again, exit=True)
            await begun(again)
            assert wait_again.outcome is None
            nursery.cancel_scope.cancel()


async def test_waiting_costs_a_flood_little(
    panes: hostkit.Panes, nursery: trio.Nursery
) -> None:
    """Even a slow pattern leaves the host its time: all is drawn, and then found."""
    pane = await panes.open(
        "sh", "-c", "read go; seq 1 200000; echo the end; exec cat", history_lines=1000
    )
    slow = Later(nursery, pane, text="(1|2|3|4|5|6|7|8|9)*x$", since=0)
    await begun(pane)
    await pane.link.write(b"go\r")
    await pane.link.wait_for(WaitFor(text="^the end$"))
    assert slow.outcome is None
