"""Prompts for commands: for a whole line, or for what a command lacks. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from fugue_actors.tui import completion
from fugue_actors.tui.commands import COMMANDS
from fugue_actors.tui.commands.arguments import join_words, split_commands
from fugue_actors.tui.editing import Editor
from fugue_actors.tui.modes import Open, Run
from fugue_actors.tui.prompt import Prompt
from fugue_actors.tui.verbs import Seen

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State

PLACEHOLDER: Final = re.compile(r"%(%|[1-9])")
"""Stands for an answer: `%%` and `%1` for the first, `%2` for the second."""


def for_line(state: State, label: str, first: str = "") -> Prompt:
    """A prompt for any command."""
    return Prompt(
        label=label,
        editor=Editor.of(first, style=state.settings.status_keys),
        entered=lambda text: (Run(text),),
        kind="command",
        history=state.history,
        complete=lambda before: completion.complete(
            before, vocabulary(state), state.model, seen(state)
        ),
    )


def vocabulary(state: State) -> completion.Vocabulary:
    """What there is to say."""
    return completion.Vocabulary(commands=own_commands(), verbs=state.verbs.known)


@cache
def own_commands() -> dict[str, completion.Command]:
    """The commands of the table, as completion knows them."""
    return {
        one.name: completion.Command(name=one.name, about=one.says, options=one.options)
        for one in COMMANDS
    }


def seen(state: State) -> Seen:
    """What the client looks at, for verbs that were not told about what."""
    session, window = state.session, state.window
    if session is None:
        return Seen()
    name = session["session_name"]
    number = None if window is None else f"{name}:{window['number']}"
    return Seen(session=name, window=number, pane_id=state.pane_id)


def for_command(
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
            return (Open(for_command(state, later, template, answers=known)),)
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
