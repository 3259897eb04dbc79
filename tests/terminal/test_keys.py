"""Keys and pastes as bytes: the whole table, in every mode, and nothing smuggled."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.protocol.hosting import Modes, TypeInput
from fugue_actors.terminal import keys

PLAIN = Modes()
APPLICATION = Modes(application_cursor=True)
PASTING = Modes(bracketed_paste=True)


def pasted(text: str, modes: Modes, *, paste: bool = True) -> bytes:
    """What a text comes to."""
    return keys.encode(TypeInput(text=keys.clean(text), paste=paste), modes)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", b"a"),
        ("A", b"A"),
        ("é", "é".encode()),
        ("-", b"-"),
        ("^", b"^"),
        ("+", b"+"),
        ("Enter", b"\r"),
        ("Escape", b"\x1b"),
        ("Tab", b"\t"),
        ("Space", b" "),
        ("Backspace", b"\x7f"),
        ("Up", b"\x1b[A"),
        ("Down", b"\x1b[B"),
        ("Right", b"\x1b[C"),
        ("Left", b"\x1b[D"),
        ("Home", b"\x1b[H"),
        ("End", b"\x1b[F"),
        ("Insert", b"\x1b[2~"),
        ("Delete", b"\x1b[3~"),
        ("PageUp", b"\x1b[5~"),
        ("PageDown", b"\x1b[6~"),
        ("F1", b"\x1bOP"),
        ("F2", b"\x1bOQ"),
        ("F3", b"\x1bOR"),
        ("F4", b"\x1bOS"),
        ("F5", b"\x1b[15~"),
        ("F6", b"\x1b[17~"),
        ("F7", b"\x1b[18~"),
        ("F8", b"\x1b[19~"),
        ("F9", b"\x1b[20~"),
        ("F10", b"\x1b[21~"),
        ("F11", b"\x1b[23~"),
        ("F12", b"\x1b[24~"),
        # Modifiers
        ("C-c", b"\x03"),
        ("C-C", b"\x03"),
        ("C-@", b"\0"),
        ("C-Space", b"\0"),
        ("C-[", b"\x1b"),
        ("C-\\", b"\x1c"),
        ("C-_", b"\x1f"),
        ("C-/", b"\x1f"),
        ("C--", None),
        ("C-?", b"\x7f"),
        ("C-1", None),
        ("C-Backspace", b"\b"),
        ("C-Up", b"\x1b[1;5A"),
        ("C-Delete", b"\x1b[3;5~"),
        ("C-F1", b"\x1b[1;5P"),
        ("C-Enter", None),
        ("C-Tab", None),
        ("M-x", b"\x1bx"),
        ("M-X", b"\x1bX"),
        ("M-Enter", b"\x1b\r"),
        ("M-Up", b"\x1b[1;3A"),
        ("M-Escape", b"\x1b\x1b"),
        ("C-M-a", b"\x1b\x01"),
        ("M-C-a", b"\x1b\x01"),
        ("S-Tab", b"\x1b[Z"),
        ("S-a", b"A"),
        ("S-A", b"A"),
        ("S-1", None),
        ("S-ß", None),
        ("S-Up", b"\x1b[1;2A"),
        ("S-F5", b"\x1b[15;2~"),
        ("S-Enter", None),
        ("S-Space", b" "),
        ("C-S-Left", b"\x1b[1;6D"),
        ("C-M-S-F12", b"\x1b[24;8~"),
        # Other spellings
        ("^C", b"\x03"),
        ("^[", b"\x1b"),
        ("Ctrl+C", b"\x03"),
        ("ctrl-c", b"\x03"),
        ("Control+Shift+Left", b"\x1b[1;6D"),
        ("Alt+x", b"\x1bx"),
        ("Meta-x", b"\x1bx"),
        ("A-x", b"\x1bx"),
        ("Shift+Tab", b"\x1b[Z"),
        ("BTab", b"\x1b[Z"),
        ("M-BTab", b"\x1b\x1b[Z"),
        ("enter", b"\r"),
        ("RETURN", b"\r"),
        ("KPEnter", b"\r"),
        ("esc", b"\x1b"),
        ("BSpace", b"\x7f"),
        ("DC", b"\x1b[3~"),
        ("Del", b"\x1b[3~"),
        ("IC", b"\x1b[2~"),
        ("PPage", b"\x1b[5~"),
        ("NPage", b"\x1b[6~"),
        ("pgup", b"\x1b[5~"),
        ("PgDn", b"\x1b[6~"),
        ("ArrowUp", b"\x1b[A"),
    ],
)
def test_a_key_by_name(name: str, expected: bytes | None) -> None:
    """As xterm sends it; what a terminal cannot send is refused, not sent as something else."""
    if expected is None:
        with pytest.raises(Refused, match="cannot send") as refused:
            keys.encode_key(name, PLAIN)
        assert refused.value.code == "InvalidArgument"
    else:
        assert keys.encode_key(name, PLAIN) == expected


@pytest.mark.parametrize("name", list(keys.CURSOR_KEYS))
def test_cursor_keys_honour_application_mode(name: str) -> None:
    """Regression of a known failure elsewhere: arrows did nothing in a full-screen program."""
    final = keys.CURSOR_KEYS[name].encode()
    assert keys.encode_key(name, APPLICATION) == b"\x1bO" + final
    assert keys.encode_key(f"S-{name}", APPLICATION) == b"\x1b[1;2" + final


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a", b"a"),
        ("S-a", b"A"),
        ("Enter", b"\r"),
        ("Tab", b"\t"),
        ("Backspace", b"\x7f"),
        ("Space", b" "),
        ("S-Space", b" "),
        ("Escape", b"\x1b[27u"),
        ("S-Enter", b"\x1b[13;2u"),
        ("C-Enter", b"\x1b[13;5u"),
        ("BTab", b"\x1b[9;2u"),
        ("C-Space", b"\x1b[32;5u"),
        ("C-c", b"\x1b[99;5u"),
        ("C-C", b"\x1b[99;5u"),
        ("^[", b"\x1b[91;5u"),
        ("M-x", b"\x1b[120;3u"),
        ("M-X", b"\x1b[120;4u"),
        ("C-S-a", b"\x1b[97;6u"),
        ("S-1", b"\x1b[49;2u"),
        ("C-M-s-ö", b"\x1b[246;8u"),
        ("Up", b"\x1b[A"),
        ("C-Up", b"\x1b[1;5A"),
        ("Home", b"\x1b[H"),
        ("F1", b"\x1b[P"),
        ("S-F1", b"\x1b[1;2P"),
        ("F3", b"\x1b[13~"),
        ("C-F3", b"\x1b[13;5~"),
        ("F5", b"\x1b[15~"),
        ("S-Delete", b"\x1b[3;2~"),
    ],
)
def test_a_program_that_asks_for_unambiguous_keys_gets_them(
    name: str, expected: bytes
) -> None:
    """As the kitty protocol has it: what has no bytes otherwise can be pressed, too."""
    modes = Modes(keyboard_flags=1, application_cursor=True)
    assert keys.encode_key(name, modes) == expected


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("Entr", "Enter"),
        ("pageupp", "PageUp"),
        ("C-Spce", "Space"),
        ("F13", "F1"),
        ("hello world", "text"),
        ("", "keys are named"),
        ("\x1b", "keys are named"),
        ("C-\n", "keys are named"),
    ],
)
def test_an_unknown_key_is_refused_with_a_hint(name: str, hint: str) -> None:
    """An agent that guessed wrong can correct itself from the answer alone."""
    with pytest.raises(Refused, match="no such key") as refused:
        keys.encode_key(name, PLAIN)
    assert refused.value.code == "InvalidArgument"
    assert hint in str(refused.value.hint)


def test_several_keys_are_pressed_in_order_or_not_at_all() -> None:
    """A bad name in the middle must not leave half of them typed."""
    typed = TypeInput(text=b"x", keys=("a", "Enter", "C-c"))
    assert keys.encode(typed, PLAIN) == b"xa\r\x03"
    with pytest.raises(Refused):
        keys.encode(TypeInput(text=b"x", keys=("a", "nokey")), PLAIN)


def test_keys_can_be_checked_before_their_modes_are_known() -> None:
    """What nobody has heard of need not be sent to find out."""
    keys.check(["a", "Enter", "C-Enter"])
    with pytest.raises(Refused, match="no such key") as refused:
        keys.check(["a", "Entr"])
    assert "Enter" in str(refused.value.hint)


def test_text_is_bracketed_only_if_the_program_asked_for_it() -> None:
    """Otherwise the program would show the brackets."""
    assert pasted("a\nb", PLAIN) == b"a\rb"
    assert pasted("a\nb", PASTING) == b"\x1b[200~a\rb\x1b[201~"
    assert pasted("", PASTING) == b""
    assert pasted("a\x1bb", PASTING, paste=False) == b"ab"


def test_line_ends_become_what_enter_sends() -> None:
    """Regression of a known failure elsewhere: a line feed is not Enter."""
    assert pasted("a\r\nb\nc\rd", PLAIN) == b"a\rb\rc\rd"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\x1b[201~rm -rf\r", b"arm -rf\r"),
        ("a\x9b201~b", b"ab"),
        ("\x1b[20\x1b[201~1~x", b"[201~x"),
        ("\x03\x04\x1a\x1c", b""),
        ("\x1bOP", b"OP"),
        ("tab\tstays", b"tab\tstays"),
        ("\x7f\x80\x9f", b""),
    ],
)
def test_nothing_is_smuggled_in_text(text: str, expected: bytes) -> None:
    """A pasted text must not end the paste, press keys, or send a signal."""
    inside = pasted(text, PASTING)
    assert inside in (b"\x1b[200~" + expected + b"\x1b[201~", b"")
    assert pasted(text, PLAIN) == expected


@given(st.text() | st.text("\x1b[201~\x9b\x9b0;m\r\n"))
def test_no_text_can_end_its_own_paste(text: str) -> None:
    """Whatever an agent or a web page sends: one beginning, one end, no escape between."""
    data = pasted(text, PASTING)
    if data:
        assert data.startswith(b"\x1b[200~")
        assert data.endswith(b"\x1b[201~")
    inside = data[6:-6].decode("utf-8", "replace")
    assert not set(inside) & {chr(code) for code in (*range(9), *range(14, 32))}
    assert not any(0x7F <= ord(character) <= 0x9F for character in inside)


@given(st.text(max_size=12) | st.sampled_from(list(keys.NAMES)))
def test_no_name_raises_anything_but_a_refusal(name: str) -> None:
    """Names come from agents."""
    for modes in (PLAIN, Modes(keyboard_flags=1)):
        try:
            data = keys.encode_key(name, modes)
        except Refused:
            continue
        assert data


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("S-Enter", b"\r"),
        ("C-Enter", b"\r"),
        ("C-S-Enter", b"\r"),
        ("M-S-Enter", b"\x1b\r"),
        ("C-Tab", b"\t"),
        ("C-S-Tab", b"\x1b[Z"),
        ("S-Escape", b"\x1b"),
        ("C-1", b"1"),
        ("C-M-;", b"\x1b;"),
        ("S-1", b"1"),
        ("C-S-c", b"\x03"),
        ("C-S-Up", b"\x1b[1;6A"),
        ("a", b"a"),
    ],
)
def test_a_key_that_cannot_be_sent_may_be_the_nearest_one(
    name: str, expected: bytes
) -> None:
    """A person who presses shift with Enter means Enter, as in every other terminal."""
    assert keys.encode_key(keys.nearest(name, PLAIN), PLAIN) == expected


def test_the_nearest_key_is_not_taken_where_there_is_the_very_one() -> None:
    """A program that asked for keys which cannot be mistaken gets them."""
    assert keys.nearest("S-Enter", Modes(keyboard_flags=1)) == "S-Enter"
    assert keys.nearest("C-c", PLAIN) == "C-c"
    assert keys.nearest("Up", PLAIN) == "Up"


@pytest.mark.parametrize(
    "name", ["C-M-S-Up", "C-c", "M-x", "S-Tab", "a", "C--", "Space", "M-S-F5"]
)
def test_a_key_is_spelled_as_it_is_parsed(name: str) -> None:
    """What says the name of a key, and what reads it, agree."""
    assert keys.spell(*keys.parse(name)) == name
