"""Taking output apart: nothing of a sequence is ever taken for text, however odd it is."""

from __future__ import annotations

import pytest
import streams
from hypothesis import given, strategies as st

from fugue_actors.terminal.emulator.sequences import (
    BODY_LIMIT,
    PARAMETERS_LIMIT,
    Sequencer,
    parts_of,
)


class Recorder:
    """Receives and remembers; neighbouring text is joined."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, ...]] = []

    def text(self, text: str) -> None:
        if self.calls and self.calls[-1][0] == "text":
            text = self.calls.pop()[1] + text
        self.calls.append(("text", text))

    def control(self, control: str) -> None:
        self.calls.append(("control", control))

    def escape(self, intermediates: str, final: str) -> None:
        self.calls.append(("escape", intermediates, final))

    def sequence(self, sequence: str) -> None:
        if parts := parts_of(sequence):
            self.calls.append(("sequence", *parts))

    def string(self, kind: str, body: str) -> None:
        self.calls.append(("string", kind, body))


def record(*pieces: str) -> list[tuple[str, ...]]:
    recorder = Recorder()
    sequencer = Sequencer(recorder)
    for piece in pieces:
        sequencer.feed(piece)
    return recorder.calls


@pytest.mark.parametrize(
    ("output", "calls"),
    [
        ("plain", [("text", "plain")]),
        (
            "a\r\nb",
            [("text", "a"), ("control", "\r"), ("control", "\n"), ("text", "b")],
        ),
        ("\x1b[m", [("sequence", "", "", "", "m")]),
        ("\x1b[1;31m", [("sequence", "", "1;31", "", "m")]),
        ("\x1b[4:3m", [("sequence", "", "4:3", "", "m")]),
        ("\x1b[<u", [("sequence", "<", "", "", "u")]),
        ("\x1b[>1u", [("sequence", ">", "1", "", "u")]),
        ("\x1b[?2026$p", [("sequence", "?", "2026", "$", "p")]),
        ("\x1b[2 q", [("sequence", "", "2", " ", "q")]),
        ("\x1b7", [("escape", "", "7")]),
        ("\x1b(0", [("escape", "(", "0")]),
        ("\x1b#8", [("escape", "#", "8")]),
        ("\x1b]0;title\x07", [("string", "]", "0;title")]),
        ("\x1b]0;title\x1b\\", [("string", "]", "0;title")]),
        ("\x1bP+q544e\x1b\\", [("string", "P", "+q544e")]),
        ("\x1b_Gi=1;AAAA\x1b\\", [("string", "_", "Gi=1;AAAA")]),
        ("\x1b^pm\x1b\\", [("string", "^", "pm")]),
        ("\x1bXsos\x1b\\", [("string", "X", "sos")]),
        ("\x1bPbell\x07stays\x1b\\", [("string", "P", "bell\x07stays")]),
        ("\x9b31m", [("sequence", "", "31", "", "m")]),
        ("\x9d2;c1\x9c", [("string", "]", "2;c1")]),
        ("\x85", [("escape", "", "E")]),
        # Controls within a sequence take effect at once.
        ("\x1b[3\n1m", [("control", "\n"), ("sequence", "", "31", "", "m")]),
        # Given up, or begun anew.
        ("\x1b[31\x18x", [("control", "\x18"), ("text", "x")]),
        ("\x1b]0;half\x1ax", [("text", "x")]),
        ("\x1b[31\x1b[32m", [("sequence", "", "32", "", "m")]),
        ("\x1b]0;half\x1b[32m", [("sequence", "", "32", "", "m")]),
        ("\x1b\x1b7", [("escape", "", "7")]),
        # Malformed ones are consumed to their end and mean nothing.
        ("\x1b[1?2hx", [("text", "x")]),
        ("\x1b[1 2mx", [("text", "x")]),
        ("\x1b[31é", [("text", "é")]),
    ],
)
def test_output_is_taken_apart(output: str, calls: list[tuple[str, ...]]) -> None:
    """One row for each form, those that stock emulators print as text among them."""
    assert record(output) == calls
    assert record(*output) == calls


@given(streams.output.map(bytes.decode), st.integers(0, 300))
def test_a_split_changes_nothing(output: str, cut: int) -> None:
    """Output is cut wherever the kernel likes."""
    assert record(output) == record(output[:cut], output[cut:]) == record(*output)


@pytest.mark.parametrize("split", [False, True])
def test_too_many_parameters_make_a_sequence_void(split: bool) -> None:
    """A program must not fill the host's memory with one endless sequence."""
    longest = "1" * (PARAMETERS_LIMIT - 3)
    for parameters, expected in ((longest, 1), (longest + "1", 0)):
        output = f"\x1b[{parameters}m"
        calls = record(*output) if split else record(output)
        assert len(calls) == expected


def test_an_endless_string_is_swallowed_without_being_kept() -> None:
    """Images and pasted files come as strings of megabytes."""
    recorder = Recorder()
    sequencer = Sequencer(recorder)
    sequencer.feed("\x1bP")
    for _ in range(100):
        sequencer.feed("x" * 10_000)
    assert sum(map(len, sequencer.parts)) <= BODY_LIMIT
    sequencer.feed("\x1b\\after")
    assert recorder.calls == [("text", "after")]
