"""What could stand at the cursor of a command line, and what it would mean. PURE.

Commands come from the table of commands, verbs and options from the command line, and
names, tags, targets and ids from what is the case. What fits at the beginning of a word
comes before what fits elsewhere in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.tui import candidates, verbs
from fugue_actors.tui.candidates import Candidate
from fugue_actors.tui.verbs import Seen, Verb
from fugue_actors.tui.words import unfinished, written

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.client.model import Model

MOST: Final = 200
"""Candidates that are offered at most."""


@attrs.frozen(kw_only=True)
class Command:
    """A command of the table of commands.

    Attributes:
        name: Its full name.
        about: What it does.
        options: Its flags; behind one that takes a value stands a colon.
    """

    name: str
    about: str = ""
    options: str = ""

    def takes_value(self, flag: str) -> bool:
        """Whether a word such as `-t` wants another one behind it."""
        return len(flag) == 2 and flag[0] == "-" and f"{flag[1]}:" in self.options


@attrs.frozen(kw_only=True)
class Vocabulary:
    """What there is to say.

    Attributes:
        commands: By name.
        verbs: By name; none while they are not loaded.
    """

    commands: Mapping[str, Command] = attrs.Factory(dict)
    verbs: Mapping[str, Verb] = attrs.Factory(dict)


@attrs.frozen(kw_only=True)
class Completion:
    """What could stand in the place of the word at the cursor.

    Attributes:
        start: Where that word begins, in code points.
        candidates: The best first.
        mark: The quotation mark in which the cursor stands, if it does.
    """

    start: int
    candidates: tuple[Candidate, ...] = ()
    mark: str = ""

    def line(self, before: str, candidate: Candidate) -> str:
        """What stands before the cursor once one of them was taken."""
        word = written(candidate.text, mark=self.mark)
        if candidate.is_open and word.endswith(("'", '"')):
            word = word[:-1]  # it goes on
        return before[: self.start] + word + ("" if candidate.is_open else " ")


def complete(
    before: str, vocabulary: Vocabulary, model: Model, seen: Seen | None = None
) -> Completion:
    """What could stand at the cursor.

    Args:
        before: What stands before the cursor.
        vocabulary: What there is to say.
        model: What is the case.
        seen: What the client looks at.
    """
    line = unfinished(before)
    if not line.words:
        found = first_words(vocabulary)
    else:
        found = next_words(line.words, line.last, vocabulary, model, seen or Seen())
    chosen = tuple(islice(fitting(found, line.last), MOST))
    if [one.text for one in chosen] == [line.last] and not chosen[0].is_open:
        chosen = ()
    return Completion(start=line.start, candidates=chosen, mark=line.mark)


def fitting(found: Iterable[Candidate], word: str) -> list[Candidate]:
    """Those that begin with a word, then those that have it elsewhere."""
    wanted = word.casefold()
    first: list[Candidate] = []
    second: list[Candidate] = []
    for one in found:
        text = one.text.casefold()
        if text.startswith(wanted):
            first.append(one)
        elif len(wanted) > 1 and wanted in text:
            second.append(one)
    return first + second


def first_words(vocabulary: Vocabulary) -> list[Candidate]:
    """Commands and verbs, by name."""
    known = {
        **{name: one.about for name, one in vocabulary.verbs.items()},
        **{name: one.about for name, one in vocabulary.commands.items()},
    }
    return [Candidate(text=name, about=known[name]) for name in sorted(known)]


def next_words(
    words: Sequence[str], last: str, vocabulary: Vocabulary, model: Model, seen: Seen
) -> list[Candidate]:
    """What could follow the words of a command."""
    name, *rest = words
    if (command := vocabulary.commands.get(name)) is not None:
        return after_command(command, rest, last, model)
    verb = vocabulary.verbs.get(name)
    while verb is not None and verb.members:
        if not rest:
            return [Candidate(text=one.name, about=one.about) for one in verb.members]
        verb = next((one for one in verb.members if one.name == rest[0]), None)
        rest = rest[1:]
    return [] if verb is None else after_verb(verb, rest, last, model, seen)


def after_command(
    command: Command, rest: Sequence[str], last: str, model: Model
) -> list[Candidate]:
    """Flags of a command, or what the one before stands for."""
    if rest and command.takes_value(rest[-1]):
        return candidates.tmux_targets(model) if rest[-1] in ("-t", "-s") else []
    if last.startswith("-"):
        flags = command.options.replace(":", "")
        return [Candidate(text=f"-{flag}") for flag in flags]
    return []


def after_verb(
    verb: Verb, rest: Sequence[str], last: str, model: Model, seen: Seen
) -> list[Candidate]:
    """Options of a verb, their values, and its arguments."""
    given = verbs.read(verb, rest)
    if given.waiting is not None:
        return valued(given.waiting, model)
    name, equals, _ = last.partition("=")
    if equals and (option := verb.option(name)) is not None:
        return [
            attrs.evolve(one, text=f"{name}={one.text}")
            for one in valued(option, model)
        ]
    argument = verbs.argument_at(verb, len(given.places))
    is_change = argument is not None and argument.kind == "change"
    is_option = last.startswith("--" if is_change else "-")
    is_text = bool(verb.arguments) and verb.arguments[-1].kind == "text"
    if given.dashes is None and (is_option or (argument is None and not is_text)):
        return options_of(verb, rest)
    if argument is None or argument.kind == "text":
        return []
    if argument.kind == "change":
        about = rest[given.places[0]] if given.places else seen.session or ""
        return candidates.changes(model, about)
    if argument.choices:
        return [Candidate(text=choice) for choice in argument.choices]
    found = candidates.of_kind(argument.kind, model, seen)
    return found if found or argument.is_required else options_of(verb, rest)


def options_of(verb: Verb, rest: Sequence[str]) -> list[Candidate]:
    """The options of a verb that were not given yet."""
    given = {word.partition("=")[0] for word in rest}
    return [
        Candidate(text=option.names[-1], about=option.about)
        for option in verb.options
        if not given & set(option.names)
    ]


def valued(option: verbs.Option, model: Model) -> list[Candidate]:
    """What the value of an option could be."""
    if option.choices:
        return [Candidate(text=choice) for choice in option.choices]
    return candidates.of_kind(option.kind or "other", model, Seen())
