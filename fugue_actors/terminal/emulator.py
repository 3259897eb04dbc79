from __future__ import annotations

import pyte

from fugue_actors.protocol.hosting import Modes


class Emulator:
    def __init__(
        self, columns: int, lines: int, *, history_lines: int = 10_000
    ) -> None:
        self.screen = pyte.HistoryScreen(columns, lines, history=history_lines * 2)
        self.screen.write_process_input = self.reply
        self.stream = pyte.ByteStream(self.screen)
        self.output = 0
        self.replies = b""

    def reply(self, data):
        self.replies += data.encode()

    def take_replies(self) -> bytes:
        r, self.replies = self.replies, b""
        return r

    def feed(self, data: bytes) -> None:
        self.output += len(data)
        self.stream.feed(data)

    def resize(self, columns: int, lines: int) -> None:
        self.screen.resize(lines, columns)

    @property
    def columns(self):
        return self.screen.columns

    @property
    def lines(self):
        return self.screen.lines

    @property
    def title(self):
        return self.screen.title

    @property
    def modes(self):
        return Modes()
