"""What takes over keys and a part of the picture for a while, and what it asks for. Pure.

Copy mode, the chooser, messages, help, prompts and questions are modes. A mode changes
nothing but itself: whatever else is to happen it returns as actions, which the main loop
carries out in order. So is everything a command does, see `commands`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import attrs

from fugue_actors.tui.events import Mouse

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from fugue_actors.client import Change
    from fugue_actors.drawing import Canvas, Cursor
    from fugue_actors.errors import FugueError
    from fugue_actors.protocol.tiling import Rectangle
    from fugue_actors.tui.events import Event


Place = Literal["pane", "window", "over", "line"]
Typed = Literal["command", "search"]


class Mode(Protocol):
    """Something that has the keys.

    Attributes:
        place: Where it is drawn and whose keys it takes: those of one `pane` while that
            is the client's pane, those of the whole `window`, alone or drawn `over` its
            panes, or of the status `line`.
        table: Name of its table of keys. What a key is bound to there is run as a command;
            of such, `send-keys -X NAME ARGUMENTS` comes back to it as `command`.
        takes_all: Whether even the prefix key is its own, as in a prompt.
        watches: Panes whose screens it shows though the client does not.
        expires: Seconds after which it closes by itself; None if it does not.
    """

    @property
    def place(self) -> Place: ...

    @property
    def table(self) -> str: ...

    @property
    def takes_all(self) -> bool: ...

    @property
    def watches(self) -> Collection[str]: ...

    @property
    def expires(self) -> float | None: ...

    def key(self, event: Event) -> Iterable[Action]:
        """An event that is bound to nothing in its table.

        Mouse events have their position counted from the top left of its area.
        """

    def command(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """What `send-keys -X` asks it for."""

    def answered(self, action: Request, result: dict[str, Any]) -> Iterable[Action]:
        """The answer to a request of its own."""

    def refused(self, action: Request, error: FugueError) -> Iterable[Action]:
        """A request of its own was refused, or the daemon is gone; nobody was told yet."""

    def changed(self, change: Change) -> Iterable[Action]:
        """The model has changed; it need not be looked at while `draw` does so anyway."""

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """Draw itself into an area, which may have any size; returns its cursor.

        Called for each picture: what has not changed must cost little.
        """


# ---- what a mode or a command wants to happen


@attrs.frozen(kw_only=True)
class Request:
    """Ask the daemon for something.

    The answer goes to the mode that asked, if it is still there, and `then` is run as
    commands once it was granted. A refusal is shown unless a mode takes it.

    Attributes:
        name: The operation.
        args: Its arguments; those that are None are left out.
        then: Commands to run afterwards. `{key}` stands for that key of the answer, and for
            the first of a list.
        is_quiet: Whether nobody needs to know that it was refused.
        lane: Of the requests with the same lane one is under way at a time, and of those
            that wait only the newest is made. Empty for one that stands for itself.
        asker: The mode that is answered; by default the one that says so.
    """

    name: str
    args: dict[str, Any] = attrs.Factory(dict)
    then: str | None = None
    is_quiet: bool = False
    lane: str = ""
    asker: Mode | None = None


@attrs.frozen
class Run:
    """Run commands, as if they had been typed at the `:` prompt."""

    text: str


@attrs.frozen
class Copy:
    """Keep a text as the newest buffer, and give it to the outer terminal's clipboard.

    Attributes:
        text: What was copied.
        append: Whether it belongs behind what is the newest buffer so far.
    """

    text: str
    append: bool = False


@attrs.frozen(kw_only=True)
class Type:
    """Give a pane what the person at the keyboard does: one of these.

    Attributes:
        pane_id: Which pane.
        text: Text that was typed, or with `paste` pasted.
        keys: Keys by their names.
        paste: Whether the text is a paste.
        mouse: What was done with the mouse, its place counted from the pane's top left.
        focus: Whether the pane has the keyboard now.
    """

    pane_id: str
    text: str = ""
    keys: tuple[str, ...] = ()
    paste: bool = False
    mouse: Mouse | None = None
    focus: bool | None = None


@attrs.frozen
class Notice:
    """Say something in the status line, and if it is about a pane, there as well."""

    text: str
    is_error: bool = False
    pane_id: str | None = None


ONLY_LOOKS: Final = Notice("this client only looks", is_error=True)
"""What a client that is read-only says of all that would change something."""


@attrs.frozen
class Open:
    """Begin a mode, in the place of another one that is where this one goes.

    Attributes:
        mode: The mode.
        pane_id: Of a mode of a pane: which; by default the client's.
    """

    mode: Mode
    pane_id: str | None = None


@attrs.frozen
class Close:
    """End a mode.

    Attributes:
        mode: Which one; by default the one that says so.
    """

    mode: Mode | None = None


@attrs.frozen
class Redraw:
    """Draw everything anew: something is on the terminal that nobody here has drawn."""


@attrs.frozen
class Detach:
    """Leave; everything goes on."""

    reason: str = "detached"


@attrs.frozen
class Suspend:
    """Give the outer terminal back to its shell until that wakes this client up."""


@attrs.frozen(kw_only=True)
class Remember:
    """Keep what was typed at a prompt for later ones; see `history`.

    Attributes:
        kind: Of which prompts.
        text: What was typed.
    """

    kind: Typed
    text: str


@attrs.frozen
class Invoke:
    """Run a verb of the command line, as a program of its own; see `invoking`.

    Attributes:
        line: The verb and what follows it, as it was typed.
    """

    line: str


@attrs.frozen
class Learn:
    """Know all of the verbs of the command line from now on; see `verbs`."""


Action = (
    Request
    | Run
    | Copy
    | Type
    | Notice
    | Open
    | Close
    | Redraw
    | Detach
    | Suspend
    | Remember
    | Invoke
    | Learn
)
