"""Both terminals fed with the same stream: `compared` says where they differ then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terminalview import differences, emulated
from tmuxjudge import SYNC

from fugue_actors.terminal.emulator import Emulator

if TYPE_CHECKING:
    from terminalcases import Step, Stream
    from tmuxjudge import Server


def compared(tmux: Server, stream: Stream, size: tuple[int, int]) -> list[str]:
    """The differences in what is shown after a stream, on an empty screen of a size."""
    steps: tuple[Step, ...] = stream if isinstance(stream, tuple) else (stream,)
    emulator = Emulator(*size)
    with tmux.pane(*size) as pane:
        for step in steps:
            if isinstance(step, tuple):
                pane.settle()
                emulator.feed(SYNC)
                pane.resize(*step)
                emulator.resize(*step)
                continue
            data = step if isinstance(step, bytes) else step.encode()
            pane.feed(data)
            emulator.feed(data)
        pane.settle()
        emulator.feed(SYNC)
        return differences(pane.view(), emulated(emulator))
