"""What terminals send, as events: every encoding, any split, and nothing that gets stuck."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import Modes
from fugue_actors.terminal import keys
from fugue_actors.tui.events import Event, Focus, Key, Mouse, Paste, Report
from fugue_actors.tui.inputs import (
    ESCAPE_PATIENCE,
    SEQUENCE_PATIENCE,
    STRING_LIMIT_BYTES,
    InputParser,
)
from fugue_actors.tui.pasting import PASTE_LIMIT_BYTES

PASTED = b"\x1b[200~%s\x1b[201~"


def events_of(data: bytes, **settings: object) -> list[Event]:
    """Everything that some bytes and the silence after them bring."""
    parser = InputParser(**settings)
    return parser.feed(data) + parser.flush()


def names_of(data: bytes) -> list[str]:
    """The names of the keys in it; nothing else may be there."""
    events = events_of(data)
    assert all(isinstance(event, Key) for event in events)
    return [event.name for event in events]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a", ["a"]),
        (b"hi A-", ["h", "i", "Space", "A", "-"]),
        ("é中".encode(), ["é", "中"]),
        (b"\r\t\x7f\x1b", ["Enter", "Tab", "Backspace", "Escape"]),
        (b"\0\x01\x08\n\x1a", ["C-Space", "C-a", "C-h", "C-j", "C-z"]),
        (b"\x1c\x1d\x1e\x1f", ["C-\\", "C-]", "C-^", "C-_"]),
        # With alt, as ESC before it
        (b"\x1bx\x1bX\x1b-\x1b ", ["M-x", "M-X", "M--", "M-Space"]),
        ("\x1bé".encode(), ["M-é"]),
        (b"\x1b\x01\x1b\r\x1b\t\x1b\x7f", ["C-M-a", "M-Enter", "M-Tab", "M-Backspace"]),
        (b"\x1b\x1b", ["M-Escape"]),
        (b"\x1b\x1b[A\x1b\x1bOP\x1b\x1b[5~", ["M-Up", "M-F1", "M-PageUp"]),
        (b"\x1b[", ["M-["]),
        (b"\x1bO", ["M-O"]),
        (b"\x1b]", ["M-]"]),
        (b"\x1bP", ["M-P"]),
        (b"\x1b_", ["M-_"]),
        (b"\x1b]a\x1bPb\x1b_c", ["M-]", "a", "M-P", "b", "M-_", "c"]),
        (b"\x1bOl\x1bO~", [",", "M-O", "~"]),
        # xterm
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", ["Up", "Down", "Right", "Left"]),
        (b"\x1bOA\x1bOB\x1bOC\x1bOD", ["Up", "Down", "Right", "Left"]),
        (b"\x1b[H\x1b[F\x1bOH\x1bOF", ["Home", "End", "Home", "End"]),
        (b"\x1b[2~\x1b[3~\x1b[5~\x1b[6~", ["Insert", "Delete", "PageUp", "PageDown"]),
        (b"\x1b[1~\x1b[4~", ["Home", "End"]),
        (b"\x1bOP\x1bOQ\x1bOR\x1bOS", ["F1", "F2", "F3", "F4"]),
        (b"\x1b[15~\x1b[17~\x1b[21~\x1b[24~", ["F5", "F6", "F10", "F12"]),
        (b"\x1b[Z\x1b[1;6Z", ["S-Tab", "C-S-Tab"]),
        (b"\x1b[1;2A\x1b[1;5C\x1b[1;3H", ["S-Up", "C-Right", "M-Home"]),
        (b"\x1b[1;8D\x1b[1;2R", ["C-M-S-Left", "S-F3"]),
        (b"\x1b[3;5~\x1b[24;2~", ["C-Delete", "S-F12"]),
        (b"\x1bO5P\x1bO1;2Q", ["C-F1", "S-F2"]),
        (b"\x1b[25~\x1b[34~", ["S-F1", "S-F8"]),
        (b"\x1bOp\x1bOy\x1bOM\x1bOk", ["0", "9", "Enter", "+"]),
        # rxvt
        (b"\x1b[7~\x1b[8~\x1b[11~\x1b[14~", ["Home", "End", "F1", "F4"]),
        (b"\x1b[a\x1bOa\x1b[d\x1bOd", ["S-Up", "C-Up", "S-Left", "C-Left"]),
        (b"\x1b[3$\x1b[3^\x1b[3@", ["S-Delete", "C-Delete", "C-S-Delete"]),
        # The Linux console
        (b"\x1b[[A\x1b[[E", ["F1", "F5"]),
        # modifyOtherKeys
        (b"\x1b[27;5;105~\x1b[27;2;13~", ["C-i", "S-Enter"]),
        (b"\x1b[27;6;64~\x1b[27;4;33~", ["C-@", "M-!"]),
        # kitty
        (b"\x1b[27u\x1b[13;2u\x1b[9;5u", ["Escape", "S-Enter", "C-Tab"]),
        (b"\x1b[105;5u\x1b[99;6u\x1b[120;3u", ["C-i", "C-S-c", "M-x"]),
        (b"\x1b[120;4u\x1b[49:33;4u\x1b[50:64;6u", ["M-X", "M-!", "C-@"]),
        (b"\x1b[97;33u", ["M-a"]),
        (b"\x1b[97;69u", ["C-a"]),
        (b"\x1b[P\x1b[13~\x1b[1;5S", ["F1", "F3", "C-F4"]),
        (b"\x1b[57399u\x1b[57414;5u\x1b[57419u", ["0", "C-Enter", "Up"]),
        (b"\x1b[57376u", ["S-F1"]),
        (b"\x1b[97;;97u\x1b[97;2;65u\x1b[0;;233u", ["a", "A", "é"]),
        (b"\x1b[49;2;33u", ["!"]),
        (b"\x1b[97;1:2u\x1b[97;1:3u\x1b[1;1:3A", ["a"]),
        # Known, and nothing that has a name
        (b"\x1b[97;9u\x1b[57441;2u\x1b[57358u\x1b[E\x1b[99~", []),
    ],
)
def test_every_encoding_of_a_key_gives_its_one_name(
    data: bytes, expected: list[str]
) -> None:
    """Terminals of four families and two extensions: bindings must work in all of them."""
    assert names_of(data) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a ", ["a", " "]),
        ("é".encode(), ["é"]),
        (b"\x01\x1ba\r\x1b[A", ["", "", "", ""]),
        (b"\x1bOp\x1b[57400u", ["0", "1"]),
        (b"\x1b[97;2u", ["A"]),
        ("\u200d".encode(), ["\u200d"]),
    ],
)
def test_a_key_knows_what_it_types(data: bytes, expected: list[str]) -> None:
    """Only keys without control and alt type, joiners of an emoji keyboard among them."""
    assert [event.text for event in events_of(data)] == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x1b[<0;1;1M", Mouse(kind="press", button=1, x=0, y=0)),
        (b"\x1b[<2;20;5m", Mouse(kind="release", button=3, x=19, y=4)),
        (b"\x1b[<32;3;4M", Mouse(kind="move", button=1, x=2, y=3)),
        (b"\x1b[<35;3;4M", Mouse(kind="move", button=0, x=2, y=3)),
        (b"\x1b[<64;3;4M", Mouse(kind="wheel", button=4, x=2, y=3)),
        (b"\x1b[<65;3;4M", Mouse(kind="wheel", button=5, x=2, y=3)),
        (b"\x1b[<128;3;4M", Mouse(kind="press", button=8, x=2, y=3)),
        (b"\x1b[<4;1;1M", Mouse(kind="press", button=1, x=0, y=0, modifiers=1)),
        (b"\x1b[<24;1;1M", Mouse(kind="press", button=1, x=0, y=0, modifiers=6)),
        (b"\x1b[<0;500;300M", Mouse(kind="press", button=1, x=499, y=299)),
        (b"\x1b[M !!", Mouse(kind="press", button=1, x=0, y=0)),
        (b"\x1b[M#\"'", Mouse(kind="release", button=1, x=1, y=6)),
        (b"\x1b[M`!!", Mouse(kind="wheel", button=4, x=0, y=0)),
        (b"\x1b[<65;3;4m", None),
        (b"\x1b[<3;3;4M", None),
        (b"\x1b[<0;0;4M", None),
        (b"\x1b[<0;4M", None),
        (b"\x1b[M\x01\x01\x01", None),
    ],
)
def test_the_mouse_is_told_with_cells_from_zero(
    data: bytes, expected: Mouse | None
) -> None:
    """SGR 1006 and, from terminals that do not know it, the oldest encoding."""
    assert events_of(data) == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x1b[?62;22c", Report(kind="attributes", numbers=(62, 22))),
        (b"\x1b[?5u", Report(kind="keyboard", numbers=(5,))),
        (b"\x1b[?2026;2$y", Report(kind="mode", numbers=(2026, 2))),
        (b"\x1bP>|kitty(0.35)\x1b\\", Report(kind="version", text="kitty(0.35)")),
        (
            b"\x1b]11;rgb:0000/1111/2222\x1b\\",
            Report(kind="colour", numbers=(11,), text="rgb:0000/1111/2222"),
        ),
        (
            b"\x1b]10;rgb:ffff/ffff/ffff\x07",
            Report(kind="colour", numbers=(10,), text="rgb:ffff/ffff/ffff"),
        ),
        (b"\x1b]52;c;aGk=\x07", Report(kind="clipboard", text="hi")),
        (b"\x1b[8;24;80t", Report(kind="size", numbers=(24, 80))),
        (b"\x1b[48;24;80;480;800t", Report(kind="size", numbers=(24, 80))),
        (b"\x1b]52;c;a\x07", None),
        (b"\x1b]4;1;rgb:0/0/0\x07", None),
        (b"\x1bP1$r0m\x1b\\", None),
        (b"\x1b_Gi=1;OK\x1b\\", None),
        (b"\x1b[>1;10;0c", None),
        (b"\x1b[?1$y", None),
        (b"\x1b[3;1;1t", None),
        (b"\x1b]11;rgb:0/0/0\x18", None),
        (b"\x1b[I", Focus(is_in=True)),
        (b"\x1b[O", Focus(is_in=False)),
    ],
)
def test_answers_of_the_terminal_are_no_keys(
    data: bytes, expected: Event | None
) -> None:
    """Answers come among keys; those nobody asked for must not be typed into a program."""
    assert events_of(data) == ([expected] if expected else [])


def test_a_paste_is_text_whatever_is_in_it() -> None:
    """Keys that were pasted must not act as keys; lines end as they do in text."""
    text = b"a\x03\x1b[A \x1b[200~\rb\r\nc\n" + "é".encode()
    assert events_of(b"x" + PASTED % text + b"y") == [
        Key("x", "x"),
        Paste("a\x03\x1b[A \x1b[200~\nb\nc\né"),
        Key("y", "y"),
    ]


def test_a_paste_that_is_too_long_is_cut_and_says_so() -> None:
    """Memory is bounded, and the person is told what is missing."""
    parser = InputParser()
    events = parser.feed(b"\x1b[200~")
    for _ in range(PASTE_LIMIT_BYTES // 4000 + 1):
        events += parser.feed(b"x" * 4000)
        assert len(parser.rest) < 10
    events += parser.feed(b"\x1b[201~")
    (paste,) = events
    assert len(paste.text) == PASTE_LIMIT_BYTES
    assert paste.cut == 4000


def test_a_paste_without_an_end_locks_nobody_out() -> None:
    """The end may be lost on the way: text goes on as text, a key with control is a key."""
    parser = InputParser()
    assert parser.feed(b"\x1b[200~caf\xc3") == []
    assert parser.patience == SEQUENCE_PATIENCE
    assert parser.flush() == [Paste("caf")]
    assert parser.patience is None
    assert parser.feed(b"\xa9s") == []
    assert parser.patience == SEQUENCE_PATIENCE
    assert parser.flush() == [Paste("és")]
    assert parser.feed(b"\x02d") == [Key("C-b"), Key("d", "d")]


def test_a_key_with_control_of_kitty_ends_a_quiet_paste_too() -> None:
    """There it begins with ESC, as the paste's own end does."""
    parser = InputParser()
    parser.feed(b"\x1b[200~a")
    parser.flush()
    assert parser.feed(b"\x1b[2") == []
    assert parser.feed(b"01~") == [Paste("")]
    parser.feed(b"\x1b[200~a")
    parser.flush()
    assert parser.feed(b"\x1b") == []
    assert parser.feed(b"[98;5u") == [Key("C-b")]


def test_escape_is_a_key_after_a_short_silence() -> None:
    """Only time tells it from the beginning of a sequence."""
    parser = InputParser()
    assert parser.patience is None
    assert parser.feed(b"\x1b") == []
    assert parser.patience == ESCAPE_PATIENCE
    assert parser.flush() == [Key("Escape")]
    assert parser.patience is None
    assert parser.feed(b"\x1b") == []
    assert parser.feed(b"[A") == [Key("Up")]
    assert parser.patience is None


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[1;5",
        b"\x1b[[",
        b"\x1b[M!",
        b"\x1b\x1b[",
        b"\x1bO5",
        b"\xe4\xb8",
        b"\x1b\xe4",
        b"\x1b]11;rgb",
        b"\x1b]11;rgb\x1b",
        b"\x1bP>|x",
    ],
)
def test_what_never_comes_to_its_end_is_forgotten(data: bytes) -> None:
    """A line that loses bytes must not swallow the keys that follow."""
    parser = InputParser()
    assert parser.feed(data) == []
    assert parser.patience == SEQUENCE_PATIENCE
    assert parser.flush() == []
    assert parser.patience is None
    assert parser.feed(b"q") == [Key("q", "q")]


@pytest.mark.parametrize(
    "data",
    [
        b"\x1b[1;5\x1b[A",
        b"\x1b[1;5\x1bOA",
        b"\x1b]11;rgb\x1b[A",
        b"\x1bP>|" + b"x" * STRING_LIMIT_BYTES + b"xxxx\x1b\\\x1b[A",
        b"\xc3\x1b[A",
        b"\xff\xfe\x80\xed\xa0\x80\x1b[A",
        b"\xc2\x85\x1b[A",
        b"\x1b[" + b"1" * 256 + b"\x1b[A",
        b"\x1bO5\x1b[A",
    ],
)
def test_what_is_broken_off_gives_way_to_what_follows(data: bytes) -> None:
    """The key after garbage is the one that the person pressed."""
    assert events_of(data) == [Key("Up")]


def test_the_backspace_key_is_what_the_terminal_is_set_to() -> None:
    """Some terminals still send 0x08 for it; then 0x7F is the key with control."""
    assert events_of(b"\x08\x7f", backspace=8) == [
        Key("Backspace"),
        Key("C-Backspace"),
    ]


def test_releases_come_only_when_wanted() -> None:
    """Who forgets to look at the kind must not act twice for each key."""
    data = b"\x1b[97;1:1u\x1b[97;1:2u\x1b[97;1:3u"
    assert [event.kind for event in events_of(data)] == ["press", "repeat"]
    wanted = events_of(data, releases=True)
    assert [event.kind for event in wanted] == ["press", "repeat", "release"]


# Properties

SEQUENCES = [
    b"\x1b",
    b"\x1b[",
    b"\x1bO",
    b"\x1b[A",
    b"\x1b[1;5C",
    b"\x1b[3~",
    b"\x1b[3$",
    b"\x1b[[A",
    b"\x1b[<0;1;2M",
    b"\x1b[M",
    b"\x1b[200~",
    b"\x1b[201~",
    b"\x1b[27;5;9~",
    b"\x1b[97:65;2:1;65u",
    b"\x1b]11;rgb:1/2/3",
    b"\x1b]52;c;aGk=",
    b"\x1bP>|x",
    b"\x1b_G",
    b"\x1b\\",
    b"\x07",
    b"\x1b[?62c",
    b"\x1b[?1;2$y",
    "é".encode(),
    "🙂".encode(),
    b"\xc3",
    b"ab",
    b"\r",
]
STREAMS = st.lists(
    st.one_of(st.sampled_from(SEQUENCES), st.binary(max_size=4)), max_size=20
).map(b"".join)


@given(STREAMS, st.data())
def test_any_split_of_a_stream_gives_the_same_events(
    stream: bytes, data: st.DataObject
) -> None:
    """How a network cuts what a terminal sent must not change what keys do."""
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12).map(sorted))
    whole, split = InputParser(), InputParser()
    expected = whole.feed(stream)
    events: list[Event] = []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        events += split.feed(stream[begin:end])
    assert events == expected
    assert split.patience == whole.patience
    assert split.flush() == whole.flush()


@given(st.lists(STREAMS, max_size=5))
def test_garbage_neither_raises_nor_sticks(streams: list[bytes]) -> None:
    """Whatever came before, a person who waits and presses control gets through."""
    parser = InputParser()
    for stream in streams:
        parser.feed(stream)
    while parser.patience is not None:
        parser.flush()
    assert parser.feed(b"\x02") == [Key("C-b")]


MODES = [
    Modes(application_cursor=is_application, keyboard_flags=flags)
    for is_application, flags in product((False, True), (0, 1))
]
NAMES = [
    keys.spell(modifiers, key)
    for modifiers in range(8)
    for key in (*keys.KEYS, *(chr(code) for code in range(0x21, 0x7F)), "é", "中")
]


@pytest.mark.parametrize("modes", MODES)
def test_every_key_that_programs_are_sent_is_read_back(modes: Modes) -> None:
    """Encoder and parser are written apart: one name, through bytes, is the same key again.

    Where a terminal of old sends the same bytes for several keys, it is one of these.
    """
    for name in NAMES:
        try:
            data = keys.encode_key(name, modes)
        except Refused:
            continue
        (event,) = events_of(data)
        again = keys.encode_key(event.name, modes)
        assert again == data, name
        if modes.keyboard_flags and not is_told_by_another_name(name):
            assert event.name == name


def is_told_by_another_name(name: str) -> bool:
    """Whether a key is spelled otherwise by who presses it: `M-S-x` is `M-X`, `C-A` `C-a`."""
    modifiers, key = keys.parse(name)
    if len(key) > 1:
        return name == "S-Space"
    if modifiers & keys.CONTROL:
        return key.lower() != key
    return bool(modifiers & keys.SHIFT) and key.isalpha()


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(MODES)),
        max_size=12,
    )
)
def test_keys_in_a_row_are_told_apart(pressed: list[tuple[str, Modes]]) -> None:
    """One read may bring many keys, of programs' modes that change among them."""
    data, expected = b"", []
    for name, modes in pressed:
        try:
            encoded = keys.encode_key(name, modes)
        except Refused:
            continue
        (event,) = events_of(encoded)
        if encoded.startswith(b"\x1b") and event.name in ESCAPES:
            continue  # only a silence ends it
        data += encoded
        expected.append(event)
    assert events_of(data) == expected


ESCAPES = {"Escape", "M-Escape", "M-[", "M-O", "M-]", "M-P", "M-_"}
