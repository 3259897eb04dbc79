"""A program's frames: what it wants to be seen as a whole (synchronized output, mode 2026). PURE.

Whoever asks for the screen in the middle of a frame is answered at its end, so nobody sees
half of it. A frame that does not end is looked at all the same, after `FRAME_LIMIT`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import ReadLines, ReadScreen
    from fugue_actors.terminal.emulator import Emulator
    from fugue_actors.terminal.hostlink import Connection

    Held = tuple[Connection, int | None, ReadScreen | ReadLines]

FRAME_LIMIT = 1.0
END = b"\x1b[?2026l"


class Frames:
    """The frames of one terminal.

    Attributes:
        ends_by: When the present frame counts as ended; None if there is none.
        held: Who asked for the screen since it began.
    """

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.ends_by: float | None = None
        self.held: list[Held] = []

    def pieces(self, data: bytes) -> list[bytes]:
        """Output in pieces that each end with a frame, but for the last."""
        if END not in data:
            return [data]
        *frames, rest = data.split(END)
        return [*(frame + END for frame in frames), *([rest] if rest else [])]

    def drew(self, data: bytes, now: float) -> None:
        """The program wrote this."""
        if not self.emulator.is_synchronized:
            self.ends_by = None
        elif self.ends_by is None or END in data:
            self.ends_by = now + FRAME_LIMIT

    def is_open(self, now: float) -> bool:
        """Whether the program is in the middle of a frame."""
        return self.ends_by is not None and now < self.ends_by

    def hold(
        self,
        connection: Connection,
        number: int | None,
        request: ReadScreen | ReadLines,
    ) -> None:
        """Answer this at the end of the frame."""
        self.held.append((connection, number, request))

    def take_held(self) -> list[Held]:
        """Who is to be answered now, once."""
        held, self.held = self.held, []
        return held

    def forget(self, connection: Connection) -> None:
        """Nobody waits there any more."""
        self.held = [each for each in self.held if each[0] is not connection]
