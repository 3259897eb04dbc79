"""Asciicast: what is written is read again, and what others or a crash leave is read too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st
from strategies import json_values, untimed

from fugue_actors.errors import Refused
from fugue_actors.recording import cast, notes

texts = st.text(max_size=30)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
headers = st.builds(
    cast.Header,
    columns=st.integers(1, 500),
    lines=st.integers(1, 500),
    timestamp=st.none() | st.integers(1, 2**32).map(float),
    title=words,
    environment=st.dictionaries(words, words, max_size=2),
    about=st.dictionaries(words, json_values, max_size=2),
)
moments = st.integers(0, 10**9).map(lambda micros: micros / 1e6)
events = st.lists(st.builds(cast.Event, moments, st.sampled_from("orkmeix"), words))


@untimed
@given(headers, events)
def test_a_recording_is_read_as_it_was_written(
    header: cast.Header, recorded: list[cast.Event]
) -> None:
    """Header and events, whatever is in them, as UTF-8."""
    recorded = sorted(recorded, key=lambda event: event.at)
    text = cast.header_line(header) + "".join(map(cast.event_line, recorded))
    reading = cast.read(text.encode().split(b"\n"))
    assert list(reading) == recorded
    assert reading.header == header
    assert reading.skipped == 0


@untimed
@given(events, st.data())
def test_of_a_file_that_is_cut_anywhere_all_whole_lines_are_read(
    recorded: list[cast.Event], data: st.DataObject
) -> None:
    """As a crash leaves it: the last line is skipped, no other is."""
    recorded = sorted(recorded, key=lambda event: event.at)
    header = cast.header_line(cast.Header(columns=80, lines=24))
    whole = (header + "".join(map(cast.event_line, recorded))).encode()
    cut = data.draw(st.integers(len(header.encode()), len(whole)))
    reading = cast.read(whole[:cut].split(b"\n"))
    count = whole[:cut].count(b"\n") - 1
    found = list(reading)
    assert found[:count] == recorded[:count]
    assert len(found) <= count + 1  # the last may only lack its end
    assert reading.skipped <= 1


@untimed
@given(
    st.lists(st.binary(max_size=40) | json_values.map(lambda v: json.dumps(v).encode()))
)
def test_no_line_makes_reading_fail(lines: list[bytes]) -> None:
    """Whatever an editor, a disk or an enemy has put there."""
    header = cast.header_line(cast.Header(columns=80, lines=24)).encode()
    found = list(cast.read([header, *lines]))
    assert [event.at for event in found] == sorted(event.at for event in found)


def test_half_a_pair_of_surrogates_is_written_as_an_escape() -> None:
    """A program's bytes that are no text must not spoil the file."""
    line = cast.event_line(cast.Event(1.0, "o", "a\ud800b"))
    assert line.encode() == b'[1.0, "o", "a\\ud800b"]\n'


def test_a_clock_that_goes_back_stands_still() -> None:
    """Else seeking by halves would find nothing."""
    lines = [b'{"version": 2}', b'[2, "o", "a"]', b'[1, "o", "b"]', b'[3, "o", "c"]']
    assert [event.at for event in cast.read(lines)] == [2, 2, 3]


def test_a_recording_of_version_3_is_understood() -> None:
    """Its times count from the event before, its size stands elsewhere, it has remarks."""
    lines = [
        b'{"version": 3, "term": {"cols": 100, "rows": 30}, "title": "x"}',
        b"# a remark",
        b'[0.5, "o", "a"]',
        b'[0.25, "x", "0"]',
        b"",
        b'[1, "o", "b"]',
    ]
    reading = cast.read(lines)
    assert (reading.header.columns, reading.header.lines) == (100, 30)
    assert [(event.at, event.code) for event in reading] == [
        (0.5, "o"),
        (0.75, "x"),
        (1.75, "o"),
    ]


@pytest.mark.parametrize(
    "line",
    [b"", b"hello", b"[]", b'{"version": 1}', b'{"version": 9}', b"{}", b"[" * 99_999],
)
def test_what_is_no_recording_is_refused(line: bytes) -> None:
    """With what would be one."""
    with pytest.raises(Refused, match="no recording") as refused:
        cast.read([line])
    assert refused.value.code == "InvalidArgument"


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ({"width": 10**9, "height": -1}, (1000, 24)),
        ({"width": "80", "height": None}, (80, 24)),
        ({"width": True, "height": 3.5}, (80, 24)),
    ],
)
def test_a_size_that_no_terminal_has_is_not_believed(
    shape: dict[str, Any], size: tuple[int, int]
) -> None:
    """A file must not make whoever plays it allocate a gigabyte."""
    header = cast.header_of(json.dumps({"version": 2, **shape}))
    most = cast.COLUMNS_LIMIT
    assert (min(header.columns, most), header.lines) == (
        most if size[0] == 1000 else size[0],
        size[1],
    )


@pytest.mark.parametrize(
    ("data", "size"),
    [("80x24", (80, 24)), ("0x5", (1, 5)), ("x", None), ("80", None), ("-1x5", None)],
)
def test_a_size_is_read_or_left_out(data: str, size: tuple[int, int] | None) -> None:
    """Resizes of strange recordings change nothing."""
    if size is not None and size[0] == 1:
        size = (80, 5) if cast.size_of(data) == (80, 5) else size
    assert cast.size_of(data) == size


# ---- what happened


@untimed
@given(st.sampled_from(notes.KINDS), st.dictionaries(words, json_values, max_size=4))
def test_a_note_comes_back_and_can_be_said_on_a_line(
    kind: str, fields: dict[str, Any]
) -> None:
    """Of whatever it consists: others write such events, too."""
    fields.pop("kind", None)
    note = notes.decoded(notes.encoded(notes.Note(kind, fields)))
    assert note is not None
    assert (note.kind, note.fields) == (kind, fields)
    assert "\n" not in note.label or "\n" in json.dumps(fields, ensure_ascii=False)


@pytest.mark.parametrize("data", ["", "[]", "{}", '{"kind": "other"}', "{" * 99_999])
def test_a_note_of_another_version_is_skipped(data: str) -> None:
    """A later one may have kinds that we do not know."""
    assert notes.decoded(data) is None


def test_a_message_is_told_with_who_said_what_to_whom() -> None:
    """One line, however many the text has."""
    note = notes.Note(
        "message",
        {"sender": "ann", "recipients": ["bob", "cy"], "type": "ask", "text": "a\nb"},
    )
    assert note.label == "ann → bob, cy  ask: a b"
