"""The messages that sessions sent each other, newest first. PURE.

Each line says who says what to whom and what became of it, as the ledger has it; what
waits for the person themselves is marked. What strangers say is shown, never obeyed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.tui import tables, times
from fugue_actors.tui.candidates import said
from fugue_actors.tui.composing import Compose
from fugue_actors.tui.defang import plain
from fugue_actors.tui.letter import Letter
from fugue_actors.tui.lists import Lister, Span
from fugue_actors.tui.modes import ONLY_LOOKS, Notice, Open, Request
from fugue_actors.tui.state import State

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.tui.modes import Action

HINT: Final = (
    "Enter opens   r replies   c writes   t threads   u unread only   / filters   "
    "R takes all of yours as read   q leaves"
)
MOST_TAKEN: Final = 1000
LONGEST: Final = 400
WAITING: Final = ("queued", "offered")
OWN: Final = Style(fg="cyan", bold=True)
DIM: Final = Style(dim=True)
NAME: Final = Style(bold=True)
TYPE: Final = Style(fg="blue")
STATES: Final = {
    "queued": Style(fg="yellow"),
    "offered": Style(fg="yellow"),
    "consumed": Style(fg="green"),
    "answered": Style(fg="green", bold=True),
    "expired": Style(fg="red"),
    "refused": Style(fg="red"),
    "dead": Style(fg="red"),
}
"""How the states of a message for its recipients look."""
MARKS: Final = {
    "queued": "…",
    "offered": "→",
    "consumed": "✓",
    "answered": "↩",
    "expired": "⌛",
    "refused": "✗",
    "dead": "✗",
}


@attrs.define(eq=False, kw_only=True)
class Letters(Lister):
    """The list, for one person.

    Attributes:
        state: Of the client.
        in_threads: Whether answers stand below what they answer.
        is_unread_only: Whether what everybody has read is left out.
        depths: How deep each message stands in its thread.
    """

    state: State
    in_threads: bool = False
    is_unread_only: bool = False
    depths: dict[str, int] = attrs.Factory(dict)

    @classmethod
    def begun(cls, state: State) -> Letters:
        """The list with the newest message chosen."""
        return cls(state=state, name=tables.LETTERS, hint=HINT)

    # ---- what there is

    def entries(self) -> Sequence[str]:
        """What fits the filter."""
        known = self.state.model.messages
        ids = [key for key in sorted(known, reverse=True) if self.is_shown(known[key])]
        own = self.own_unread()
        self.title = "messages" + (f", {own} for you unread" if own else "")
        if self.is_unread_only:
            self.title += ", those unread"
        self.depths = threaded(ids, known) if self.in_threads else {}
        return list(self.depths) or ids

    def is_shown(self, message: Any) -> bool:
        """Whether a message is to be seen."""
        if self.is_unread_only and not set(WAITING) & message["states"].keys():
            return False
        if not self.filter.text:
            return True
        names = " ".join(one["session_name"] for one in message["recipients"])
        sender = message["from"]["session_name"]
        states = " ".join(message["states"])
        return self.fits(f"{sender} {names} {message['type']} {states} {said(message)}")

    def own_unread(self) -> int:
        """How many messages wait for the person."""
        name = self.state.name
        for session_id, session in self.state.model.sessions.items():
            if session["session_name"] == name:
                own = self.state.model.states.get(session_id)
                return 0 if own is None else own["unread"]
        return 0

    def is_mine(self, message: Any) -> bool:
        """Whether a message is for the person."""
        return any(
            one["session_name"] == self.state.name for one in message["recipients"]
        )

    def waits_for_me(self, message: Any) -> bool:
        """Whether a message is for the person, who has not taken it."""
        return any(
            one["session_name"] == self.state.name and one["state"] in WAITING
            for one in message["recipients"]
        )

    def spans(self, key: str, place: int) -> Sequence[Span]:
        """A line for a message."""
        message: Any = self.state.model.messages[key]
        depth = self.depths.get(key, 0)
        is_new = self.waits_for_me(message)
        text = plain(said(message), LONGEST)
        kind = message["type"]
        return [
            ("● " if is_new else "  ", OWN),
            (f"{times.clock(message['sent_at'])} ", DIM),
            *standing(message),
            (" " + "  " * (depth - 1) + "└ " if depth else " ", DIM),
            (plain(message["from"]["session_name"]), NAME),
            (" → ", DIM),
            (addressees(message), NAME),
            (f"  {plain(kind)}" if kind not in ("message", text) else "", TYPE),
            (f"  {text}", OWN if is_new else PLAIN),
        ]

    # ---- keys

    def chosen(self, key: str) -> Iterable[Action]:
        """Open it."""
        letter = Letter.begun(self.state, key, self)
        return (Open(letter), letter.question())

    def perform(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """What `ABOUT` says."""
        selected = self.listing.selected
        match name:
            case "compose" | "reply" if self.state.settings.is_read_only:
                return (ONLY_LOOKS,)
            case "compose":
                return (Open(Compose.begun(self.state, back=self)),)
            case "reply" if selected is not None:
                message = self.state.model.messages[selected]
                return (Open(Compose.answering(self.state, message, back=self)),)
            case "threads":
                self.in_threads = not self.in_threads
            case "unread-only":
                self.is_unread_only = not self.is_unread_only
            case "take-all":
                args = {"max": MOST_TAKEN}
                return (Request(name="poll_messages", args=args),)
        self.refresh()
        return ()

    def answered(self, action: Request, result: dict[str, Any]) -> Iterable[Action]:
        """Messages were taken; the request after that proves it to the daemon."""
        if action.name != "poll_messages":
            return ()
        count = len(result.get("messages", ()))
        if not count:
            return (Notice("nothing waits for you"),)
        word = "message" if count == 1 else "messages"
        return (Notice(f"{count} {word} taken as read"), Request(name="acknowledge"))


def addressees(message: Any) -> str:
    """Whom a message reached."""
    names = [plain(one["session_name"]) for one in message["recipients"]]
    more = len(names) - 1 + message.get("recipients_cut", 0)
    if not names:
        return "nobody yet"
    return f"{names[0]} +{more}" if more > 1 else ", ".join(names)


def standing(message: Any) -> list[tuple[str, Style]]:
    """What became of a message, in a few characters."""
    states: dict[str, int] = message["states"]
    if len(states) == 1 and sum(states.values()) == 1:
        [state] = states
        return [(f"{MARKS.get(state, '?')} {state:<8}", STATES.get(state, PLAIN))]
    spans = [
        (f"{MARKS.get(state, '?')}{count} ", STATES.get(state, PLAIN))
        for state, count in states.items()
    ]
    free = 10 - sum(len(text) for text, _ in spans)
    return [*spans, (" " * free, PLAIN)] if free > 0 else spans


def threaded(ids: Sequence[str], known: Any) -> dict[str, int]:
    """Messages with how deep each stands: answers below what they answer.

    Args:
        ids: The messages, newest first; those that begin threads keep this order.
        known: All there are, by id.
    """
    shown = set(ids)
    answers: dict[str | None, list[str]] = {}
    for key in ids:
        above = known[key].get("in_reply_to")
        answers.setdefault(above if above in shown else None, []).append(key)
    newest = newest_in(answers)
    found: dict[str, int] = {}
    roots = sorted(answers.get(None, ()), key=lambda key: newest[key], reverse=True)
    waiting = [(key, 0) for key in reversed(roots)]
    while waiting:
        key, depth = waiting.pop()
        found[key] = depth
        waiting += [(one, depth + 1) for one in answers.get(key, ())]  # oldest on top
    return found


def newest_in(answers: dict[str | None, list[str]]) -> dict[str, str]:
    """The newest message below each, itself included; ids sort by time."""
    found: dict[str, str] = {}
    order = [key for keys in answers.values() for key in keys]
    for key in sorted(order, reverse=True):  # answers before what they answer
        found[key] = max([key, *(found.get(one, one) for one in answers.get(key, ()))])
    return found
