"""Newline framing: any split gives the same lines, and memory is bounded."""

from __future__ import annotations

from hypothesis import given, strategies as st

from fugue_actors.protocol.frames import LineFramer, Overlong

LIMIT = 8

streams = st.binary(max_size=60).map(lambda data: data.replace(b"x", b"\n"))


def feed_all(chunks: list[bytes]) -> tuple[list[bytes | Overlong], LineFramer]:
    framer = LineFramer(limit_bytes=LIMIT)
    frames: list[bytes | Overlong] = []
    for chunk in chunks:
        frames += framer.feed(chunk)
    return frames, framer


@given(st.lists(st.sampled_from([b"\n", b"ab", b"0123456", b"", b"\n\n", b"y\nz"])))
def test_any_split_gives_the_same_frames(chunks: list[bytes]) -> None:
    """Sockets cut wherever they like; what a reader sees must not depend on it."""
    whole, framer = feed_all([b"".join(chunks)])
    split, split_framer = feed_all(chunks)
    single, _ = feed_all([bytes([byte]) for byte in b"".join(chunks)])
    assert whole == split == single
    assert framer.pending_bytes == split_framer.pending_bytes


@given(st.lists(st.binary(max_size=LIMIT).filter(lambda line: b"\n" not in line)))
def test_lines_come_back_as_they_were(lines: list[bytes]) -> None:
    """Framing adds nothing and takes only the newline."""
    frames, framer = feed_all([b"".join(line + b"\n" for line in lines)])
    assert frames == lines
    assert framer.pending_bytes == 0


def test_a_line_of_exactly_the_limit_is_accepted() -> None:
    """The newline does not count, wherever it arrives."""
    assert feed_all([b"x" * LIMIT, b"\n"])[0] == [b"x" * LIMIT]
    assert feed_all([b"x" * LIMIT + b"\n"])[0] == [b"x" * LIMIT]


def test_an_overlong_line_is_reported_once_in_its_place_and_the_next_is_read() -> None:
    """The reader can answer it with an error and go on with the same connection."""
    frames, framer = feed_all([b"one\n", b"x" * 9, b"x" * 1000, b"x\ntwo\n"])
    assert frames == [b"one", Overlong(limit_bytes=LIMIT), b"two"]
    assert framer.pending_bytes == 0


def test_an_overlong_line_is_reported_before_its_end() -> None:
    """A peer that never sends a newline is noticed at once, and its bytes are not kept."""
    frames, framer = feed_all([b"x" * 9])
    assert frames == [Overlong(limit_bytes=LIMIT)]
    assert framer.pending_bytes == 0
    assert framer.feed(b"x" * 100_000) == []
    assert framer.pending_bytes == 0
