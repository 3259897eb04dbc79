"""Ids and names: how they are made, and what a name may look like.

Sessions have uuids, panes short ids (they stand in a socket's path), messages uuids of
version 7, whose text sorts by the time they were made. Names and tags are what people
type; their rules keep them safe in a shell, a path and a table.
"""

from __future__ import annotations

import re
import secrets
import time
import uuid
from typing import Final

from fugue_actors.errors import Refused

LONGEST_NAME: Final = 64
UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
NAME: Final = re.compile(r"(?!-)[A-Za-z0-9._-]{1,64}")
PANE_ID: Final = re.compile(r"p[0-9a-f]{10}")
WINDOW_ID: Final = re.compile(r"w[0-9a-f]{10}x*")
TAG: Final = re.compile(r"(?!-)[A-Za-z0-9._:/-]{1,64}")

COUNTER_BITS: Final = 74  # what version 7 leaves beside time, version and variant
FIRST_COUNT_BITS: Final = 73  # a fresh millisecond starts low enough to count up from


def new_session_id() -> str:
    """A random uuid."""
    return str(uuid.uuid4())


def new_pane_id() -> str:
    """`p` and ten hexadecimal digits."""
    return "p" + secrets.token_hex(5)


class TimedIds:
    """Uuids of version 7 that rise strictly, whatever the wall clock does.

    The 74 free bits are random in the first id of a millisecond and count up in the
    others, and so they do while the clock stands behind an id already given: asking the
    system for randomness costs more than all the rest. For one thread.
    """

    def __init__(self) -> None:
        self.last = 0

    def next(self, milliseconds: int) -> str:
        """The next id.

        Args:
            milliseconds: The wall clock, since the epoch.
        """
        if milliseconds > self.last >> COUNTER_BITS:
            count = secrets.randbits(FIRST_COUNT_BITS)
            self.last = milliseconds << COUNTER_BITS | count
        else:
            self.last += 1
        stamp, counter = self.last >> COUNTER_BITS, self.last & (1 << COUNTER_BITS) - 1
        value = stamp << 80 | 7 << 76 | (counter >> 62) << 64
        value |= 0b10 << 62 | counter & (1 << 62) - 1
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


MESSAGE_IDS: Final = TimedIds()


def new_message_id() -> str:
    """A uuid whose text is greater than all that this process made before."""
    return MESSAGE_IDS.next(time.time_ns() // 1_000_000)


def is_uuid(text: str) -> bool:
    """Whether a text is a uuid in its usual form, in either case."""
    return UUID.fullmatch(text) is not None


def check_session_name(name: str) -> str:
    """The name, if a session may have it.

    Raises:
        Refused: `InvalidArgument`; a uuid is no name, since it would hide a session's
            id, and neither is what a command line would take for an option.
    """
    if is_uuid(name):
        raise Refused(
            "InvalidArgument",
            "a session's name cannot be a uuid",
            hint="choose a word, such as worker-1; the session gets a uuid by itself",
        )
    return check(name, NAME, "session name", "letters, digits and . _ -")


def check_pane_name(name: str) -> str:
    """The name, if a pane may have it.

    Raises:
        Refused: `InvalidArgument`; what looks like a pane's id is no name, since one
            could then mean two panes.
    """
    if PANE_ID.fullmatch(name):
        raise Refused(
            "InvalidArgument",
            f"{name!r} looks like a pane's id and cannot be a name",
            hint="choose a word, such as editor",
        )
    return check(name, NAME, "pane name", "letters, digits and . _ -")


def check_window_name(name: str) -> str:
    """The name, if a window may have it: people type what they like to read.

    Raises:
        Refused: `InvalidArgument`; what looks like a window's id or number is no name,
            and neither is what could not be told from `SESSION:WINDOW`.
    """
    if WINDOW_ID.fullmatch(name) or name.isdecimal():
        raise Refused(
            "InvalidArgument",
            f"{name!r} looks like a window's id or number and cannot be a name",
            hint="choose a word, such as logs",
        )
    is_fine = name.isprintable() and name.strip() == name and ":" not in name
    if not is_fine or not 1 <= len(name) <= LONGEST_NAME:
        raise Refused(
            "InvalidArgument",
            f"{name[: LONGEST_NAME + 1]!a} is not a window name",
            hint=f"use 1 to {LONGEST_NAME} characters that can be read, and no colon",
        )
    return name


def check_tag(tag: str) -> str:
    """The tag, if a session may have it.

    Raises:
        Refused: `InvalidArgument`.
    """
    return check(tag, TAG, "tag", "letters, digits and . _ - : /")


def check(text: str, allowed: re.Pattern[str], what: str, words: str) -> str:
    if allowed.fullmatch(text) is None:
        raise Refused(
            "InvalidArgument",
            f"{text[: LONGEST_NAME + 1]!a} is not a {what}",
            hint=f"use 1 to {LONGEST_NAME} characters of {words}, and no - first",
        )
    return text
