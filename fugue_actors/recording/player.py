"""Playing a recording: where it is, how fast it goes, and what keys do. Pure.

Times are seconds of the recording; `now` in the methods is the time of the one who looks, in
seconds of any clock that does not go back.
"""

from __future__ import annotations

from typing import Final

import attrs

from fugue_actors.recording.tape import Tape

SLOWEST: Final = 0.1
FASTEST: Final = 100.0
FACTOR: Final = 1.5
JUMP: Final = 5.0
LONG_JUMP: Final = 60.0
GAP: Final = 1.0
"""Seconds that a time lasts in which nobody recorded."""
HELP: Final = (
    "space play/pause  ←→ 5 s  ↑↓ 1 min  . , one picture  [ ] event  +- speed  "
    "0-9 tenths  q quit"
)


@attrs.define(eq=False)
class Player:
    """A tape that is played.

    Attributes:
        tape: The tape.
        at: Where it is.
        speed: How many seconds go by in one.
        idle_limit: Seconds that a time lasts in which nothing happens; None for as long
            as it is.
        is_playing: Whether it goes on by itself.
        is_over: Whether its viewer has had enough.
        shows_help: Whether the keys are told.
    """

    tape: Tape
    at: float = 0.0
    speed: float = 1.0
    idle_limit: float | None = None
    is_playing: bool = True
    is_over: bool = False
    shows_help: bool = False
    looked: float | None = None

    @property
    def end(self) -> float:
        """When it ends."""
        return self.tape.index.end

    def go_on(self, now: float) -> None:
        """So much time has gone by since this was called last."""
        passed = 0.0 if self.looked is None else now - self.looked
        self.looked = now
        left = passed * self.speed if self.is_playing else 0.0
        while left > 0 and self.is_playing:
            following = self.tape.next_after(self.at)
            if following is None:
                self.at = self.end
                self.is_playing = False
                return
            wait = following - self.at
            limit = self.limit_before(following)
            if limit is not None and wait > limit:
                self.at = following - limit
                wait = limit
            self.at = min(following, self.at + left)
            left -= wait

    def limit_before(self, following: float) -> float | None:
        """How long the time before an event may last."""
        is_gap = following in self.tape.index.gaps
        if self.idle_limit is None:
            return GAP if is_gap else None
        return min(GAP, self.idle_limit) if is_gap else self.idle_limit

    def wait(self) -> float | None:
        """Seconds until there is something new to be seen; None if only a key brings it."""
        if not self.is_playing:
            return None
        following = self.tape.next_after(self.at)
        if following is None:
            return 0.0
        limit = self.limit_before(following)
        wait = following - self.at
        return (wait if limit is None else min(wait, limit)) / self.speed

    def seek(self, at: float) -> None:
        """Go somewhere."""
        self.at = max(0.0, min(self.end, at))

    def key(self, name: str) -> None:
        """A key was pressed; names are those of `terminal.keys`."""
        self.shows_help = name == "?" and not self.shows_help
        match name:
            case "q" | "Q" | "C-c" | "C-d" | "Escape":
                self.is_over = True
            case "Space" | "p":
                if not self.is_playing and self.at >= self.end:
                    self.seek(0.0)
                self.is_playing = not self.is_playing
            case "Left" | "h":
                self.seek(self.at - JUMP)
            case "Right" | "l":
                self.seek(self.at + JUMP)
            case "Down" | "PageDown":
                self.seek(self.at - LONG_JUMP)
            case "Up" | "PageUp":
                self.seek(self.at + LONG_JUMP)
            case "Home" | "g":
                self.seek(0.0)
            case "End" | "G":
                self.seek(self.end)
            case "." | ",":
                self.is_playing = False
                self.seek(self.tape.step_from(self.at, 1 if name == "." else -1))
            case "]" | "[":
                found = self.tape.happening_from(self.at, 1 if name == "]" else -1)
                if found is not None:
                    self.seek(found)
            case "+" | "=":
                self.set_speed(self.speed * FACTOR)
            case "-" | "_":
                self.set_speed(self.speed / FACTOR)
            case _ if len(name) == 1 and name.isdecimal():
                self.seek(self.end * int(name) / 10)

    def set_speed(self, speed: float) -> None:
        """Go so fast; about the usual speed is the usual speed."""
        speed = max(SLOWEST, min(FASTEST, speed))
        self.speed = 1.0 if abs(speed - 1.0) < 0.05 else speed


def stamp(at: float) -> str:
    """A moment as `m:ss` or `h:mm:ss`."""
    whole = int(at)
    hours, minutes, seconds = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return f"{hours}:{minutes:02}:{seconds:02}"
    return f"{minutes}:{seconds:02}"


def moment(text: str, end: float) -> float | None:
    """The moment that a text names: seconds, `m:ss`, `h:mm:ss` or a percentage; or None."""
    try:
        if text.endswith("%"):
            found = end * float(text[:-1]) / 100
        else:
            found = 0.0
            for part in text.split(":"):
                found = found * 60 + float(part)
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None
