"""Commands that open a prompt, a question or a list. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.tui import (
    buffers,
    choosing,
    completion,
    help as keys,
    letter,
    letters,
    lists,
    pager,
)
from fugue_actors.tui.commands import copying
from fugue_actors.tui.commands.arguments import join_words, split_commands
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.composing import Compose
from fugue_actors.tui.copying import tables as copy_keys
from fugue_actors.tui.editing import Editor
from fugue_actors.tui.formats import expand
from fugue_actors.tui.modes import Learn, Notice, Open, Run
from fugue_actors.tui.prompt import Confirm, Prompt
from fugue_actors.tui.verbs import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State

PLACEHOLDER: Final = re.compile(r"%(%|[1-9])")
"""Stands for an answer: `%%` and `%1` for the first, `%2` for the second."""


def command_prompt(state: State, given: Arguments) -> Iterable[Action]:
    """Ask for a line, or for what a command lacks."""
    template = join_words(given.words) if len(given.words) > 1 else "".join(given.words)
    labels = [one.strip() for one in (given.get("p") or "").split(",")]
    first = expand(given.get("I") or "", state)
    if template:
        yield Open(asking(state, labels, template, first))
        return
    yield Learn()
    yield Open(
        Prompt(
            label=labels[0] or ":",
            editor=Editor.of(first, style=state.settings.status_keys),
            entered=lambda text: (Run(text),),
            kind="command",
            history=state.history,
            complete=lambda before: completion.complete(
                before, vocabulary(state), state.model, seen(state)
            ),
        )
    )


def vocabulary(state: State) -> completion.Vocabulary:
    """What there is to say."""
    return completion.Vocabulary(commands=own_commands(), verbs=state.verbs.known)


@cache
def own_commands() -> dict[str, completion.Command]:
    """The commands of the table, as completion knows them."""
    from fugue_actors.tui.commands import COMMANDS as ALL

    return {
        one.name: completion.Command(name=one.name, about=one.says, options=one.options)
        for one in ALL
    }


def seen(state: State) -> Seen:
    """What the client looks at, for verbs that were not told about what."""
    session = state.session
    return Seen(
        session=None if session is None else session["session_name"],
        pane_id=state.pane_id,
    )


def asking(
    state: State,
    labels: Sequence[str],
    template: str,
    first: str = "",
    answers: tuple[str, ...] = (),
) -> Prompt:
    """A prompt for what a command lacks; for several things one after the other."""
    label, *later = labels

    def entered(text: str) -> Iterable[Action]:
        known = (*answers, text)
        if later:
            return (Open(asking(state, later, template, answers=known)),)
        return (Run(filled(template, known)),)

    name = split_commands(template)[0][0] if template.strip() else ""
    return Prompt(
        label=f"({label or name}) ",
        editor=Editor.of(first, style=state.settings.status_keys),
        entered=entered,
    )


def filled(template: str, answers: Sequence[str]) -> str:
    """Commands with what a person answered in them: whatever it is, as a part of a word.

    Args:
        template: Commands, with places for answers.
        answers: What was answered.
    """

    def word(found: re.Match[str]) -> str:
        number = 0 if found[1] == "%" else int(found[1]) - 1
        return answers[number] if number < len(answers) else found[0]

    return " ; ".join(
        join_words([PLACEHOLDER.sub(word, one) for one in words])
        for words in split_commands(template)
    )


def confirm_before(state: State, given: Arguments) -> Iterable[Action]:
    """Ask before something is done."""
    text = join_words(given.words) if len(given.words) > 1 else given.words[0]
    question = given.get("p") or f"{text}? (y/n)"
    yield Open(Confirm(question=expand(question, state), agreed=(Run(text),)))


def choose_tree(state: State, given: Arguments) -> Iterable[Action]:
    """Show the tree."""
    yield Open(choosing.Chooser.begun(state, is_deep="s" not in given))


def choose_buffer(state: State, given: Arguments) -> Iterable[Action]:
    """Show what was copied."""
    if not state.buffers:
        raise Refused("InvalidArgument", "nothing was copied")
    yield Open(buffers.Buffers.begun(state))


def list_keys(state: State, given: Arguments) -> Iterable[Action]:
    """Show what keys do."""
    shown = keys.Help.begun(state, says, {**ABOUT, **copying.about()})
    shown.filter.fill(" ".join(given.words))
    yield Open(shown)


def says(name: str) -> str | None:
    """What a command does, in a line."""
    from fugue_actors.tui.commands import find_command

    try:
        return find_command(name).says
    except Refused:
        return None


def list_commands(state: State, given: Arguments) -> Iterable[Action]:
    """Show what there is to type."""
    from fugue_actors.tui.commands import COMMANDS as ALL

    lines = [f"{f'{one.name} {one.usage}':<60}  {one.says}" for one in ALL]
    verbs = [f"{name:<60}  {about}" for name, about in state.verbs.names.items()]
    text = "\n".join([*lines, "", "Verbs of the command line:", *verbs])
    yield Open(pager.Pager.of_text("commands", text))


def show_messages(state: State, given: Arguments) -> Iterable[Action]:
    """Show what the status line has said."""
    if not state.said:
        yield Notice("nothing was said yet")
        return
    yield Open(pager.Pager.of_text("what was said", "\n".join(reversed(state.said))))


def show_letters(state: State, given: Arguments) -> Iterable[Action]:
    """Show what sessions said to each other."""
    yield Open(letters.Letters.begun(state))


def write_letter(state: State, given: Arguments) -> Iterable[Action]:
    """Write to others."""
    to = given.words[0] if given.words else ""
    yield Open(Compose.begun(state, to=to, text=" ".join(given.words[1:])))


TABLES: Final[Mapping[str, Mapping[str, str]]] = {
    choosing.TABLE: choosing.KEYS,
    letters.TABLE: letters.KEYS,
    letter.TABLE: letter.KEYS,
    buffers.TABLE: buffers.KEYS,
    pager.TABLE: pager.KEYS,
    keys.TABLE: keys.KEYS,
    **copy_keys.TABLES,
}
"""The keys of these modes, by table."""

ABOUT: Final[Mapping[str, Mapping[str, str]]] = {
    choosing.TABLE: {**lists.ABOUT, **choosing.ABOUT},
    letters.TABLE: {**lists.ABOUT, **letters.ABOUT},
    letter.TABLE: {**lists.ABOUT, **letter.ABOUT},
    buffers.TABLE: {**lists.ABOUT, **buffers.ABOUT},
    pager.TABLE: {**lists.ABOUT, **pager.ABOUT},
    keys.TABLE: lists.ABOUT,
}
"""What the commands of these modes do, by table and name."""

COMMANDS: Final = (
    Command(
        name="command-prompt",
        options="I:p:",
        usage="[-I text] [-p label,...] [template]",
        most=None,
        says="Ask for a command, or for what one lacks.",
        completes="command",
        run=command_prompt,
    ),
    Command(
        name="confirm-before",
        alias="confirm",
        options="p:",
        usage="[-p question] command",
        least=1,
        most=None,
        says="Do something after a question.",
        completes="command",
        run=confirm_before,
    ),
    Command(
        name="choose-tree",
        options="sw",
        usage="[-sw]",
        says="Choose a session, or with -w a window, and go there.",
        run=choose_tree,
    ),
    Command(
        name="choose-buffer",
        says="Choose what was copied, and paste it.",
        run=choose_buffer,
    ),
    Command(
        name="list-keys",
        alias="lsk",
        usage="[text]",
        most=None,
        says="Show what keys do.",
        run=list_keys,
    ),
    Command(
        name="list-commands",
        alias="lscm",
        says="Show what can be typed at the prompt.",
        run=list_commands,
    ),
    Command(
        name="show-messages",
        alias="showmsgs",
        says="Show what the status line has said.",
        run=show_messages,
    ),
    Command(
        name="show-letters",
        says="Show what sessions said to each other.",
        run=show_letters,
    ),
    Command(
        name="write-letter",
        usage="[target [text]]",
        most=None,
        says="Write a message to other sessions.",
        completes="session",
        run=write_letter,
    ),
)
