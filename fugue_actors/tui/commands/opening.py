"""Commands that open a prompt, a question or a list. Pure.

What they open is loaded when it is opened: a client starts without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui.commands.arguments import join_words
from fugue_actors.tui.commands.command import Command
from fugue_actors.tui.commands.copying import nothing_copied
from fugue_actors.tui.formats import expand
from fugue_actors.tui.modes import ONLY_LOOKS, Learn, Notice, Open, Run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fugue_actors.tui.commands.arguments import Arguments
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State


def command_prompt(state: State, given: Arguments) -> Iterable[Action]:
    """Ask for a line, or for what a command lacks."""
    from fugue_actors.tui import asking

    template = join_words(given.words) if len(given.words) > 1 else "".join(given.words)
    labels = [one.strip() for one in (given.get("p") or "").split(",")]
    first = expand(given.get("I") or "", state)
    if template:
        yield Open(asking.for_command(state, labels, template, first))
        return
    yield Learn()
    yield Open(asking.for_line(state, labels[0] or ":", first))


def confirm_before(state: State, given: Arguments) -> Iterable[Action]:
    """Ask before something is done."""
    from fugue_actors.tui.prompt import Confirm

    text = join_words(given.words) if len(given.words) > 1 else given.words[0]
    if state.settings.is_read_only:  # nothing can be lost; what changes is refused now
        yield Run(text)
        return
    question = given.get("p") or f"{text}? (y/n)"
    yield Open(Confirm(question=expand(question, state), agreed=(Run(text),)))


def choose_tree(state: State, given: Arguments) -> Iterable[Action]:
    """Show the tree."""
    from fugue_actors.tui.choosing import Chooser

    yield Open(Chooser.begun(state, is_deep="s" not in given))


def choose_buffer(state: State, given: Arguments) -> Iterable[Action]:
    """Show what was copied."""
    from fugue_actors.tui.buffers import Buffers

    if not state.buffers:
        raise nothing_copied()
    yield Open(Buffers.begun(state))


def list_keys(state: State, given: Arguments) -> Iterable[Action]:
    """Show what keys do."""
    from fugue_actors.tui.help import Help

    shown = Help.begun(state)
    shown.filter.fill(" ".join(given.words))
    yield Open(shown)


def list_commands(state: State, given: Arguments) -> Iterable[Action]:
    """Show what there is to type."""
    from fugue_actors.tui import help as keys

    yield Open(keys.commands(state))


def show_messages(state: State, given: Arguments) -> Iterable[Action]:
    """Show what the status line has said."""
    from fugue_actors.tui.pager import Pager

    if not state.said:
        yield Notice("nothing was said yet")
        return
    yield Open(Pager.of_text("what was said", "\n".join(reversed(state.said))))


def show_letters(state: State, given: Arguments) -> Iterable[Action]:
    """Show what sessions said to each other."""
    from fugue_actors.tui.letters import Letters

    yield Open(Letters.begun(state))


def write_letter(state: State, given: Arguments) -> Iterable[Action]:
    """Write to others."""
    from fugue_actors.tui.composing import Compose

    if state.settings.is_read_only:
        yield ONLY_LOOKS
        return
    to = given.words[0] if given.words else ""
    yield Open(Compose.begun(state, to=to, text=" ".join(given.words[1:])))


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
