"""What can be asked of a pane: its requests, and plain functions that make them.

`pane` holds the actor that answers. The refusals that speak of a pane are here too, for
whoever else has to say that it is closed.
"""

from __future__ import annotations

import math

import attrs

from fugue_actors.actors import zygote
from fugue_actors.actors.arbiter import Writer
from fugue_actors.actors.mirror import Mirror
from fugue_actors.errors import (
    ActorCrashed,
    ActorRestarting,
    FugueError,
    Refused,
    Unavailable,
)
from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol.hosting import (
    LINES_AT_ONCE,
    KillReport,
    LinesRead,
    MouseAction,
    ScreenSnapshot,
    Waited,
    WaitFor,
)
from fugue_actors.protocol.values import Pane

LINK_WITHIN = 10.0
WRITE_WITHIN = 5.0
MOST_PATIENCE = 300.0
CRASHES_OUTLIVED = 5


@attrs.frozen(kw_only=True)
class AwaitRunning(Request[Pane]):
    """Answered when the program runs; refused if it cannot be started."""


@attrs.frozen(kw_only=True)
class StartAgain(Request[Pane]):
    """Start the program anew, in a host of its own; answered when it runs."""


@attrs.frozen(kw_only=True)
class ReadScreen(Request[ScreenSnapshot]):
    """The screen, with so many lines of history, or what came since a cursor."""

    history: int = 0
    skip: int = 0
    since: int | None = None
    styled: bool = False
    limit: int | None = None
    clipboard: bool = False


@attrs.frozen(kw_only=True)
class ReadNumbered(Request[LinesRead]):
    """Lines by their numbers, so many from `first` on, or the last ones."""

    first: int | None = None
    count: int = LINES_AT_ONCE
    styled: bool = False


@attrs.frozen(kw_only=True)
class AwaitTerminal(Request[Waited]):
    """Answered when something is the case in the terminal."""

    wanted: WaitFor


@attrs.frozen(kw_only=True)
class CountOutput(Request[int]):
    """How many bytes the pane's programs have written, as far as was told."""


@attrs.frozen(kw_only=True)
class FeedMirror(Request[None]):
    """Keep a mirror as the screen is; not answered, but done while somebody asks."""

    mirror: Mirror


@attrs.frozen(kw_only=True)
class Typed:
    """What became of a write.

    Attributes:
        bytes: How many the terminal took.
        next: The cursor just before the last of them, an Enter say: what the program
            answers comes after, the echo of the text before.
    """

    bytes: int
    next: int


@attrs.frozen(kw_only=True)
class TypeInto(Request[Typed]):
    """Write text, then keys, then Enter if asked; whole or not at all.

    Attributes:
        mouse: What was done with the mouse, told after the keys if the program asked for it.
        focus: Whether who types got the focus, or lost it; told likewise.
        writer: Who does.
        connection: Theirs, if they may come to control the pane by it.
        patience: Seconds to wait for their turn; None for the usual ones.
    """

    text: str | None = attrs.field(default=None, repr=False)
    keys: tuple[str, ...] = ()
    submit: bool = False
    paste: bool = True
    mouse: tuple[MouseAction, ...] = ()
    focus: bool | None = None
    writer: Writer
    connection: Ref | None = None
    patience: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but perhaps an Enter."""
        is_typed = self.text or self.keys or self.mouse
        return not is_typed and self.focus is None

    @property
    def is_passive(self) -> bool:
        """Whether nobody did anything but look there, or pass by with the mouse."""
        is_typed = self.text or self.keys or self.submit
        return not is_typed and all(action.button == 0 for action in self.mouse)


@attrs.frozen(kw_only=True)
class Resize(Request[None]):
    """Give the terminal another size."""

    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class ClosePane(Request[KillReport]):
    """End the program and everything below it, and the pane with it."""

    grace: float = 1.0


async def running(pane: Ref) -> Pane:
    """The pane's record once its program runs."""
    return await pane.ask(AwaitRunning(), within=zygote.SPAWN_WITHIN)


async def start_again(pane: Ref) -> Pane:
    """Run the pane's program anew; what the last run left on the screen is gone.

    Raises:
        Refused: It cannot be started, or the pane's record does not want it to be.
    """
    return await pane.ask(StartAgain(), within=zygote.SPAWN_WITHIN + LINK_WITHIN)


async def read(
    pane: Ref,
    *,
    history: int = 0,
    skip: int = 0,
    since: int | None = None,
    styled: bool = False,
    limit: int | None = None,
    clipboard: bool = False,
) -> ScreenSnapshot:
    """What the pane shows; of what is new at most `limit` characters.

    Args:
        skip: How many of the youngest lines of history to leave out.
    """
    request = ReadScreen(
        history=history,
        skip=skip,
        since=since,
        styled=styled,
        limit=limit,
        clipboard=clipboard,
    )
    screen = await pane.ask(request, within=10.0)
    if since is None or since <= screen.next:
        return screen
    # The cursor is of a run before this one, whose screen is gone.
    screen = await pane.ask(attrs.evolve(request, since=0), within=10.0)
    return attrs.evolve(screen, lost=True)


async def read_lines(
    pane: Ref,
    *,
    first: int | None = None,
    count: int = LINES_AT_ONCE,
    styled: bool = False,
) -> LinesRead:
    """Lines of the pane by their numbers, each whole, however many rows it fills.

    From a host that is older than numbers come all rows that there are, counted from the
    oldest: then `first` and `count` mean nothing, and another answer may count otherwise.
    """
    request = ReadNumbered(first=first, count=count, styled=styled)
    return await pane.ask(request, within=10.0)


async def wait_for(pane: Ref, wanted: WaitFor) -> Waited:
    """Wait until something is the case in a pane's terminal, for as long as it takes.

    The wait outlives a lost link and a crash of the actor, and ends with whoever waits.

    Raises:
        Refused: `InvalidArgument` for a bad pattern, `PaneExited` if the pane's host
            died, `Busy` for too many waits at once.
    """
    for _ in range(CRASHES_OUTLIVED):
        try:
            return await pane.ask(AwaitTerminal(wanted=wanted), within=math.inf)
        except (ActorCrashed, ActorRestarting):
            await pane.kernel.registry.wait_for(pane.path)
    return await pane.ask(AwaitTerminal(wanted=wanted), within=math.inf)


async def count_output(pane: Ref) -> int:
    """How many bytes the pane's programs have written; no host is asked for it."""
    return await pane.ask(CountOutput(), within=1.0)


async def feed(pane: Ref, mirror: Mirror) -> None:
    """Keep a mirror as the pane's screen is, until this is cancelled.

    It outlives lost links and restarts of the program, but not the actor.

    Raises:
        ActorCrashed, ActorRestarting: The actor begins anew: ask again.
        ActorGone: The pane is closed.
    """
    await pane.ask(FeedMirror(mirror=mirror), within=math.inf)


async def type_into(
    pane: Ref,
    *,
    text: str | None,
    keys: tuple[str, ...],
    submit: bool,
    paste: bool = True,
    mouse: tuple[MouseAction, ...] = (),
    focus: bool | None = None,
    writer: Writer,
    connection: Ref | None = None,
    patience: float | None = None,
) -> Typed:
    """Type into the pane's program, when it is the writer's turn.

    It returns when the terminal has taken all of it; for live keys, when it has them.

    Args:
        text: Typed first; as a paste, unless `paste` is false.
        keys: Named keys, pressed after it.
        submit: Whether Enter is pressed last.
        mouse, focus: Told to a program that asked for it; what is no click or wheel is left
            out while somebody else controls the pane.
        writer: Who types.
        connection: Theirs, if they type live.
        patience: How long to wait for a person who types; 0 to be refused at once.

    Raises:
        Refused: `PaneExited`, `InvalidArgument` for a key nobody knows, `Busy` when the
            program does not read, or too many others type already; `HumanControl` when
            it did not become the writer's turn. Nothing was written then.
    """
    request = TypeInto(
        text=text,
        keys=keys,
        submit=submit,
        paste=paste,
        mouse=mouse,
        focus=focus,
        writer=writer,
        connection=connection,
        patience=patience,
    )
    longest = MOST_PATIENCE if patience is None else patience
    if writer.kind == "live":
        longest = 0.0
    return await pane.ask(request, within=longest + 2 * LINK_WITHIN)


async def resize(pane: Ref, *, columns: int, lines: int) -> None:
    """Give the pane's terminal another size.

    A pane has the size it is drawn with: this is for its session, which keeps the
    layout. Others ask the session (`layouts.arrange`).
    """
    await pane.ask(Resize(columns=columns, lines=lines), within=LINK_WITHIN + 2.0)


async def close(pane: Ref, *, grace: float = 1.0) -> KillReport:
    """End a pane; returns what had to be killed."""
    return await pane.ask(ClosePane(grace=grace), within=grace * 4 + LINK_WITHIN + 5.0)


# ---- refusals


def fresh(error: FugueError) -> FugueError:
    """The same refusal as an object of its own: each asker gets one."""
    return Refused(error.code, error.message, hint=error.hint, data=error.data)


def silent(pane_id: str) -> Unavailable:
    return Unavailable(f"the host of pane {pane_id} does not answer")


def closed(pane_id: str) -> Refused:
    return Refused("PaneNotFound", f"pane {pane_id} is closed")


def lost(pane: Pane) -> Refused:
    how = "ended since no daemon came for it in time" if pane.orphaned else "died"
    return Refused(
        "PaneExited",
        f"the host of pane {pane.pane_id} {how}; nothing is known of its program",
        hint="close the pane, or kill its session",
    )


def exited(pane: Pane) -> Refused:
    assert pane.exit is not None
    how = f"status {pane.exit.code}" if pane.exit.signal is None else pane.exit.signal
    return Refused(
        "PaneExited",
        f"the program of pane {pane.pane_id} has ended ({how})",
        hint="its last screen can still be read",
        data={"code": pane.exit.code, "signal": pane.exit.signal},
    )
