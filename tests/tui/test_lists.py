"""Lists over the window: keys, what was copied, and what verbs have printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, strategies as st
from modekit import opened, picture, press, state_of
from modelkit import model_of

from fugue_actors.tui import tables
from fugue_actors.tui.commands import execute, find_command
from fugue_actors.tui.commands.arguments import parse, split_commands
from fugue_actors.tui.listing import Listing
from fugue_actors.tui.lists import within
from fugue_actors.tui.modes import Close, Copy, Notice, Run
from fugue_actors.tui.pager import Pager

if TYPE_CHECKING:
    from fugue_actors.tui.state import State


@pytest.fixture
def state() -> State:
    """A client of one session."""
    return state_of(model_of(("ann", [["a"]])))


# ---- the choice


@given(
    st.lists(
        st.one_of(
            st.lists(st.sampled_from("abcdefgh"), unique=True),
            st.integers(-3, 3),
        )
    ),
    st.integers(0, 5),
)
def test_a_choice_stays_on_what_it_is_on(
    steps: list[list[str] | int], lines: int
) -> None:
    """And when that goes, on what stood behind it; it is always in view."""
    listing = Listing()
    for step in steps:
        before, keys = listing.selected, listing.keys
        if isinstance(step, int):
            listing.step(step)
        else:
            listing.show(step)
            if before in step:
                assert listing.selected == before
            elif before is not None and set(step) & set(keys):
                behind = [k for k in keys[keys.index(before) :] if k in step]
                ahead = [k for k in keys[: keys.index(before)] if k in step]
                assert listing.selected == [*behind, *reversed(ahead)][0]
        view = listing.view(lines)
        assert (listing.selected is None) == (not listing.keys)
        if listing.keys:
            assert listing.place in view
            assert len(view) == min(max(lines, 1), len(listing.keys))


def test_the_last_thing_to_give_way_in_a_hint_is_how_to_leave() -> None:
    """Who got into a list by mistake looks for that, also in a small terminal."""
    hint = "Enter opens   / filters   q leaves"
    assert within(hint, 34) == hint
    assert within(hint, 33) == "Enter opens   q leaves"
    assert within(hint, 21) == "q leaves"
    assert within(hint, 3) == "q leaves"


# ---- help


def test_every_bound_key_is_listed_with_what_it_does(state: State) -> None:
    """From the tables themselves: a key without a meaning would be a lie."""
    help_ = opened(state, "list-keys")
    rows = {key: help_.spans(key, 0) for key in help_.entries()}
    for table in state.bindings.tables:
        for key in state.bindings.table(table):
            about = rows[f"{table} {key}"][1][0]
            assert about.endswith("."), (table, key)
            assert not about.startswith(","), (table, key)


def test_every_bound_key_can_be_carried_out(state: State) -> None:
    """Its command exists and takes what it is given; a mode's command is described."""
    for table in state.bindings.tables:
        for command in state.bindings.table(table).values():
            for name, *words in split_commands(command):
                found = find_command(name)
                assert found.name == name
                parse(words, found.options, least=found.least, most=found.most)
                if name == "send-keys" and words[0] == "-X" and table in tables.ABOUT:
                    assert words[1] in tables.ABOUT[table], (table, words)


def test_keys_that_do_different_things_are_described_differently(
    state: State,
) -> None:
    """Two keys that split a pane tell which way; a list of equal lines helps nobody."""
    help_ = opened(state, "list-keys")
    said: dict[str, str] = {}
    for key, command in state.bindings.table("prefix").items():
        about = help_.spans(f"prefix {key}", 0)[1][0]
        assert said.setdefault(about, command) == command, key
        assert " with -" not in about, key
    assert help_.spans('prefix "', 0)[1][0] == "Split this pane: a new one below."
    assert "at its right" in help_.spans("prefix %", 0)[1][0]


def test_a_key_of_ones_own_has_the_meaning_of_its_command(state: State) -> None:
    """The same line as the key that has always done it, else what its command says."""
    list(execute(state, "bind-key | split-window -h"))
    list(execute(state, "bind-key H split-window -h htop"))
    help_ = opened(state, "list-keys")
    usual = help_.spans("prefix %", 0)[1]
    assert help_.spans("prefix |", 0)[1] == usual
    assert help_.spans("prefix H", 0)[1][0].startswith("Open a pane below")


def test_help_is_searched_by_key_and_by_meaning(state: State) -> None:
    """Enter does what the key does."""
    help_ = opened(state, "list-keys")
    press(state, help_, "/rename-session<Enter>")
    assert picture(help_, 70, 4)[1:2] == [
        " C-b $            Give this session another name.  command-prompt -I …"
    ]
    bound = state.bindings.command("prefix", "$")
    assert press(state, help_, "<Enter>") == [Close(), Run(str(bound))]


def test_own_bindings_are_listed_too(state: State) -> None:
    """Where they were bound, as they are now."""
    list(execute(state, "bind-key -n F9 next-attention"))
    help_ = opened(state, "list-keys F9")
    assert list(help_.entries()) == ["root F9"]


def test_all_commands_and_verbs_are_listed(state: State) -> None:
    """With what they take."""
    state.verbs.names = {"send": "Send a message."}
    shown = "\n".join(picture(opened(state, "list-commands"), 120, 99))
    assert "confirm-before [-p question] command" in shown
    assert "Send a message." in shown


# ---- what was copied, and what was said


def test_a_copied_text_is_chosen_to_be_pasted(state: State) -> None:
    """The newest first, and all of the chosen one is shown."""
    state.keep_buffer("older")
    state.keep_buffer("two\nlines\x07")
    buffers = opened(state, "choose-buffer")
    assert picture(buffers, 30, 9) == [
        " copied texts             1/2",
        "(0)     10 two lines\ufffd",
        "(1)      5 older",
        " Enter pastes   q leaves",
        "┌────────────────────────────┐",
        "│two                         │",
        "│lines\ufffd                      │",
        "│                            │",
        "└────────────────────────────┘",
    ]
    assert press(state, buffers, "j<Enter>") == [Close(), Run("paste-buffer -b 1")]
    press(state, buffers, "d")
    assert state.buffers == ["two\nlines\x07"]
    assert press(state, buffers, "d") == [Close()]


def test_what_the_status_line_said_can_be_read_again(state: State) -> None:
    """It is gone after some seconds."""
    assert list(execute(state, "show-messages")) == [Notice("nothing was said yet")]
    state.said = ["first", "second"]
    assert picture(opened(state, "show-messages"), 30, 4)[1:3] == ["second", "first"]


# ---- the pager


def test_a_pager_shows_text_as_text(state: State) -> None:
    """It is looked through, narrowed and copied."""
    pager = Pager.of_text("ls", "\x1b[31mone\ntwo\tcells\n日本\r\nfour")
    assert picture(pager, 30, 5) == [
        " ls                       1/4",
        "\ufffd[31mone",
        "two    cells",
        "日本",
        " q leaves",
    ]
    press(state, pager, "/o<Enter>")
    assert list(pager.entries()) == ["0", "1", "3"]
    assert press(state, pager, "jy") == [Copy("two    cells"), Notice("copied a line")]
    assert press(state, pager, "Y")[0] == Copy(
        "\ufffd[31mone\ntwo    cells\n日本\nfour"
    )
    assert press(state, pager, "q") == [Close()]
