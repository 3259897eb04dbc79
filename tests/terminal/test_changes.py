"""What a host tells its link of the screen: all that changed, once, and nothing else."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import terminalfuzz
from hypothesis import given, strategies as st
from screenkit import Fold, whole
from strategies import examples
from terminalgrammar import KINDS, stream

from fugue_actors.protocol import hosting
from fugue_actors.terminal import changes as module, snapshot
from fugue_actors.terminal.changes import Changes, now
from fugue_actors.terminal.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Sequence


class Link:
    """A connection that keeps what it is told, and asks anew as a daemon does."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.changes = Changes(emulator)
        self.said: list[Any] = []
        self.fold = Fold()
        self.known = 0

    def say(self, value: object, *, re: int | None = None) -> None:
        self.said.append(value)

    def ask(self) -> None:
        self.changes.add(
            self,  # type: ignore[arg-type]  # all that a connection has to do here
            len(self.said),
            hosting.ReadChanges(known=self.known),
        )

    def look(self) -> hosting.ScreenChange | None:
        """Ask if need be, and fold what is answered."""
        if self.changes.asked is None:
            self.ask()
        before = len(self.said)
        self.changes.look(self.changes.rested_at)
        if len(self.said) == before:
            return None
        change: hosting.ScreenChange = self.said[-1]
        self.known = change.version
        rows = {number: json.loads(text) for number, text in change.rows.items()}
        head = {name: json.loads(text) for name, text in change.head.items()}
        self.fold.apply(
            {"full": change.is_full, **head, "rows": rows, "next": change.next}
        )
        return change


@pytest.fixture
def link() -> Link:
    return Link(Emulator(20, 4))


Step = bytes | str | tuple[int, int]


def check(size: tuple[int, int], steps: Sequence[Step], random: Random) -> None:
    """Write steps in pieces, look now and then, and compare after each look."""
    link = Link(Emulator(*size, history_lines=200))
    for step in steps:
        if isinstance(step, tuple):
            link.emulator.resize(*step)
            link.changes.resized()
        else:
            rest = step if isinstance(step, bytes) else step.encode()
            while rest:
                length = random.choice((1, 7, 60, 600, 6000))
                link.emulator.feed(rest[:length])
                rest = rest[length:]
                if random.random() < 0.3:
                    compare(link)
        if random.random() < 0.5:
            compare(link)
    compare(link)


def compare(link: Link) -> None:
    change = link.look()
    screen = snapshot.take(link.emulator, styled=True)
    assert link.fold.shown == whole(screen)
    if change is not None and not change.is_full:
        assert change.rows or change.head


@examples(40)
@given(st.sampled_from(KINDS), st.integers(0, 10**6))
def test_what_is_folded_is_the_screen_whatever_programs_write(
    kind: str, seed: int
) -> None:
    """However output is cut and whenever somebody looks, over changes of size too."""
    size, steps = stream(kind, seed)
    check(size, steps, Random(seed))


@examples(40)
@given(st.integers(0, 10**6))
def test_what_is_folded_is_the_screen_whatever_bytes_come(seed: int) -> None:
    """Broken and hostile output moves rows in ways that no program does on purpose."""
    random = Random(seed)
    steps: list[Step] = []
    for _ in range(random.randint(1, 8)):
        make = random.choice(
            (
                terminalfuzz.noise,
                terminalfuzz.sequences,
                terminalfuzz.mutated,
                terminalfuzz.hostile,
            )
        )
        steps += [make(random) for _ in range(random.randint(1, 10))]
        steps.append((random.randint(2, 90), random.randint(1, 30)))
    check((80, 24), steps, random)


def test_the_first_answer_is_the_whole_screen(link: Link) -> None:
    """Whoever knows nothing is told everything, blank rows included."""
    link.emulator.feed(b"one\r\n\x1b[31mtwo")
    change = link.look()
    assert change == hosting.ScreenChange(
        version=1,
        is_full=True,
        head={
            "columns": "20",
            "lines": "4",
            "cursor": '{"x":3,"y":1,"visible":true,"shape":"default"}',
            "alternate": "false",
            "modes": '{"application_cursor":false,"application_keypad":false,'
            '"bracketed_paste":false,"focus_events":false,"mouse":false,'
            '"mouse_mode":0,"mouse_encoding":0,"alternate_scroll":false,'
            '"keyboard_flags":0}',
            "bells": "0",
            "copies": "0",
        },
        rows={
            "0": '[{"text":"one"}]',
            "1": '[{"text":"two","fg":"red"}]',
            "2": "[]",
            "3": "[]",
        },
        next=13,
    )


def test_only_rows_and_properties_that_changed_are_told(link: Link) -> None:
    """A keystroke's echo costs a row and the cursor, whatever the screen's size."""
    link.emulator.feed(b"one\r\ntwo")
    link.look()
    link.emulator.feed(b"!")
    change = link.look()
    assert change is not None
    assert (change.is_full, change.rows) == (False, {"1": '[{"text":"two!"}]'})
    assert list(change.head) == ["cursor"]


def test_nothing_is_answered_while_nothing_is_new(link: Link) -> None:
    """The request waits, over output too that draws the same again."""
    link.emulator.feed(b"same")
    link.look()
    assert link.look() is None
    link.emulator.feed(b"\rsame")
    assert link.look() is None
    link.emulator.feed(b"\rnews")
    assert link.look() is not None


def test_a_fruitless_look_is_followed_by_a_pause(link: Link) -> None:
    """A program that draws the same at full speed does not have it compared as fast."""
    link.emulator.feed(b"same")
    link.look()
    link.ask()
    link.emulator.feed(b"\rsame")
    link.changes.look(began := now())
    assert link.changes.rested_at >= began + module.LOOK_PAUSE
    link.emulator.feed(b"\rnews")
    assert list(link.changes.deadlines()) == [link.changes.rested_at]
    link.changes.look(link.changes.rested_at - 1e-6)
    assert link.changes.asked is not None
    link.changes.look(link.changes.rested_at)
    assert link.changes.asked is None


def test_nothing_is_compared_and_nothing_is_due_while_nobody_asks(link: Link) -> None:
    """A pane that is not watched pays nothing for those that are."""
    link.emulator.feed(b"much")
    link.changes.look(now())
    assert (link.said, link.changes.rows) == ([], [])
    assert list(link.changes.deadlines()) == []


def test_rows_that_scroll_are_not_written_again(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A screen that scrolls by a line costs one row, though all of them are sent."""
    link.emulator.feed(b"1\r\n2\r\n3\r\n4")
    link.look()
    written: list[object] = []
    monkeypatch.setattr(
        module.rowtext, "row_text", lambda row: written.append(row.text) or "[]"
    )
    link.emulator.feed(b"\r\n5")
    change = link.look()
    assert change is not None
    assert list(change.rows) == ["0", "1", "2", "3"]
    assert written == ["4", "5"]


def test_a_change_of_size_sends_the_whole_screen(link: Link) -> None:
    """Rows wrap anew then, without a byte of output."""
    link.emulator.feed(b"a long line of text")
    link.look()
    link.emulator.resize(10, 4)
    link.changes.resized()
    change = link.look()
    assert change is not None
    assert change.is_full
    assert "e of text" in link.fold.text


@pytest.mark.parametrize("known", [0, 1, 3, -1])
def test_whoever_knows_another_version_gets_all_of_it(link: Link, known: int) -> None:
    """A daemon that was replaced, or lost an answer, has the true screen at once."""
    link.look()
    link.emulator.feed(b"x")
    link.look()
    link.known = known
    change = link.look()
    assert change is not None
    assert (change.is_full, len(change.rows)) == (True, 4)


def test_a_second_request_takes_the_place_of_the_first(link: Link) -> None:
    """The first is answered that it was, so that nobody waits for ever."""
    link.look()
    link.ask()
    link.ask()
    assert isinstance(link.said[-1], hosting.Failed)
    assert link.said[-1].code == "Busy"
    link.emulator.feed(b"x")
    assert link.look() is not None


@pytest.mark.parametrize("number", [None, 1])
def test_who_leaves_is_not_answered_and_nothing_of_it_stays(
    link: Link, number: int | None
) -> None:
    """A host keeps texts of its screen only while its link may ask for changes."""
    link.look()
    link.ask()
    link.changes.forget(link, 7)  # type: ignore[arg-type]
    assert link.changes.asked is not None
    link.changes.forget(link, number)  # type: ignore[arg-type]
    assert link.changes.asked is None
    assert not link.changes.rows
    assert not link.changes.written
    change = link.look()
    assert change is not None
    assert change.is_full
