"""Copy mode as attach has it: keys, the mouse and pages of lines in, actions out. Pure.

Commands are done one after the other. One that needs lines that are not known waits for
them, and so does what comes behind it; leaving or Escape gives that up. While it waits
the text can be seen as far as it is known.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from fugue_actors.errors import FugueError, Refused
from fugue_actors.tui.copying import beginning, picture
from fugue_actors.tui.copying.commands import give
from fugue_actors.tui.copying.counting import COUNTED_LINES, Tally
from fugue_actors.tui.copying.loading import Loader
from fugue_actors.tui.copying.machine import (
    Asked,
    Copied,
    Keys,
    Left,
    Machine,
    Renewed,
    Said,
)
from fugue_actors.tui.copying.mousing import Mousing
from fugue_actors.tui.copying.patience import PATIENCE
from fugue_actors.tui.copying.prompt import LEAVING, Prompt
from fugue_actors.tui.copying.prompting import Prompting
from fugue_actors.tui.copying.tables import EMACS, VI
from fugue_actors.tui.copying.text import Missing
from fugue_actors.tui.copying.todo import Todo
from fugue_actors.tui.events import Key, Mouse, Paste
from fugue_actors.tui.modes import Close, Copy, Notice, Request, Run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from fugue_actors.client import Change, Model
    from fugue_actors.drawing.canvas import Canvas
    from fugue_actors.drawing.painter import Cursor
    from fugue_actors.protocol.tiling import Rectangle
    from fugue_actors.tui.copying.machine import Outcome
    from fugue_actors.tui.events import Event
    from fugue_actors.tui.modes import Action

MOST_WAITING: Final = 256
"""Commands that wait for lines; what is typed beyond that is lost."""
GIVING_UP: Final = (
    "cancel",
    "clear-selection",
    "clear-selection-or-cancel",
    "refresh-from-pane",
)
"""Commands that wait for nothing, and end what does."""
READING: Final = ("search-", "copy-", "append-")
"""How commands begin that read far, and look at nothing on the way."""


class CopyMode:
    """See the module's docstring.

    Args:
        pane_id: Whose text it is.
        model: What is the case: shows the pane until its lines are here.
        keys: Whose keys it has.
        bound: What a key of a table is bound to.
        searches: What was searched for before, newest first.
        first: Commands to begin with.
        leaves_at_bottom: Whether it ends when one scrolls down to the bottom.

    Attributes:
        machine: What does the commands; None until there are lines.
        prompt: What is asked for.
        count: How often to do the next command, as far as it was typed.
    """

    place: Literal["pane"] = "pane"
    watches: tuple[str, ...] = ()
    expires: float | None = None

    def __init__(
        self,
        pane_id: str,
        model: Model,
        *,
        keys: Keys = "emacs",
        bound: Callable[[str, str], str | None] = lambda table, key: None,
        searches: Callable[[], Sequence[str]] = tuple,
        first: Sequence[Todo] = (),
        leaves_at_bottom: bool = False,
    ) -> None:
        self.pane_id = pane_id
        self.model = model
        self.keys = keys
        self.bound = bound
        self.searches = searches
        self.leaves_at_bottom = leaves_at_bottom
        self.loader = Loader(pane_id)
        self.todo: deque[Todo] = deque(first)
        self.machine: Machine | None = None
        self.is_renewing = False  # another text is to take the place of this one
        self.prompt: Prompt | None = None
        self.tally = Tally()
        self.mousing = Mousing(self)
        self.prompting = Prompting(self)
        self.count = ""
        self.size = (0, 0)
        self.is_refused = False
        self.is_hopeless = False
        self.pid = self.present_pid

    @property
    def table(self) -> str:
        """The table of its keys: none while something is typed that is no command."""
        if self.prompt is not None or self.count:
            return ""
        return VI if self.keys == "vi" else EMACS

    @property
    def takes_all(self) -> bool:
        """Whether even the prefix key is its own."""
        return self.prompt is not None

    @property
    def present_pid(self) -> int | None:
        """The process of the pane's program."""
        pane = self.model.panes.get(self.pane_id)
        return None if pane is None else pane["pid"]

    # ---- keys

    def key(self, event: Event) -> Iterator[Action]:
        """What is bound to nothing: digits, what is typed at a prompt, the mouse."""
        self.is_refused = False
        if isinstance(event, Mouse):
            yield from self.mousing.take(event)
        elif isinstance(event, Paste) and self.prompt is not None:
            self.prompt.editor.paste(event.text)
            yield from self.prompting.search_live()
        elif isinstance(event, Key):
            if self.prompt is not None:
                yield from self.prompting.type(self.prompt, event)
            elif (digit := self.digit(event.name)) is not None:
                self.count = (self.count + digit)[:6]
            elif self.count:
                yield from self.counted(event)

    def digit(self, name: str) -> str | None:
        """A key as a digit of how often, if it is one: in emacs with alt at first."""
        if self.keys == "emacs" and name.startswith("M-"):
            name = name[2:]
        elif self.keys == "emacs" and not self.count:
            return None
        is_digit = len(name) == 1 and name in "0123456789"
        return name if is_digit and (self.count or name != "0") else None

    def counted(self, event: Key) -> Iterator[Action]:
        """The key after digits."""
        command = self.bound(VI if self.keys == "vi" else EMACS, event.name)
        if event.name in LEAVING or command is None:
            self.count = ""
        else:
            yield Run(command)

    def command(self, name: str, arguments: Sequence[str]) -> Iterator[Action]:
        """A command of copy mode."""
        self.is_refused = self.is_hopeless = False
        count, self.count = int(self.count or 1), ""
        if len(arguments) > 1 and arguments[0] == "-N" and arguments[1].isdecimal():
            count, arguments = int(arguments[1]), arguments[2:]
        yield from self.do(Todo(name, tuple(arguments), count))

    def give(self, name: str, *arguments: str, count: int = 1) -> Iterator[Action]:
        """Do a command, as if it had been bound to what has happened."""
        self.count = ""
        yield from self.do(Todo(name, arguments, count))

    # ---- doing

    def do(self, todo: Todo) -> Iterator[Action]:
        """Do a command, or have it wait behind others."""
        if todo.name in GIVING_UP and (self.todo or self.machine is None):
            was_waiting = bool(self.todo) and self.machine is not None
            self.todo.clear()
            if was_waiting and todo.name != "cancel":
                yield Notice("given up")
                return
            if self.machine is None:
                yield Close(self)
                return
        if len(self.todo) > 1 and todo.name == self.todo[-1].name == "cursor-to":
            self.todo[-1] = todo
        elif len(self.todo) < MOST_WAITING:
            self.todo.append(todo)
        if len(self.todo) == 1:
            yield from self.go_on()

    def go_on(self) -> Iterator[Action]:
        """Do what is to be done, as far as the lines for it are known."""
        while self.todo and self.machine is not None and not self.is_renewing:
            todo = self.todo[0]
            try:
                outcomes = self.given(self.machine, todo)
            except Missing as missing:
                if self.loader.under_way is None:
                    many = todo.name.startswith(READING)
                    page = self.loader.missing(self.machine.text, missing, many=many)
                    yield self.asked(page)
                break
            except Refused:
                self.todo.popleft()
                raise
            self.todo.popleft()
            yield from self.follow(outcomes, todo)
        yield from self.load_more()

    def given(self, machine: Machine, todo: Todo) -> list[Outcome]:
        """Do a command now, unless that takes too long."""

        def work() -> list[Outcome]:
            return give(machine, todo.name, todo.arguments, count=todo.count)

        outcomes = PATIENCE.within(work)
        if outcomes is None:
            self.give_up_search(machine)
            return []
        return outcomes

    def give_up_search(self, machine: Machine) -> None:
        """What is searched for cannot be found in time."""
        machine.search = None
        self.is_hopeless = True

    def follow(self, outcomes: Sequence[Outcome], todo: Todo) -> Iterator[Action]:
        """Carry out what a command wanted done."""
        assert self.machine is not None
        for outcome in outcomes:
            match outcome:
                case Copied(text, append):
                    yield Notice(f"copied {extent(text)}")
                    yield Copy(text, append=append)
                case Left():
                    self.todo.clear()
                    self.is_refused = True
                    yield Close(self)
                case Said(text):
                    if self.prompt is None:
                        yield Notice(text)
                case Asked():
                    self.prompt = Prompt(
                        asked=outcome,
                        count=todo.count,
                        before=self.machine.state,
                        search=self.machine.search,
                        older=self.searches() if outcome.is_live else (),
                    )
                case Renewed():
                    self.is_renewing = True
                    yield self.asked(self.loader.begin(self.machine.shape.lines))

    # ---- lines

    def answered(self, action: Request, result: dict[str, Any]) -> Iterator[Action]:
        """A page has come."""
        if action is not self.loader.under_way:
            return
        if self.machine is None or self.is_renewing:
            self.begin(result)
        else:
            self.loader.take(self.machine.text, action, result)
            self.machine.text.forget_looks(self.machine.state.top.line)
        yield from self.go_on()

    def begin(self, page: dict[str, Any]) -> None:
        """The last lines have come: those that the screen shows now."""
        self.loader.under_way, self.is_renewing = None, False
        self.machine = beginning.machine_of(
            page, keys=self.keys, size=self.size, before=self.machine
        )
        self.machine.leaves_at_bottom = self.leaves_at_bottom
        self.tally = Tally()

    def load_more(self) -> Iterator[Request]:
        """Ask for what is shown, or will be, and is not known; then for the rest."""
        machine = self.machine
        if machine is None or self.loader.under_way is not None or self.is_refused:
            return
        top, lines = machine.state.top.line, machine.shape.lines
        text = machine.text
        request = self.loader.looks(text, top, top + lines)
        is_counted = text.end - text.oldest <= COUNTED_LINES
        if request is None and machine.search is not None and is_counted:
            request = self.loader.rest(text)
        if request is None:
            request = self.loader.looks(text, top - lines, top + 2 * lines)
        if request is not None:
            yield self.asked(request)

    def asked(self, request: Request) -> Request:
        """A request whose answer comes here, also when another pane has the keys."""
        self.loader.under_way = attrs.evolve(request, asker=self)
        return self.loader.under_way

    def refused(self, action: Request, error: FugueError) -> Iterator[Action]:
        """No page comes."""
        self.loader.under_way = None
        self.is_refused = True
        self.todo.clear()
        self.is_renewing = False
        yield Notice(error.message, is_error=True)
        if self.machine is None:
            yield Close(self)

    def opened(self) -> Iterator[Action]:
        """It has begun."""
        screen = self.model.screens.get(self.pane_id)
        yield self.asked(
            self.loader.begin(0 if screen is None else screen.head["lines"])
        )

    def changed(self, change: Change) -> Iterator[Action]:
        """The model has changed."""
        if self.present_pid not in (self.pid, None):
            yield Notice("the program was started again")
            yield Close(self)
        else:
            yield from self.load_more()

    # ---- the picture

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """Draw the text and what is on top of it."""
        self.size = (area.columns, area.lines)
        if area.columns < 1 or area.lines < 1:
            return None
        if self.machine is None:
            screen = self.model.screens.get(self.pane_id)
            canvas.put_rows(area, [] if screen is None else screen.rows)
            return None
        self.machine.resize(area.columns, area.lines)
        if self.machine.search is not None and not PATIENCE.within(self.find_shown):
            self.give_up_search(self.machine)
        cursor = picture.draw_text(self.machine, canvas, area)
        if not self.machine.state.hides_place:
            picture.draw_place(canvas, area, self.where)
        if self.prompt is not None:
            return picture.draw_prompt(canvas, area, self.prompt)
        return cursor

    def find_shown(self) -> bool:
        """Search what is shown, and count what is known; before anything is drawn."""
        machine = self.machine
        if machine is not None and machine.search is not None:
            top = machine.state.top.line
            for number in range(top, top + machine.shape.lines):
                if number in machine.text.lines:
                    machine.search.matches(machine.text, number)
            self.tally.text(machine)
        return True

    @property
    def where(self) -> str:
        """What stands at the top right: what was found, and how far up this is."""
        assert self.machine is not None
        parts = [f"{self.count} times"] if self.count else []
        if self.machine.search is None and self.is_hopeless:
            parts.append("this takes too long to search for")
        elif self.machine.search is not None:
            parts.append(self.tally.text(self.machine, is_busy=bool(self.todo)))
        elif self.todo:
            parts.append("loading")
        above = self.machine.shape.bottom().line - self.machine.state.top.line
        parts.append(f"[{above}/{self.machine.text.history}]")
        return " ".join(parts)


def extent(text: str) -> str:
    """How much a text is, for people."""
    lines = text.removesuffix("\n").count("\n") + 1
    if lines > 1:
        return f"{lines} lines"
    return "a line" if text.endswith("\n") else f"{len(text)} characters"
