"""What commands ask the daemon for, and that it would understand each of them."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import given, strategies as st
from modelkit import model_of

from fugue_actors.errors import Refused
from fugue_actors.gateways.operations.table import OPERATIONS
from fugue_actors.tui.commands import COMMANDS, execute, find_command
from fugue_actors.tui.commands.elsewhere import INSTEAD
from fugue_actors.tui.modes import Detach, Notice, Open, Redraw, Request, Suspend, Type
from fugue_actors.tui.settings import Settings
from fugue_actors.tui.state import State

WA = {"session": "s-ann", "window": "wa"}


def client() -> State:
    """A client of ann, whose first window has two panes; and bob is there too."""
    model = model_of(("ann", [["a", "b"], ["c"]]), ("bob", [["d"]]))
    state = State(model, Settings(), columns=80, lines=24)
    state.settle()
    return state


def asked(line: str, state: State | None = None) -> list[tuple[str, dict[str, Any]]]:
    """The requests that a line leads to; what is None is not said."""
    return [
        (each.name, {k: v for k, v in each.args.items() if v is not None})
        for each in execute(state or client(), line)
        if isinstance(each, Request)
    ]


@pytest.mark.parametrize(
    ("line", "name", "args"),
    [
        ("split-window", "split_pane", {"pane": "pa", "direction": "horizontal"}),
        ("split-window -h", "split_pane", {"pane": "pa", "direction": "vertical"}),
        (
            "splitw -h -p 30 -c /tmp -t 1 top -d",
            "split_pane",
            {
                "pane": "pb",
                "direction": "vertical",
                "ratio": 0.7,
                "cwd": "/tmp",
                "command": ["top", "-d"],
            },
        ),
        (
            "split-window -l 2",
            "split_pane",
            {"pane": "pa", "direction": "horizontal", "ratio": pytest.approx(2 / 3)},
        ),
        ("kill-pane", "close_pane", {"pane": "pa"}),
        ("kill-pane -a", "close_pane", {"pane": "pb"}),
        ("swap-pane -D", "swap_panes", {"pane": "pa", "other": "pb"}),
        ("swap-pane -U", "swap_panes", {"pane": "pa", "other": "pb"}),
        ("break-pane", "move_pane", {"pane": "pa"}),
        (
            "join-pane -h -s :1.0",
            "move_pane",
            {"pane": "pc", "beside": "pa", "direction": "vertical"},
        ),
        ("resize-pane -Z", "zoom_pane", {"pane": "pa"}),
        (
            "resize-pane -L 5",
            "resize_pane",
            {"pane": "pa", "border": "left", "cells": 5},
        ),
        ("resize-pane -x 50%", "resize_pane", {"pane": "pa", "columns": 20}),
        ("resize-pane -y 3", "resize_pane", {"pane": "pa", "lines": 3}),
        ("rename-pane build", "rename_pane", {"pane": "pa", "name": "build"}),
        (
            "new-window -n logs tail -f x",
            "new_window",
            {
                "session": "s-ann",
                "name": "logs",
                "command": ["tail", "-f", "x"],
                "columns": 80,
                "lines": 23,
            },
        ),
        ("kill-window", "close_window", WA),
        ("kill-window -a", "close_window", {"session": "s-ann", "window": "wc"}),
        ("rename-window 'two words'", "rename_window", {**WA, "name": "two words"}),
        ("move-window -t :7", "move_window", {**WA, "number": 7}),
        ("move-window", "move_window", WA),
        ("swap-window -t :1", "swap_windows", {**WA, "other": "wc"}),
        ("rotate-window", "rotate_window", WA),
        ("rotate-window -D", "rotate_window", {**WA, "back": True}),
        ("next-layout", "arrange_window", {**WA, "preset": "next"}),
        ("previous-layout", "arrange_window", {**WA, "preset": "previous"}),
        ("select-layout tiled", "arrange_window", {**WA, "preset": "tiled"}),
        ("select-layout -E", "arrange_window", {**WA, "preset": "even-horizontal"}),
        (
            "new-session -s cara",
            "create_session",
            {"name": "cara", "cwd": "/work of/ann", "columns": 80, "lines": 23},
        ),
        ("kill-session", "kill_session", {"session": "s-ann"}),
        ("kill-session -a", "kill_session", {"session": "s-bob"}),
        ("rename-session eve", "rename_session", {"session": "s-ann", "name": "eve"}),
        ("take-control", "take_control", {"pane": "pa", "take_over": True}),
        (
            "take-control -x -t pd",
            "take_control",
            {"pane": "pd", "take_over": True, "exclusive": True},
        ),
        (
            "release-control -y",
            "release_control",
            {"pane": "pa", "discard_draft": True},
        ),
        ("refresh-client", "resize_window", {**WA, "columns": 80, "lines": 23}),
    ],
)
def test_a_command_asks_for_what_its_tmux_counterpart_does(
    line: str, name: str, args: dict[str, Any]
) -> None:
    """And the daemon's own table of operations takes it."""
    assert asked(line) == [(name, args)]
    jsonschema.validate(asked(line)[0][1], OPERATIONS[name].takes)


@pytest.mark.parametrize(
    ("line", "pane_id"),
    [
        ("select-pane -R", "pb"),
        ("select-pane -t :.+", "pb"),
        ("select-pane -t 1 ; last-pane", "pa"),
        ("select-window -t :1", "pc"),
        ("next-window", "pc"),
        ("previous-window", "pc"),
        ("next-window ; last-window", "pa"),
        ("select-window -n", "pc"),
        ("switch-client -n", "pd"),
        ("switch-client -t bob", "pd"),
        ("switch-client -t ann:1", "pc"),
        ("switch-client -n ; switch-client -l", "pa"),
        ("switch-client -p ; switch-client -p", "pa"),
    ],
)
def test_going_elsewhere_asks_nobody(line: str, pane_id: str) -> None:
    """Where a client is, is its own."""
    state = client()
    assert asked(line, state) == []
    assert state.pane_id == pane_id


def test_a_pane_that_a_zoomed_one_hides_is_asked_for() -> None:
    """With its focus the daemon shows all panes again, and then the client goes there."""
    state = client()
    window: Any = state.model.layouts["s-ann"]["windows"][0]
    window |= {"zoomed": "pa", "tiles": window["panes"], "panes": window["panes"][:1]}
    assert asked("select-pane -t :.+", state) == [("focus_pane", {"pane": "pb"})]
    assert state.wish == "pb"


def test_the_next_pane_in_need_is_gone_to_with_the_reason() -> None:
    """Round all of them, whatever session they are in."""
    state = client()
    assert list(execute(state, "next-attention")) == [Notice("nobody needs you")]
    for name, pane_id in (("ann", "pc"), ("bob", "pd")):
        state.model.states[f"s-{name}"]["attention"] = [
            {"reason": "blocked", "text": f"{name} asks", "pane_id": pane_id}
        ]
    assert list(execute(state, "next-attention")) == [Notice("ann asks")]
    assert state.pane_id == "pc"
    assert list(execute(state, "next-attention")) == [Notice("bob asks")]
    assert state.pane_id == "pd"
    assert list(execute(state, "next-attention")) == [Notice("ann asks")]


def test_windows_in_need_are_gone_through_with_a() -> None:
    """`M-n` and `M-p`, as for tmux's alerts."""
    state = client()
    with pytest.raises(Refused, match="no other window"):
        list(execute(state, "next-window -a"))
    state.model.states["s-ann"]["attention"] = [
        {"reason": "blocked", "text": "?", "pane_id": "pc"}
    ]
    assert asked("next-window -a", state) == []
    assert state.pane_id == "pc"


def test_keys_and_text_are_sent_as_in_tmux() -> None:
    """A word that names a key is that key, unless it is said to be text."""
    state = client()
    actions = list(execute(state, "send-keys 'git status' Enter C-c x"))
    assert actions == [
        Type(pane_id="pa", text="git status"),
        Type(pane_id="pa", keys=("Enter",)),
        Type(pane_id="pa", keys=("C-c",)),
        Type(pane_id="pa", text="x"),
    ]
    assert list(execute(state, "send-keys -l Enter")) == [
        Type(pane_id="pa", text="Enter")
    ]


def test_what_was_copied_is_pasted() -> None:
    """The newest, or another one by its number."""
    state = client()
    with pytest.raises(Refused, match="nothing was copied"):
        list(execute(state, "paste-buffer"))
    state.keep_buffer("old")
    state.keep_buffer("new")
    (typed,) = execute(state, "paste-buffer")
    assert typed == Type(pane_id="pa", text="new", paste=True)
    (typed,) = execute(state, "paste-buffer -b 1 -d")
    assert typed == Type(pane_id="pa", text="old", paste=True)
    assert state.buffers == ["new"]


def test_a_key_can_be_bound_and_unbound() -> None:
    """Until the client ends; with a command of several words, or a line."""
    state = client()
    list(execute(state, "bind-key -r ^x kill-pane -a ; bind -n F2 'next ; next'"))
    assert state.bindings.command("prefix", "C-x") == "kill-pane -a"
    assert state.bindings.repeats("C-x")
    assert state.bindings.command("root", "F2") == "next ; next"
    list(execute(state, "unbind-key %"))
    assert state.bindings.command("prefix", "%") is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("detach-client", Detach),
        ("suspend-client", Suspend),
        ("refresh-client", Redraw),
        ("display-panes", Open),
        ("clock-mode", Open),
        ("display-message", Notice),
    ],
)
def test_what_is_about_the_client_itself_is_an_action(line: str, kind: type) -> None:
    """The main loop carries it out."""
    assert isinstance(next(execute(client(), line)), kind)


def test_a_message_says_where_one_is() -> None:
    """By tmux's short names, and by long ones."""
    (said,) = execute(client(), "display-message '#S #I:#W.#P #{pane_id} ## #{none}'")
    assert said == Notice("ann 0:win0.0 pa # #{none}")


def test_a_short_name_and_a_beginning_mean_the_same() -> None:
    """As long as only one command begins so."""
    assert find_command("splitw") is find_command("split-window")
    assert find_command("break") is find_command("break-pane")
    with pytest.raises(Refused, match="may be several"):
        find_command("select-")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("kill-server", "stop ends the daemon"),
        ("lsw", "prefix w shows all"),
        ("capture-pane", "read prints"),
        ("set", "config.toml"),
        ("source-file", "config.toml"),
        ("split-windw", "is it split-window "),
        ("frobnicate", "list-commands shows all"),
    ],
)
def test_who_types_what_there_is_not_is_told_what_there_is(
    name: str, hint: str
) -> None:
    """Most often it is a command of tmux, or one that is mistyped."""
    with pytest.raises(Refused, match="there is no command") as refused:
        find_command(name)
    assert hint in str(refused.value.hint)


def test_what_attach_has_is_not_said_to_be_elsewhere() -> None:
    """A command that is added later counts."""
    known = {one.name for one in COMMANDS} | {one.alias for one in COMMANDS}
    assert not known & INSTEAD.keys()


def test_who_leaves_is_told_which_session_goes_on() -> None:
    """As tmux says it."""
    assert list(execute(client(), "detach")) == [Detach("detached (from session ann)")]
    nowhere = State(model_of(), Settings())
    assert list(execute(nowhere, "detach")) == [Detach("detached")]


def test_with_nothing_copied_one_is_told_how_to_copy() -> None:
    """And not how the command is used that had nothing to do."""
    for line in ("paste-buffer", "choose-buffer", "list-buffers"):
        with pytest.raises(Refused) as refused:
            list(execute(client(), line))
        assert "prefix [" in str(refused.value.hint)


def test_a_refusal_says_how_the_command_is_used() -> None:
    """Who mistypes sees what there is."""
    with pytest.raises(Refused) as refused:
        list(execute(client(), "select-pane -y"))
    assert refused.value.hint == "usage: select-pane [-DLRUl] [-t pane]"


@given(st.sampled_from([command.name for command in COMMANDS]), st.data())
def test_no_command_fails_but_by_refusing(name: str, data: st.DataObject) -> None:
    """Whatever it is given, and wherever the client is."""
    letters = find_command(name).options.replace(":", "")
    flags = st.sampled_from([*letters, "q"]).map(lambda letter: f"-{letter}")
    values = st.sampled_from(["1", "-1", "x y", ":1", "ann:0.1", "%pa", "C-x", "", "!"])
    words = data.draw(st.lists(flags | values, max_size=4))
    model = model_of(("ann", [["a", "b"]])) if data.draw(st.booleans()) else model_of()
    state = State(model, Settings())
    quoted = " ".join(f"'{word}'" for word in words)
    try:
        for action in execute(state, f"{name} {quoted}"):
            if isinstance(action, Request) and action.name in OPERATIONS:
                said = {k: v for k, v in action.args.items() if v is not None}
                assert said.keys() <= OPERATIONS[action.name].takes["properties"].keys()
    except Refused:
        pass
