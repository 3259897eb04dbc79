"""Copy mode as attach has it: keys, the mouse and pages of lines in, actions out. Pure.

Commands are done one after the other. One that needs lines that are not known waits for
them, and so does what comes behind it; leaving or Escape gives that up. While it waits
the text can be seen as far as it is known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import TYPE_CHECKING, Any, Final, Literal

import attrs

from fugue_actors.errors import FugueError, Refused
from fugue_actors.tui.copying import picture
from fugue_actors.tui.copying.commands import give
from fugue_actors.tui.copying.counting import COUNTED_LINES, Tally
from fugue_actors.tui.copying.lines import Place
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
from fugue_actors.tui.copying.tables import EMACS, VI
from fugue_actors.tui.copying.text import Missing, Text
from fugue_actors.tui.events import Key, Mouse, Paste
from fugue_actors.tui.modes import Close, Copy, Notice, Remember, Request, Run

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


@attrs.frozen
class Todo:
    """A command that is to be done, so many times."""

    name: str
    arguments: tuple[str, ...] = ()
    count: int = 1


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
        self.fresh: Text | None = None  # what takes the place of a text that was left
        self.prompt: Prompt | None = None
        self.tally = Tally()
        self.mousing = Mousing(self)
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
            yield from self.search_live()
        elif isinstance(event, Key):
            if self.prompt is not None:
                yield from self.type(self.prompt, event)
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
        while self.todo and self.machine is not None and self.fresh is None:
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
                    self.fresh = Text()
                    yield self.asked(self.loader.begin(self.machine.shape.lines))

    # ---- prompts

    def type(self, prompt: Prompt, event: Key) -> Iterator[Action]:
        """A key at a prompt."""
        name = event.name
        if name in LEAVING:
            yield from self.give_up(prompt)
        elif prompt.asked.is_character:
            self.prompt = None
            if event.text:
                yield from self.do(Todo(prompt.command, (event.text,), prompt.count))
        elif name == "Enter":
            yield from self.enter(prompt)
        elif name in ("C-s", "C-r") and prompt.asked.is_live:
            is_forward = "forward" in prompt.command
            is_same = is_forward == (name == "C-s")
            if prompt.editor.text:
                yield from self.do(
                    Todo("search-again" if is_same else "search-reverse")
                )
        elif name == "M-r" and prompt.asked.is_live:
            prompt.toggle_plain()
            yield from self.search_live()
        elif (name in ("Up", "Down") and prompt.recall(1 if name == "Up" else -1)) or (
            prompt.editor.key(name)
        ):
            yield from self.search_live()
        elif name == "Backspace":
            yield from self.give_up(prompt)

    def give_up(self, prompt: Prompt) -> Iterator[Action]:
        """Ask no more, and be where one was."""
        self.prompt = None
        self.todo.clear()
        if self.machine is not None and prompt.asked.is_live:
            self.machine.state = prompt.before
            self.machine.search = prompt.search
        yield from self.go_on()

    def enter(self, prompt: Prompt) -> Iterator[Action]:
        """What was asked for has been typed."""
        text, self.prompt = prompt.editor.text, None
        if not prompt.asked.is_live:
            if text:
                yield from self.do(Todo(prompt.command, (text,), prompt.count))
            return
        if not text:
            yield from self.search_again(prompt)
            return
        yield Remember(kind="search", text=text)
        if self.machine is not None and not self.todo:
            # It stands where the search has led already, or was led on from there.
            for outcome in self.tally.verdict(self.machine):
                yield Notice(outcome)

    def search_again(self, prompt: Prompt) -> Iterator[Action]:
        """Nothing was typed: search for the same as before, in this direction."""
        last = prompt.search
        if last is not None:
            suffix = "-text" if last.is_plain else ""
            name = prompt.command.removesuffix("-text") + suffix
            yield from self.do(Todo(name, (last.pattern,), prompt.count))

    def search_live(self) -> Iterator[Action]:
        """Search for what is typed so far, from where one was."""
        prompt, machine = self.prompt, self.machine
        if prompt is None or machine is None or not prompt.asked.is_live:
            return
        self.todo.clear()
        self.is_hopeless = False
        machine.state, machine.search = prompt.before, None
        if prompt.editor.text:
            yield from self.do(
                Todo(prompt.command, (prompt.editor.text,), prompt.count)
            )

    # ---- lines

    def answered(self, action: Request, result: dict[str, Any]) -> Iterator[Action]:
        """A page has come."""
        if action is not self.loader.under_way:
            return
        if self.machine is None or self.fresh is not None:
            yield from self.begin(result)
        else:
            self.loader.take(self.machine.text, action, result)
            self.machine.text.forget_looks(self.machine.state.top.line)
        yield from self.go_on()

    def begin(self, page: dict[str, Any]) -> Iterator[Action]:
        """The last lines have come: those that the screen shows now."""
        self.loader.under_way = None
        before, text = self.machine, Text()
        text.begin(page)
        number, column = page["cursor"]["line"], page["cursor"]["column"]
        line = text.lines[number] = text.line(number).reaching(column)
        cursor = Place(number, bisect_right(line.columns, column) - 1)
        if before is not None:
            old = before.text
            for number in range(
                max(old.oldest, text.oldest), min(old.bottom, text.end)
            ):
                if number in old.lines:
                    text.lines.setdefault(number, old.lines[number])
            if before.cursor.line in text.lines:
                cursor = before.cursor
        columns, lines = self.size
        machine = Machine(
            text,
            cursor,
            columns=columns or page["columns"],
            lines=lines or page["lines"],
            keys=self.keys,
        )
        machine.leaves_at_bottom = self.leaves_at_bottom
        self.machine, self.fresh = machine, None
        self.tally = Tally()
        if before is not None:
            machine.search = before.search
            if machine.search is not None:
                machine.search.found.clear()
        yield from ()

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
        self.fresh = None
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
