"""The editor of lines: what keys do to a text, against a simple model and by example."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from fugue_actors.tui.editing import Editor, characters_of, part_in_view

WORDS = st.text(
    st.sampled_from("ab_ ,.日本é\u0301\U0001f469\u200d\U0001f680\U0001f1e9\ufe0f"),
    max_size=12,
)
MOVES = {
    "Left": lambda text, at: max(at - 1, 0),
    "Right": lambda text, at: min(at + 1, len(text)),
    "Home": lambda text, at: 0,
    "End": lambda text, at: len(text),
}


def pressed(editor: Editor, keys: str) -> Editor:
    """The editor after some keys; those with names of several letters stand in <>."""
    while keys:
        name, keys = keys[0], keys[1:]
        if name == "<":
            name, _, keys = keys.partition(">")
        editor.key("Space" if name == " " else name)
    return editor


def shown(editor: Editor) -> str:
    """The text with a bar where the cursor is."""
    return f"{editor.buffer.before}|{editor.buffer.after}"


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("paste"), WORDS),
            st.tuples(st.sampled_from([*MOVES, "Backspace", "Delete"]), st.just("")),
        ),
        max_size=30,
    )
)
def test_the_editor_does_what_a_list_of_characters_and_an_index_do(
    steps: list[tuple[str, str]],
) -> None:
    """Whatever is written where, nothing is lost and no character is ever cut in two."""
    editor, text, at = Editor.of(), "", 0
    for name, pasted in steps:
        seen = characters_of(text)
        if name == "paste":
            editor.paste(pasted)
            head = "".join(seen[:at]) + pasted
            text = head + "".join(seen[at:])
            at = len(head)
        else:
            editor.key(name)
            if name in MOVES:
                at = MOVES[name](seen, at)
            elif name == "Backspace" and at > 0:
                at -= 1
                del seen[at]
            elif name == "Delete":
                del seen[at : at + 1]
            text, at = "".join(seen), len("".join(seen[:at]))
        # as indexes into what is seen: the next character if in the middle of one
        starts = [0]
        for one in characters_of(text):
            starts.append(starts[-1] + len(one))
        at = next(i for i, start in enumerate(starts) if start >= at)
        assert editor.text == text
        assert editor.buffer.at == at


@given(
    st.lists(
        st.one_of(
            WORDS,
            st.sampled_from(
                ["C-k", "C-u", "C-w", "M-d", "C-t", "C-y", "M-b", "M-f", "Backspace"]
            ),
        ),
        max_size=20,
    )
)
def test_everything_can_be_undone(steps: list[str]) -> None:
    """Back to nothing, and never to anything that it was not."""
    editor, was = Editor.of(), {""}
    for step in steps:
        if not editor.key(step):
            editor.paste(step)
        was.add(editor.text)
    for _ in range(len(steps) + 1):
        editor.key("C-_")
        assert editor.text in was
    assert editor.text == ""


@given(st.lists(st.sampled_from([*"dcywbWBeEhl0$^xXDCsSpPu~ia2;,", "Escape"])), WORDS)
def test_vi_keys_never_lead_out_of_the_text(keys: list[str], text: str) -> None:
    """In command mode the cursor is on a character whenever there is one."""
    editor = Editor.of(text, style="vi")
    editor.key("Escape")
    for key in keys:
        editor.key(key)
        count = len(editor.buffer.characters)
        assert 0 <= editor.buffer.at <= count
        if editor.is_commanding and not editor.is_waiting:
            assert editor.buffer.at < max(count, 1)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("one two<C-a>X", "X|one two"),
        ("one two<C-a><M-f>X", "oneX| two"),
        ("one two<M-b>X", "one X|two"),
        ("one two<C-w>", "one |"),
        ("one two<M-Backspace><C-y><C-y>", "one twotwo|"),
        ("one, two<M-b><C-k><C-a><C-y>", "two|one, "),
        ("one two<C-b><C-u>", "|o"),
        ("one<C-a><C-d>", "|ne"),
        ("ab<C-t>", "ba|"),
        ("abc<C-a><C-f><C-t>", "ba|c"),
        ("one<C-a><M-d>", "|"),
        ("日本<C-b>x", "日x|本"),
        ("a b<C-_>", "|"),
    ],
)
def test_emacs_keys_do_what_shells_do(keys: str, expected: str) -> None:
    """Fingers know them."""
    assert shown(pressed(Editor.of(), keys)) == expected


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("<Escape>", "one two.thre|e"),
        ("<Escape>0", "|one two.three"),
        ("<Escape>0w", "one |two.three"),
        ("<Escape>02w", "one two|.three"),
        ("<Escape>0W", "one |two.three"),
        ("<Escape>0e", "on|e two.three"),
        ("<Escape>b", "one two.|three"),
        ("<Escape>B", "one |two.three"),
        ("<Escape>0dw", "|two.three"),
        ("<Escape>0d2w", "|.three"),
        ("<Escape>02dw", "|.three"),
        ("<Escape>0cwsix", "six| two.three"),
        ("<Escape>0de", "| two.three"),
        ("<Escape>dd", "|"),
        ("<Escape>0D", "|"),
        ("<Escape>0Cx", "x|"),
        ("<Escape>0x", "|ne two.three"),
        ("<Escape>03x", "| two.three"),
        ("<Escape>0ywP", "one| one two.three"),
        ("<Escape>0ye$p", "one two.threeon|e"),
        ("<Escape>0ft", "one |two.three"),
        ("<Escape>0ft;", "one two.|three"),
        ("<Escape>0ft;,", "one |two.three"),
        ("<Escape>0dtt", "|two.three"),
        ("<Escape>Fo", "one tw|o.three"),
        ("<Escape>0rX", "|Xne two.three"),
        ("<Escape>02~", "ON|e two.three"),
        ("<Escape>0dwu", "|one two.three"),
        ("<Escape>Ix", "x|one two.three"),
        ("<Escape>0Ax", "one two.threex|"),
        ("<Escape>0ix", "x|one two.three"),
        ("<Escape>0ax", "ox|ne two.three"),
        ("<Escape>0sx", "x|ne two.three"),
        ("<Escape>Sx", "x|"),
        ("<Escape>0$", "one two.thre|e"),
        ("<Escape>99999h", "|one two.three"),
        ("<Escape>0d<Escape>x", "|ne two.three"),
        ("<Escape>0dfz", "|one two.three"),
    ],
)
def test_vi_keys_do_what_vi_does(keys: str, expected: str) -> None:
    """From a text with its cursor at the end, as one comes from writing it."""
    editor = Editor.of("one two.three", style="vi")
    assert shown(pressed(editor, keys)) == expected


def test_what_vi_writes_in_one_go_is_undone_in_one_go() -> None:
    """And the next insertion is another."""
    editor = pressed(Editor.of(style="vi"), "abc<Escape>axy<Escape>u")
    assert editor.text == "abc"


def test_a_paste_can_neither_send_nor_hide_anything() -> None:
    """Line ends are blanks in a line, and what is no text is not taken."""
    editor = Editor.of()
    editor.paste("kill bob\r\nyes\x1b[A\u202e\tno")
    assert editor.text == "kill bob yes[A no"


def test_a_text_of_lines_keeps_them() -> None:
    """Up and down go to the same column, or to where the line ends."""
    editor = Editor.of(has_lines=True)
    editor.paste("long line\nx\nlast one")
    assert shown(pressed(editor, "<Up>")) == "long line\nx|\nlast one"
    assert shown(pressed(editor, "<Up>")) == "l|ong line\nx\nlast one"
    assert shown(pressed(editor, "<C-k>")) == "l|\nx\nlast one"


def test_keys_without_a_meaning_are_left_to_others() -> None:
    """Enter, Tab and Escape belong to whoever asked."""
    for style in ("emacs", "vi"):
        editor = Editor.of("x", style=style)
        assert not any(editor.key(key) for key in ("Enter", "Tab", "F1", "C-g", "M-x"))
    assert not Editor.of().key("Escape")


@pytest.mark.parametrize(
    ("first", "columns", "expected"),
    [(0, 9, "a日本b"), (1, 4, "日本"), (2, 3, " 本"), (0, 2, "a "), (9, 5, "")],
)
def test_a_part_of_a_line_has_no_half_characters(
    first: int, columns: int, expected: str
) -> None:
    """What is cut through is a blank."""
    assert part_in_view(characters_of("a日本b"), first, columns) == expected
