"""Commands that type, and those about who may. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.terminal import keys
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.commands.copying import nothing_copied
from fugue_actors.tui.modes import Copy, Notice, Request, Type
from fugue_actors.tui.targets import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State


def send_prefix(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    yield Type(pane_id=target.pane_id, keys=(state.settings.prefix,))


def send_keys(state: State, given: Arguments) -> Iterable[Action]:
    if "X" in given:
        if state.mode is None:
            raise Refused("InvalidArgument", "nothing has the keys that takes this")
        name, *rest = given.words or ("",)
        yield from state.mode.command(name, rest)
        return
    pane_id = find(state, given.get("t")).pane_id
    for word in given.words:
        if "l" not in given and is_key(word):
            yield Type(pane_id=pane_id, keys=(word,))
        else:
            yield Type(pane_id=pane_id, text=word)


def is_key(word: str) -> bool:
    """Whether a word names a key, and is not itself what is to be typed."""
    if len(word) == 1:
        return False
    try:
        keys.parse(word)
    except Refused:
        return False
    return True


def paste_buffer(state: State, given: Arguments) -> Iterable[Action]:
    number = given.number("b", 0)
    if number >= len(state.buffers):
        raise nothing_copied()
    target = find(state, given.get("t"))
    yield Type(pane_id=target.pane_id, text=state.buffers[number], paste=True)
    if "d" in given:
        del state.buffers[number]


def set_buffer(state: State, given: Arguments) -> Iterable[Action]:
    yield Copy(given.words[0])


def delete_buffer(state: State, given: Arguments) -> Iterable[Action]:
    number = given.number("b", 0)
    if number < len(state.buffers):
        del state.buffers[number]
    yield Notice(f"{len(state.buffers)} left")


def take_control(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    yield Request(
        name="take_control",
        args={
            "pane": target.pane_id,
            "take_over": True,
            "exclusive": True if "x" in given else None,
        },
    )


def release_control(state: State, given: Arguments) -> Iterable[Action]:
    target = find(state, given.get("t"))
    yield Request(
        name="release_control",
        args={
            "pane": target.pane_id,
            "discard_draft": True if "y" in given else None,
        },
    )


COMMANDS: Final = (
    Command(
        name="send-prefix",
        options="t:",
        usage="[-t pane]",
        says="Type the prefix key itself.",
        completes="pane",
        run=send_prefix,
    ),
    Command(
        name="send-keys",
        alias="send-key",
        options="lXt:",
        usage="[-lX] [-t pane] key ...",
        most=None,
        says="Type keys, or with -l text; with -X tell what has the keys what to do.",
        completes="key",
        run=send_keys,
    ),
    Command(
        name="paste-buffer",
        alias="pasteb",
        options="db:t:",
        usage="[-d] [-b number] [-t pane]",
        says="Paste what was copied last.",
        completes="pane",
        run=paste_buffer,
    ),
    Command(
        name="set-buffer",
        alias="setb",
        usage="text",
        least=1,
        most=1,
        says="Copy a text.",
        run=set_buffer,
    ),
    Command(
        name="delete-buffer",
        alias="deleteb",
        options="b:",
        usage="[-b number]",
        says="Forget what was copied last.",
        run=delete_buffer,
    ),
    Command(
        name="take-control",
        options="xt:",
        usage="[-x] [-t pane]",
        says="Take the keyboard of a pane from whoever has it; with -x keep agents out.",
        completes="pane",
        run=take_control,
    ),
    Command(
        name="release-control",
        options="yt:",
        usage="[-y] [-t pane]",
        says="Let others type; with -y agents may even write over what is unfinished.",
        completes="pane",
        run=release_control,
    ),
)
