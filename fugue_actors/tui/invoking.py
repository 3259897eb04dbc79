"""Running a verb of the command line from the `:` prompt, as a program of its own.

It is the user's own `fugue`, with the words as they were typed and no shell in between.
What it prints is bounded, its time is, and a person can stop it; when the client ends, it
ends. Who prints little is told in the status line, who prints more in a pager.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import attrs
import trio

from fugue_actors.drawing import PLAIN, Cursor, Style, columns_of
from fugue_actors.errors import FugueError
from fugue_actors.tui import filling
from fugue_actors.tui.defang import plain
from fugue_actors.tui.events import Key
from fugue_actors.tui.modes import ONLY_LOOKS, Close, Notice, Open
from fugue_actors.tui.pager import Pager
from fugue_actors.tui.quiet import Quiet
from fugue_actors.tui.verbs import only_looks
from fugue_actors.tui.vocabulary import learn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fugue_actors.drawing import Canvas
    from fugue_actors.protocol.tiling import Rectangle
    from fugue_actors.tui.events import Event
    from fugue_actors.tui.modes import Action, Mode
    from fugue_actors.tui.verbs import Seen
    from fugue_actors.tui.vocabulary import Verbs

    Tell = Callable[[Iterable[Action], Mode | None], None]

MOST_BYTES: Final = 1024 * 1024
"""Of each of what it prints and what it complains of."""
MOST_SECONDS: Final = 600.0
PATIENCE_SECONDS: Final = 0.4
"""How long it may take until it is shown that it runs."""
END_SECONDS: Final = 2.0
DRAIN_SECONDS: Final = 1.0
LONGEST_LINE: Final = 500


@attrs.frozen(kw_only=True)
class Outcome:
    """How a verb ended.

    Attributes:
        words: The verb and its arguments.
        code: Its exit code; None if it was stopped.
        output: What it printed.
        trouble: What it said on stderr.
        is_late: Whether its time was up.
    """

    words: Sequence[str]
    code: int | None
    output: str = ""
    trouble: str = ""
    is_late: bool = False


@attrs.define(eq=False)
class Taken:
    """What was read of a pipe, as far as it is kept."""

    data: bytearray = attrs.Factory(bytearray)
    dropped: int = 0
    is_read: trio.Event = attrs.Factory(trio.Event)

    async def read(self, pipe: trio.abc.ReceiveStream) -> None:
        """Read to the end."""
        async for part in pipe:
            kept = part[: max(MOST_BYTES - len(self.data), 0)]
            self.data += kept
            self.dropped += len(part) - len(kept)
        self.is_read.set()

    @property
    def text(self) -> str:
        """As text; says if something is missing."""
        text = self.data.decode(errors="replace")
        return text + (f"\n… {self.dropped} bytes more" if self.dropped else "")


@attrs.define(eq=False, kw_only=True)
class Running(Quiet):
    """Shows that a verb runs, and stops it; the prefix key goes on to work.

    Attributes:
        words: The verb and its arguments.
        stop: Set to stop it.
        style: How the line looks.
    """

    words: Sequence[str]
    stop: trio.Event
    style: Style = PLAIN

    def __attrs_post_init__(self) -> None:
        self.place = "line"

    def key(self, event: Event) -> Iterable[Action]:
        """C-c stops it; Escape and Enter let it go on unseen."""
        if isinstance(event, Key) and event.kind != "release":
            if event.name == "C-c":
                self.stop.set()
            elif event.name in ("Escape", "Enter", "C-g", "q"):
                return (Close(),)
        return ()

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """What runs, and how to end it."""
        canvas.fill(area, " ", self.style)
        line = f"{' '.join(self.words)} …  C-c stops it, Enter lets it go on unseen"
        canvas.text(area.x, area.y, line, self.style, area.columns)
        return None


async def invoke(
    line: str,
    known: Verbs,
    seen: Seen,
    tell: Tell,
    *,
    is_read_only: bool = False,
    room: int = LONGEST_LINE,
) -> None:
    """Run a verb and tell how it ended.

    Args:
        line: The verb and what follows it, as it was typed.
        known: The verbs there are.
        seen: What the client looks at.
        tell: Called with what is to happen, and with the mode that says so.
        is_read_only: Whether only verbs may be run that change nothing.
        room: Columns in the status line; what needs more goes into a pager.
    """
    await learn(known)
    verb, _, rest = line.strip().partition(" ")
    try:
        given = [verb, *filling.arguments_of(known.known[verb], rest, seen)]
        filling.check(given)
        if is_read_only and not only_looks(known.known[verb], given[1:]):
            tell([ONLY_LOOKS], None)
            return
    except FugueError as error:
        tell([Notice(error.message, is_error=True)], None)
        return
    running = Running(words=given, stop=trio.Event())
    actions: list[Action] = []
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(show_soon, running, tell)
            actions = shown(await run(given, running.stop), room)
            nursery.cancel_scope.cancel("it has ended")
    except* OSError as group:
        problem = f"{verb} cannot be run: {group.exceptions[0]}"
        actions = [Notice(problem, is_error=True)]
    tell([Close(), *actions], running)


async def show_soon(running: Running, tell: Tell) -> None:
    """Show that it runs, if it does not end at once."""
    await trio.sleep(PATIENCE_SECONDS)
    tell([Open(running)], None)


async def run(words: Sequence[str], stop: trio.Event) -> Outcome:
    """Run a command of this program to its end.

    Args:
        words: Its words.
        stop: Set to stop it.

    Raises:
        OSError: It cannot be started; in a group.
    """
    output, trouble = Taken(), Taken()
    code: int | None = None
    start = partial(
        trio.run_process,
        [sys.executable, "-m", "fugue_actors", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
        start_new_session=True,
        deliver_cancel=end,
    )
    with trio.move_on_after(MOST_SECONDS) as limit:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cancel_when, stop, nursery)
            process: trio.Process = await nursery.start(start)
            for pipe, taken in ((process.stdout, output), (process.stderr, trouble)):
                if pipe is not None:
                    nursery.start_soon(taken.read, pipe)
            code = await process.wait()
            # What it left behind may hold its pipes for ever
            with trio.move_on_after(DRAIN_SECONDS):
                await output.is_read.wait()
                await trouble.is_read.wait()
            nursery.cancel_scope.cancel("it has ended")
    return Outcome(
        words=words,
        code=code,
        output=output.text,
        trouble=trouble.text,
        is_late=limit.cancelled_caught,
    )


async def cancel_when(stop: trio.Event, nursery: trio.Nursery) -> None:
    """Let a nursery end when somebody says so."""
    await stop.wait()
    nursery.cancel_scope.cancel("it was stopped")


async def end(process: trio.Process) -> None:
    """End a program that is not wanted any more: as C-c does, then by force."""
    for signal_number in (signal.SIGINT, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with trio.move_on_after(END_SECONDS):
            await process.wait()
            return


# ---- what a person is told


def shown(outcome: Outcome, room: int = LONGEST_LINE) -> list[Action]:
    """What is to happen when a verb has ended."""
    output = outcome.output.strip("\n")
    done: list[Action] = []
    if "\n" in output or len(output) > room or columns_of(output) > room:
        title = " ".join(outcome.words)
        done.append(Open(Pager.of_text(title, f"{output}\n{said(outcome)}".rstrip())))
    if outcome.code is None:
        why = "its time was up" if outcome.is_late else "stopped"
        done.append(Notice(f"{outcome.words[0]}: {why}", is_error=outcome.is_late))
    elif outcome.code:
        text = complaint(outcome.trouble) or f"exit code {outcome.code}"
        done.append(Notice(text, is_error=True))
    elif not done:
        line = output or said(outcome) or f"{outcome.words[0]}: done"
        done.append(Notice(plain(line, LONGEST_LINE)))
    return done


def said(outcome: Outcome) -> str:
    """What a verb that did its work said besides."""
    return "" if outcome.code else outcome.trouble.strip("\n")


def complaint(trouble: str) -> str:
    """The line of stderr that says what is wrong."""
    lines = [line.strip() for line in trouble.splitlines() if line.strip()]
    if not lines:
        return ""
    line = lines[-1].removeprefix("fugue: ").removeprefix("Error: ")
    return plain(line, LONGEST_LINE)
