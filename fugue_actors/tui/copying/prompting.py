"""What is typed at the prompts of copy mode, and the search that follows it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.tui.copying.prompt import LEAVING, Prompt
from fugue_actors.tui.copying.todo import Todo
from fugue_actors.tui.modes import Notice, Remember

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.tui.copying.mode import CopyMode
    from fugue_actors.tui.events import Key
    from fugue_actors.tui.modes import Action


class Prompting:
    """The prompts of one copy mode."""

    def __init__(self, mode: CopyMode) -> None:
        self.mode = mode

    def type(self, prompt: Prompt, event: Key) -> Iterator[Action]:
        """A key at a prompt."""
        mode = self.mode
        name = event.name
        if name in LEAVING:
            yield from self.give_up(prompt)
        elif prompt.asked.is_character:
            mode.prompt = None
            if event.text:
                yield from mode.do(Todo(prompt.command, (event.text,), prompt.count))
        elif name == "Enter":
            yield from self.enter(prompt)
        elif name in ("C-s", "C-r") and prompt.asked.is_live:
            is_forward = "forward" in prompt.command
            is_same = is_forward == (name == "C-s")
            if prompt.editor.text:
                yield from mode.do(
                    Todo("search-again" if is_same else "search-reverse")
                )
        elif name == "M-r" and prompt.asked.is_live:
            prompt.toggle_plain()
            yield from self.search_live()
        elif (name in ("Up", "Down") and prompt.recall(1 if name == "Up" else -1)) or (
            prompt.editor.key(name)
        ):
            yield from self.search_live()
        elif name == "Backspace":
            yield from self.give_up(prompt)

    def give_up(self, prompt: Prompt) -> Iterator[Action]:
        """Ask no more, and be where one was."""
        mode = self.mode
        mode.prompt = None
        mode.todo.clear()
        if mode.machine is not None and prompt.asked.is_live:
            mode.machine.state = prompt.before
            mode.machine.search = prompt.search
        yield from mode.go_on()

    def enter(self, prompt: Prompt) -> Iterator[Action]:
        """What was asked for has been typed."""
        mode = self.mode
        text, mode.prompt = prompt.editor.text, None
        if not prompt.asked.is_live:
            if text:
                yield from mode.do(Todo(prompt.command, (text,), prompt.count))
            return
        if not text:
            yield from self.search_again(prompt)
            return
        yield Remember(kind="search", text=text)
        if mode.machine is not None and not mode.todo:
            # It stands where the search has led already, or was led on from there.
            for outcome in mode.tally.verdict(mode.machine):
                yield Notice(outcome)

    def search_again(self, prompt: Prompt) -> Iterator[Action]:
        """Nothing was typed: search for the same as before, in this direction."""
        mode = self.mode
        last = prompt.search
        if last is not None:
            suffix = "-text" if last.is_plain else ""
            name = prompt.command.removesuffix("-text") + suffix
            yield from mode.do(Todo(name, (last.pattern,), prompt.count))

    def search_live(self) -> Iterator[Action]:
        """Search for what is typed so far, from where one was."""
        mode = self.mode
        prompt, machine = mode.prompt, mode.machine
        if prompt is None or machine is None or not prompt.asked.is_live:
            return
        mode.todo.clear()
        mode.is_hopeless = False
        machine.state, machine.search = prompt.before, None
        if prompt.editor.text:
            yield from mode.do(
                Todo(prompt.command, (prompt.editor.text,), prompt.count)
            )
