"""What happened while something was recorded: the events of code `e`. Pure.

A note is a flat JSON object; `kind` says what it is about:

    message   id, sender, recipients, type, text, priority, in_reply_to
    state     session, state, text: what an agent says of itself
    program   pane, state, text: that a program started or ended
    control   pane, action, who, text: that a person took or gave back control
    gap       seconds, text: that nobody recorded for so long
    end       text: why the recording ended

Readers skip kinds and fields that they do not know.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final, cast

import attrs

KINDS: Final = ("message", "state", "program", "control", "gap", "end")
LONGEST_TEXT: Final = 2_000
MOST_RECIPIENTS: Final = 20
CUT: Final = "…"
BEGUN: Final = re.compile(r"(?<=\s)\S{1,200}\Z")
"""A word at the end of a text; of what is longer, enough is left to tell what it is."""


@attrs.frozen
class Note:
    """One note.

    Attributes:
        kind: One of `KINDS`.
        fields: What it says: texts, numbers, and lists of texts.
    """

    kind: str
    fields: Mapping[str, Any]

    def text(self, name: str) -> str:
        """A field that is a text; empty if there is none."""
        found = self.fields.get(name)
        return found if isinstance(found, str) else ""

    def texts(self, name: str) -> list[str]:
        """A field that is a list of texts."""
        found = self.fields.get(name)
        if not isinstance(found, list):
            return []
        return [one for one in found if isinstance(one, str)]

    def number(self, name: str) -> float:
        """A field that is a number; 0 if there is none."""
        found = self.fields.get(name)
        return float(found) if isinstance(found, int | float) else 0.0

    @property
    def label(self) -> str:
        """What it says, on one line."""
        said = " ".join(self.text("text").split())
        tail = f": {said}" if said else ""
        match self.kind:
            case "message":
                to = ", ".join(self.texts("recipients")) or "nobody"
                return f"{self.text('sender')} → {to}  {self.text('type')}{tail}"
            case "state":
                return f"{self.text('session')} is {self.text('state')}{tail}"
            case "program":
                return f"the program in {self.text('pane')} {self.text('state')}{tail}"
            case "control":
                words = (self.text("who"), self.text("action"), self.text("pane"))
                return " ".join(word for word in words if word) + tail
            case "gap":
                return f"nothing was recorded for {self.number('seconds'):.0f} s{tail}"
            case _:
                return f"the recording ended{tail}"


def encoded(note: Note) -> str:
    """The data of its event."""
    return json.dumps({"kind": note.kind, **note.fields}, ensure_ascii=False)


def decoded(data: str) -> Note | None:
    """The note that an event's data holds; None if it is none that we know."""
    try:
        shape = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(shape, dict) or shape.get("kind") not in KINDS:
        return None
    kind = cast("str", shape.pop("kind"))
    return Note(kind, shape)


def cut(text: str, most: int = LONGEST_TEXT) -> str:
    """A text that is not longer than `most` characters.

    It is cut between words if it can be: of half a key nobody could tell that it is one.
    """
    if len(text) <= most:
        return text
    kept = text[: most - 1]
    if not text[most - 1].isspace():
        kept = BEGUN.sub("", kept)
    return kept + CUT
