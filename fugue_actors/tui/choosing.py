"""The tree of sessions, their windows and panes, to go to one of them. PURE.

Each line says how it stands with what it shows: who needs somebody, what is unread, what
was last reported. Below the list the screens of the chosen one are shown as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.tui import preview, tables, tending
from fugue_actors.tui.branches import ORDERS, Branch, above, branches
from fugue_actors.tui.commands.arguments import join_words
from fugue_actors.tui.lists import Lister, Span
from fugue_actors.tui.modes import ONLY_LOOKS, Close, Open, Run
from fugue_actors.tui.prompt import Confirm
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.drawing import Canvas, Cursor
    from fugue_actors.tui.events import Key
    from fugue_actors.tui.modes import Action

HINT: Final = (
    "Enter goes there   / filters   t marks   x ends   r renames   T tags   "
    "v preview   O order   q leaves"
)
NUMBERS: Final = "0123456789"
MARKED: Final = Style(fg="magenta", bold=True)
NUMBER: Final = Style(dim=True)
NAMES: Final = {
    "session": Style(bold=True),
    "window": PLAIN,
    "pane": PLAIN,
}
NEEDY: Final = Style(fg="red", bold=True)
UNREAD: Final = Style(fg="cyan")
STATUS: Final = {
    "working": Style(fg="green"),
    "complete": Style(fg="green", dim=True),
    "blocked": Style(fg="yellow"),
    "waiting_for_input": Style(fg="yellow"),
    "error": Style(fg="red"),
}
DIM: Final = Style(dim=True)
LEAST_PREVIEW: Final = 4
"""Lines below which a preview says nothing."""


@attrs.define(eq=False, kw_only=True)
class Chooser(Lister):
    """The tree, as one client sees it.

    Attributes:
        state: Of the client.
        folded: What is not shown in full, by key.
        marked: What is marked, by key.
        order: How sessions are sorted.
        has_preview: Whether screens are shown.
        known: All there is, by key.
        places: The keys of where the client is.
    """

    state: State
    folded: set[str] = attrs.Factory(set)
    marked: set[str] = attrs.Factory(set)
    order: str = ORDERS[0]
    has_preview: bool = True
    known: dict[str, Branch] = attrs.Factory(dict)
    places: tuple[str, ...] = ()

    @classmethod
    def begun(cls, state: State, *, is_deep: bool) -> Chooser:
        """A chooser with the client's own place chosen.

        Args:
            state: Of the client.
            is_deep: Whether windows are shown, too.
        """
        chooser = cls(state=state, name=tables.CHOOSE, hint=HINT)
        tree = branches(state, chooser.order)
        chooser.folded = {
            one.key for one in tree if one.kind == "window" or not is_deep
        }
        chooser.refresh()
        chooser.go_here()
        return chooser

    # ---- what there is

    def entries(self) -> Sequence[str]:
        """What is not hidden, with what fits the filter and what it is in."""
        self.known = {one.key: one for one in branches(self.state, self.order)}
        self.marked &= self.known.keys()
        self.title = f"{self.counted()}, by {self.order}"
        self.places = self.here()
        if self.filter.text:
            fitting = [key for key, one in self.known.items() if self.fits(one.text)]
            kept = {*fitting, *(up for key in fitting for up in above(self.known, key))}
            return [key for key in self.known if key in kept]
        return [
            key
            for key in self.known
            if not any(up in self.folded for up in above(self.known, key))
        ]

    def counted(self) -> str:
        """How many sessions there are, and how many things are marked."""
        count = sum(one.kind == "session" for one in self.known.values())
        text = f"{count} session" + ("" if count == 1 else "s")
        return text + (f", {len(self.marked)} marked" if self.marked else "")

    def spans(self, key: str, place: int) -> Sequence[Span]:
        """A line for a branch."""
        branch = self.known[key]
        label = f"({place})" if place < len(NUMBERS) else ""
        fold = " "
        if branch.has_more and not self.filter.text:
            fold = "+" if branch.key in self.folded else "-"
        is_here = branch.key in self.places
        return [
            (f"{label:>4} ", NUMBER),
            ("  " * branch.depth + fold + " ", NUMBER),
            ("■ " if branch.key in self.marked else "", MARKED),
            (branch.name, NAMES[branch.kind]._replace(underline=is_here)),
            (f"  ⚑ {branch.need}" if branch.need else "", NEEDY),
            (f"  ✉ {branch.unread}" if branch.unread else "", UNREAD),
            (f"  {branch.status}" if branch.status else "", self.look(branch)),
            (f"  {branch.about}" if branch.about else "", DIM),
        ]

    def look(self, branch: Branch) -> Style:
        """How what was reported looks."""
        return STATUS.get(branch.status.partition(":")[0], DIM)

    def here(self) -> tuple[str, ...]:
        """The keys of where the client is: pane, window, session."""
        window = self.state.window
        return (
            self.state.pane_id or "",
            "" if window is None else window["window_id"],
            self.state.session_id or "",
        )

    def go_here(self) -> None:
        """Choose the deepest that is shown of where the client is."""
        for key in self.here():
            if key in self.listing.keys:
                self.listing.select(key)
                return

    # ---- keys

    def pressed(self, event: Key) -> Iterable[Action]:
        """A number goes to the line that has it."""
        if event.name in NUMBERS and int(event.name) < len(self.listing.keys):
            return self.chosen(self.listing.keys[int(event.name)])
        return ()

    def chosen(self, key: str) -> Iterable[Action]:
        """Go there."""
        branch = self.known.get(key)
        if branch is None:
            return ()
        return (Close(), Run(join_words(["switch-client", "-t", branch.target])))

    def perform(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """What `ABOUT` says."""
        selected = self.listing.selected
        branch = self.known.get(selected or "")
        match name:
            case "expand-all":
                self.folded.clear()
            case "collapse-all":
                self.fold_all()
            case "mark-none":
                self.marked.clear()
            case "order":
                place = ORDERS.index(self.order) + 1
                self.order = ORDERS[place % len(ORDERS)]
            case "preview":
                self.has_preview = not self.has_preview
            case "here":
                self.folded -= set(self.here())
                self.refresh()
                self.go_here()
            case _ if branch is not None:
                return self.perform_on(name, branch)
        self.refresh()
        return ()

    def perform_on(self, name: str, branch: Branch) -> Iterable[Action]:
        """What is done to the chosen one."""
        match name:
            case "kill" | "rename" | "tag" if self.state.settings.is_read_only:
                return (ONLY_LOOKS,)
            case "expand" if branch.key in self.folded:
                self.folded.discard(branch.key)
            case "expand":
                self.listing.step(1)
            case "collapse" if branch.has_more and branch.key not in self.folded:
                self.folded.add(branch.key)
            case "collapse" if branch.inside is not None:
                self.listing.select(branch.inside)
            case "mark":
                self.marked ^= {branch.key}
                self.listing.step(1)
            case "kill":
                return self.ask_to_kill(branch)
            case "rename":
                return (Open(tending.renaming(self.state, branch)),)
            case "tag":
                return (Open(tending.tagging(self.state, self.marked_or(branch))),)
        self.refresh()
        return ()

    def fold_all(self) -> None:
        """Hide all but sessions; the choice goes to the session of what was chosen."""
        selected = self.listing.selected
        branch = self.known.get(selected or "")
        self.folded = {one.key for one in self.known.values() if one.has_more}
        self.refresh()
        if branch is not None:
            self.listing.select(branch.session_id)

    # ---- what is done to them

    def marked_or(self, branch: Branch) -> list[Branch]:
        """The marked ones, without those that are in another marked one; else this."""
        if not self.marked:
            return [branch]
        return [
            self.known[key]
            for key in self.known
            if key in self.marked
            and not self.marked.intersection(above(self.known, key))
        ]

    def ask_to_kill(self, branch: Branch) -> Iterable[Action]:
        """A question, and then the end."""
        doomed = self.marked_or(branch)
        if len(doomed) == 1:
            what = f"{doomed[0].kind} {doomed[0].name}"
        else:
            what = f"{len(doomed)} marked"
        ends = tuple(tending.killing(one) for one in doomed)
        return (Open(Confirm(question=f"kill {what}? (y/n)", agreed=ends)),)

    # ---- the picture

    def draw(self, canvas: Canvas, area: Rectangle) -> Cursor | None:
        """The list, and below it what the chosen one shows."""
        self.refresh()
        wanted = max(min(len(self.listing.keys) + 2, area.lines * 2 // 5), 4)
        free = area.lines - wanted
        if not self.has_preview or free < LEAST_PREVIEW:
            self.watches = ()
            return self.draw_list(canvas, area)
        top = Rectangle(area.x, area.y, area.columns, wanted)
        cursor = self.draw_list(canvas, top)
        below = Rectangle(area.x, area.y + wanted, area.columns, free)
        self.watches = preview.draw(
            canvas, below, self.state, self.known.get(self.listing.selected or "")
        )
        return cursor
