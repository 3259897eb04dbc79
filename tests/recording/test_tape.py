"""The tape: whatever moment is shown, in whatever order, it is the picture of that moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from castkit import file_of, reel_of, tape_of, typed
from hypothesis import given, settings, strategies as st
from strategies import untimed

from fugue_actors.errors import Refused
from fugue_actors.recording import cast, notes
from fugue_actors.recording.notes import Note
from fugue_actors.recording.player import FASTEST, SLOWEST, Player, moment, stamp
from fugue_actors.recording.reel import Projector
from fugue_actors.recording.rows import text_of

if TYPE_CHECKING:
    from fugue_actors.recording.tape import Tape

pieces = st.sampled_from(
    ["a", "bc\r\n", "\x1b[2J", "\x1b[3;3H", "\x1b[31mx\x1b[0m", "漢", "\x1b[?25l"]
)
changes = st.one_of(
    st.tuples(st.just("o"), pieces),
    st.tuples(st.just("r"), st.sampled_from(["20x5", "41x3", "nonsense"])),
    st.tuples(st.just("m"), st.just("here")),
)


def shown(tape: Tape) -> list[str]:
    """The present picture."""
    return [text_of(runs) for runs in tape.projector.runs()]


def played(events: list[cast.Event], at: float) -> list[str]:
    """The picture of a moment, by playing everything before it."""
    projector = Projector(40, 6)
    for event in events:
        if event.at <= at:
            projector.show(event)
    return [text_of(runs) for runs in projector.runs()]


@settings(untimed, max_examples=60)
@given(
    recorded=st.lists(changes, min_size=1, max_size=25),
    asked=st.lists(st.integers(-1, 26), min_size=1, max_size=8),
)
def test_any_moment_looks_as_if_all_before_it_had_been_played(
    recorded: list[tuple[str, str]], asked: list[int]
) -> None:
    """Forwards and backwards."""
    events = [
        cast.Event(float(number), code, data)
        for number, (code, data) in enumerate(recorded)
    ]
    tape = tape_of(file_of(events))
    for at in asked:
        tape.show(float(at))
        assert shown(tape) == played(events, at)


def test_a_seek_begins_at_the_last_keyframe() -> None:
    """What comes before it is not even read: here it is wrong."""
    events = [
        cast.Event(1.0, "o", "wrong"),
        cast.Event(2.0, "r", "10x2"),
        cast.Event(3.0, "k", "\x1b[Hright"),
        cast.Event(4.0, "o", "!"),
    ]
    tape = tape_of(file_of(events))
    tape.show(5.0)
    assert shown(tape) == ["right!", ""]
    tape.show(1.0)
    assert shown(tape)[0] == "wrong"


def test_a_file_that_is_cut_is_played_as_far_as_it_goes() -> None:
    """What a crash or a full disk has left."""
    data = file_of(typed("one", "two"))[:-6]
    tape = tape_of(data)
    tape.show(9.0)
    assert (shown(tape)[0], tape.index.skipped) == ("one", 1)


def test_what_is_no_recording_is_refused() -> None:
    """With its code, as everywhere."""
    with pytest.raises(Refused, match="no recording"):
        tape_of(b"hello\n")


# ---- playing it


def happening(at: float, kind: str, **fields: object) -> cast.Event:
    """Something that happened."""
    return cast.Event(at, cast.HAPPENED, notes.encoded(Note(kind, fields)))


def player_of(*events: cast.Event, **settings: object) -> Player:
    """A player of a recording, which somebody looks at from 100 on."""
    playing = Player(tape_of(file_of(events)), **settings)  # type: ignore[arg-type] - whatever a test wants
    playing.go_on(100.0)
    return playing


def test_it_goes_as_fast_as_it_is_told() -> None:
    """And stands still while it is paused."""
    playing = player_of(cast.Event(90.0, "o", "x"), speed=2.0)
    playing.go_on(110.0)
    assert playing.at == 20.0
    playing.key("Space")
    playing.go_on(120.0)
    assert (playing.at, playing.wait()) == (20.0, None)
    playing.key("Space")
    playing.go_on(130.0)
    assert (playing.at, playing.wait()) == (40.0, 25.0)


@pytest.mark.parametrize(("limit", "gap", "left"), [(None, 1.0, 1.0), (0.5, 0.5, 0.5)])
def test_a_time_in_which_nobody_recorded_is_short(
    limit: float | None, gap: float, left: float
) -> None:
    """The daemon was away for an hour; nobody wants to wait for that."""
    playing = player_of(
        cast.Event(1.0, "o", "x"),
        happening(3600.0, "gap", seconds=3599),
        cast.Event(3600.5, "o", "y"),
        idle_limit=limit,
    )
    playing.seek(1.0)
    assert playing.wait() == gap
    playing.go_on(100.0 + left)
    assert playing.at == 3600.0


def test_a_pause_of_the_recording_is_cut_to_the_idle_limit() -> None:
    """What is between two events counts, however many there are in one look."""
    playing = player_of(*(cast.Event(10.0 * n, "o", "x") for n in range(1, 4)))
    playing.idle_limit = 2.0
    playing.go_on(105.0)
    assert playing.at == 29.0


def test_it_stops_at_its_end_and_space_begins_anew() -> None:
    """The last picture stays."""
    playing = player_of(cast.Event(1.0, "o", "x"))
    playing.go_on(200.0)
    assert (playing.at, playing.is_playing) == (1.0, False)
    playing.key("Space")
    assert (playing.at, playing.is_playing) == (0.0, True)


@pytest.mark.parametrize(
    ("keys", "at"),
    [
        ("Right", 55.0),
        ("Left", 45.0),
        ("Up", 100.0),
        ("Down", 0.0),
        ("Home", 0.0),
        ("G", 100.0),
        ("3", 30.0),
        (".", 60.0),
        (",", 40.0),
        ("]", 70.0),
        ("[", 20.0),
        ("] ]", 70.0),
        ("x", 50.0),
    ],
)
def test_keys_seek(keys: str, at: float) -> None:
    """Beyond the ends they stay at the ends."""
    playing = player_of(
        *(cast.Event(at, "o", "x") for at in (10.0, 40.0)),
        cast.Event(60.0, "o", "x"),
        cast.Event(100.0, "o", "x"),
    )
    playing.tape.index.happened = [(20.0, "a"), (70.0, "b")]
    playing.seek(50.0)
    for key in keys.split():
        playing.key(key)
    assert playing.at == at


def test_the_speed_stays_within_its_limits_and_finds_back_to_one() -> None:
    """However often somebody presses the key."""
    playing = player_of(cast.Event(1.0, "o", "x"))
    for _ in range(50):
        playing.key("+")
    assert playing.speed == FASTEST
    for _ in range(50):
        playing.key("-")
    assert playing.speed == SLOWEST
    playing.speed = 1.0
    playing.key("+")
    playing.key("-")
    assert playing.speed == 1.0


@pytest.mark.parametrize("key", ["q", "C-c", "C-d", "Escape"])
def test_keys_that_end_it(key: str) -> None:
    """Nobody shall have to look for the way out."""
    playing = player_of(cast.Event(1.0, "o", "x"))
    playing.key(key)
    assert playing.is_over


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("90", 90.0),
        ("1:30", 90.0),
        ("1:00:05", 3605.0),
        ("50%", 100.0),
        ("-1", None),
        ("x", None),
        ("inf", None),
        ("nan", None),
    ],
)
def test_a_moment_is_said_in_several_ways(text: str, found: float | None) -> None:
    """Seconds, a clock, a part of the whole; nothing else."""
    assert moment(text, 200.0) == found


@pytest.mark.parametrize(
    ("at", "text"), [(0, "0:00"), (75.9, "1:15"), (3661, "1:01:01")]
)
def test_moments_are_written_as_clocks(at: float, text: str) -> None:
    """Hours only if there are some."""
    assert stamp(at) == text


def test_frames_of_a_reel_are_those_of_the_tape() -> None:
    """What is exported is what is played."""
    events = typed("one\r\n", "\x1b[31mtwo", "\x1b[2J\x1b[Hthree", every=1.0)
    reel, tape = reel_of(events), tape_of(file_of(events))
    for frame in reel.frames:
        tape.show(frame.at)
        assert tuple(tape.projector.runs()) == tuple(
            reel.rows[number] for number in frame.rows
        )
