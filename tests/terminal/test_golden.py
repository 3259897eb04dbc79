"""Recorded output of real agents draws the screen that tmux draws of it.

Each recording holds the raw bytes of a program's terminal from its start; beside it is the
screen that tmux showed after the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fugue_actors.terminal import snapshot
from fugue_actors.terminal.emulator import Emulator

RECORDINGS = sorted((Path(__file__).parent / "golden").glob("*.bin"))


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_a_recording_draws_what_tmux_drew(recording: Path, piece: int) -> None:
    """Text, cursor and screen; agents are read and driven by them."""
    expected = json.loads(recording.with_suffix(".json").read_text(encoding="utf-8"))
    output = recording.read_bytes()
    emulator = Emulator(expected["columns"], expected["lines"])
    for start in range(0, len(output), piece):
        emulator.feed(output[start : start + piece])
    screen = snapshot.take(emulator)
    assert [line.rstrip() for line in screen.text] == expected["text"]
    assert [screen.cursor.x, screen.cursor.y] == expected["cursor"]
    assert screen.alternate == expected["alternate"]
