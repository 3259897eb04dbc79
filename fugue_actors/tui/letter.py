"""One message: all of what it says, and every step it took for each recipient. PURE."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.drawing import PLAIN, Style
from fugue_actors.protocol.addressing import described
from fugue_actors.tui import tables
from fugue_actors.tui.composing import Compose
from fugue_actors.tui.defang import plain, plain_lines
from fugue_actors.tui.lists import Lister, Span
from fugue_actors.tui.modes import ONLY_LOOKS, Copy, Mode, Notice, Open, Request
from fugue_actors.tui.state import State
from fugue_actors.tui.times import moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from fugue_actors.client import Change
    from fugue_actors.errors import FugueError
    from fugue_actors.tui.modes import Action

HINT: Final = "r replies   y copies the text   / shows only lines with a text   q back"
HEADING: Final = Style(bold=True)
DIM: Final = Style(dim=True)
TEXT_ALONE: Final = {"text"}


@attrs.define(eq=False, kw_only=True)
class Letter(Lister):
    """A message that was opened.

    Attributes:
        state: Of the client.
        message_id: Which message.
        back: The list from which it was opened.
        lines: What is shown of it.
        message: All that is known of it; what the model has until the daemon has answered.
    """

    state: State
    message_id: str
    back: Mode | None = None
    message: dict[str, Any] | None = None
    lines: list[tuple[Span, ...]] = attrs.Factory(list)

    @classmethod
    def begun(cls, state: State, message_id: str, back: Mode | None = None) -> Letter:
        """A message as the model has it, perhaps cut."""
        known: Any = state.model.messages.get(message_id)
        return cls(
            state=state,
            message_id=message_id,
            back=back,
            message=known,
            name=tables.LETTER,
            hint=HINT,
            title=f"message {plain(message_id)}",
        )

    def entries(self) -> Sequence[str]:
        """The numbers of its lines."""
        self.lines = list(lines_of(self.message or {}))
        return [
            str(number)
            for number, spans in enumerate(self.lines)
            if not self.filter.text or self.fits("".join(text for text, _ in spans))
        ]

    def spans(self, key: str, place: int) -> Sequence[Span]:
        """One of its lines."""
        return self.lines[int(key)]

    # ---- what comes and goes

    def changed(self, change: Change) -> Iterable[Action]:
        """Something became of it: ask again."""
        if self.message_id in change.documents.get("messages", ()):
            return (self.question(),)
        return ()

    def question(self) -> Request:
        """The request for all that is known of it."""
        args = {"message_id": self.message_id}
        return Request(name="message_status", args=args, asker=self)

    def answered(self, action: Request, result: dict[str, Any]) -> Iterable[Action]:
        """All that is known of it."""
        if action.name == "message_status":
            self.message = result
        return ()

    def refused(self, action: Request, error: FugueError) -> Iterable[Action]:
        """It is too old, or the daemon is gone: what was known stays."""
        return (Notice(error.message, is_error=True),)

    # ---- keys

    def command(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """As in a list, but leaving leads back to the list."""
        if name == "cancel" and self.back is not None:
            return (Open(self.back),)
        return super().command(name, arguments)

    def perform(self, name: str, arguments: Sequence[str]) -> Iterable[Action]:
        """What `ABOUT` says."""
        if name == "back" and self.back is not None:
            return (Open(self.back),)
        if self.message is None:
            return ()
        if name == "reply" and self.state.settings.is_read_only:
            return (ONLY_LOOKS,)
        if name == "reply":
            return (Open(Compose.answering(self.state, self.message, back=self)),)
        if name == "copy-all":
            text = "\n".join(payload_lines(self.message["payload"]))
            return (Copy(text), Notice("copied what it says"))
        return ()


def lines_of(message: dict[str, Any]) -> Iterator[tuple[Span, ...]]:
    """The lines of a message: a head, what it says, and what became of it."""
    if not message:
        yield (("nothing is known of it any more", DIM),)
        return
    sender = message["from"]
    yield from headed("from", f"{sender['session_name']} ({sender['attested']})")
    yield from headed("to", described(message["target"]))
    yield from headed("type", message["type"])
    yield from headed("sent", moment(message["sent_at"]))
    for key, label in (
        ("in_reply_to", "answers"),
        ("thread", "thread"),
        ("priority", "priority"),
        ("deliver", "deliver"),
        ("expires_at", "expires"),
    ):
        if message.get(key) not in (None, "normal", "all"):
            text = str(message[key])
            yield from headed(label, moment(text) if key == "expires_at" else text)
    yield ()
    for line in payload_lines(message["payload"]):
        yield ((f" {line}", PLAIN),)
    yield ()
    for recipient in message["recipients"]:
        yield from steps_of(recipient)
    if more := message.get("recipients_cut"):
        yield ((f" and {more} more", DIM),)
    for name in message.get("waiting", ()):
        yield (("  could still get it: ", DIM), (plain(str(name)), PLAIN))


def headed(label: str, text: str) -> Iterator[tuple[Span, ...]]:
    """A line of the head."""
    yield ((f" {label:>9}  ", DIM), (plain(text), PLAIN))


def payload_lines(payload: dict[str, Any]) -> list[str]:
    """What a message says, as text where it is one."""
    if payload.keys() == TEXT_ALONE and isinstance(payload["text"], str):
        return plain_lines(payload["text"])
    return plain_lines(json.dumps(payload, indent=2, ensure_ascii=False))


def steps_of(recipient: dict[str, Any]) -> Iterator[tuple[Span, ...]]:
    """What a message was for a recipient, the latest first."""
    from fugue_actors.tui.letters import STATES

    latest = {key: recipient.get(key) for key in ("state", "at", "evidence")}
    again = " (again)" if recipient.get("redelivered") else ""
    name = plain(recipient["session_name"])
    steps = [latest, *reversed(recipient.get("steps", []))]
    for number, step in enumerate(steps):
        label = f" {name}{again}" if number == 0 else ""
        state = str(step["state"])
        evidence = plain(str(step.get("evidence") or ""))
        yield (
            (f"{label:<20} ", HEADING),
            (f"{state:<9} ", STATES.get(state, PLAIN) if number == 0 else DIM),
            (f"{moment(step.get('at') or '')}  ", DIM),
            (evidence, DIM if number else PLAIN),
        )
