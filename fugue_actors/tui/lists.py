"""What modes with a list have in common: moving, filtering, the mouse, the picture. PURE.

Keys are commands of a table, `send-keys -X NAME`, so that they can be bound to others;
what those do is said in `ABOUT`. While a filter is typed it has all keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import Cursor, Style, columns_of
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui.editing import Editor
from fugue_actors.tui.events import LEFT, WHEEL_DOWN, WHEEL_UP, Key, Mouse, Paste
from fugue_actors.tui.listing import Listing
from fugue_actors.tui.modes import Close
from fugue_actors.tui.quiet import Quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.drawing import Canvas
    from fugue_actors.tui.events import Event
    from fugue_actors.tui.modes import Action

HEAD: Final = Style(fg="black", bg="green")
FOOT: Final = Style(dim=True)
SELECTED: Final = Style(fg="black", bg="yellow")
TYPING: Final = "prompt"
"""The table of whatever is typed into."""

GAP: Final = "   "
"""What is between the parts of a hint."""

Span = tuple[str, Style]
"""A text, and how it looks."""


def within(hint: str, columns: int) -> str:
    """As much of a hint as there is room for; how to leave, its last part, comes first.

    Args:
        hint: What keys do, in parts; the more important ones before the others.
        columns: The room.
    """
    *parts, last = hint.split(GAP)
    while parts and columns_of(GAP.join([*parts, last])) > columns:
        parts.pop()
    return GAP.join([*parts, last])


@attrs.define(eq=False, kw_only=True)
class Lister(Quiet):
    """A mode that is a list over the whole window.

    Attributes:
        title: What stands above it.
        name: Of its table of keys.
        hint: What stands below it.
        listing: Which one is chosen.
        filter: What the things that are shown must have in their text.
        is_filtering: Whether the filter is being typed.
    """

    title: str = ""
    name: str = ""
    hint: str = ""
    listing: Listing = attrs.Factory(Listing)
    filter: Editor = attrs.Factory(Editor.of)
    is_filtering: bool = False

    def __attrs_post_init__(self) -> None:
        self.place, self.table = "window", self.name

    # ---- what the one mode or the other says

    def entries(self) -> Sequence[str]:
        """What there is to choose from, in order, as things are now."""
        raise NotImplementedError

    def spans(self, key: str, place: int) -> Sequence[Span]:
        """The line of one of them.

        Args:
            key: Which.
            place: Where it stands in the list.
        """
        raise NotImplementedError

    def chosen(self, key: str) -> Iterable[Action]:
        """One was taken."""
        return ()

    # ---- keys

    @property
    def wanted(self) -> list[str]:
        """The words of the filter."""
        return self.filter.text.casefold().split()

    def fits(self, text: str) -> bool:
        """Whether a text has all words of the filter."""
        folded = text.casefold()
        return all(word in folded for word in self.wanted)

    def refresh(self) -> None:
        """Look what there is now; the choice stays on what it is on."""
        self.listing.show(self.entries())

    def key(self, event: Event) -> Iterable[Action]:
        """What is bound to nothing: the text of a filter, or the mouse."""
        if isinstance(event, Mouse):
            return self.clicked(event)
        if not self.is_filtering:
            if isinstance(event, Key) and event.kind != "release":
                return self.pressed(event)
            return ()
        if isinstance(event, Paste):
            self.filter.paste(event.text)
        elif isinstance(event, Key) and event.kind != "release":
            if event.name in ("Enter", "Up", "Down", "Tab"):
                self.stop_filtering()
            elif event.name in ("Escape", "C-c", "C-g"):
                self.filter.fill("")
                self.stop_filtering()
            elif not self.filter.key(event.name) and event.text:
                self.filter.paste(event.text)
        self.refresh()
        return ()

    def pressed(self, event: Key) -> Iterable[Action]:
        """A key that the mode knows by itself."""
        return ()

    def stop_filtering(self) -> None:
        """The filter is as it is; keys are commands again."""
        self.is_filtering, self.takes_all, self.table = False, False, self.name

    def command(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """What `ABOUT` says."""
        self.refresh()
        listing = self.listing
        match name:
            case "cursor-up":
                listing.step(-1)
            case "cursor-down":
                listing.step(1)
            case "page-up":
                listing.step(-max(listing.lines - 1, 1))
            case "page-down":
                listing.step(max(listing.lines - 1, 1))
            case "history-top":
                listing.go(0)
            case "history-bottom":
                listing.go(len(listing.keys) - 1)
            case "choose" if listing.selected is not None:
                return self.chosen(listing.selected)
            case "filter":
                self.is_filtering, self.takes_all, self.table = True, True, TYPING
            case "cancel":
                return (Close(),)
            case _:
                return self.perform(name, arguments)
        return ()

    def perform(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """A command of this list alone."""
        return ()

    def clicked(self, event: Mouse) -> Iterable[Action]:
        """The wheel moves; a click chooses, a second one on the same takes it."""
        if event.kind == "wheel" and event.button in (WHEEL_UP, WHEEL_DOWN):
            self.listing.step(-1 if event.button == WHEEL_UP else 1)
        if event.kind != "press" or event.button != LEFT:
            return ()
        place = self.listing.first + event.y - 1
        if not 1 <= event.y <= self.listing.lines or place >= len(self.listing.keys):
            return ()
        key = self.listing.keys[place]
        if key == self.listing.selected:
            return self.chosen(key)
        self.listing.select(key)
        return ()

    # ---- the picture

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """A head, the list, and a foot where there is room."""
        self.refresh()
        return self.draw_list(canvas, area)

    def draw_list(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """The same, of what there was when it was looked at last."""
        canvas.fill(area)
        has_foot = area.lines > 3 or self.is_filtering
        self.draw_head(canvas, area)
        lines = area.lines - 1 - has_foot
        self.draw_lines(canvas, Rectangle(area.x, area.y + 1, area.columns, lines))
        if has_foot:
            return self.draw_foot(canvas, area)
        return None

    def draw_head(self, canvas: Canvas, area: Rectangle) -> None:
        """The title, and where one is in the list."""
        count = len(self.listing.keys)
        canvas.fill(Rectangle(area.x, area.y, area.columns, 1), " ", HEAD)
        canvas.text(area.x + 1, area.y, self.title, HEAD, area.columns - 2)
        where = f" {self.listing.place + 1 if count else 0}/{count} "
        free = area.columns - columns_of(self.title) - 2
        if len(where) <= free:
            x = area.x + area.columns - len(where)
            canvas.text(x, area.y, where, HEAD, len(where))

    def draw_lines(self, canvas: Canvas, area: Rectangle) -> None:
        """The lines in view."""
        if area.lines <= 0:
            return
        for y, place in enumerate(self.listing.view(area.lines), start=area.y):
            key = self.listing.keys[place]
            canvas.spans(area.x, y, self.spans(key, place), area.columns)
            if key == self.listing.selected:
                line = Rectangle(area.x, y, area.columns, 1)
                canvas.restyle(line, fg=SELECTED.fg, bg=SELECTED.bg, dim=False)
        if not self.listing.keys:
            canvas.text(area.x + 1, area.y, self.empty, FOOT, area.columns - 2)

    @property
    def empty(self) -> str:
        """What is said when there is nothing to show."""
        return "nothing fits the filter" if self.filter.text else "nothing yet"

    def draw_foot(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """The filter, or what keys do."""
        y = area.y + area.lines - 1
        if not self.is_filtering and not self.filter.text:
            room = area.columns - 2
            canvas.text(area.x + 1, y, within(self.hint, room), FOOT, room)
            return None
        taken = canvas.text(area.x, y, "/", FOOT, area.columns)
        room = area.columns - taken
        text = self.filter.text
        canvas.text(area.x + taken, y, text, Style(), room)
        if not self.is_filtering:
            return None
        x = area.x + taken + columns_of(self.filter.buffer.before)
        return Cursor(min(x, area.x + area.columns - 1), y, shape="bar")
