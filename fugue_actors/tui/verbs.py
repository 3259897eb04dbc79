"""The verbs of the command line, as the `:` prompt knows them. PURE.

What verbs there are is said by whoever has them (`cli.catalogue`): this is the form, and
how the words of a line are told apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence

Kind = Literal[
    "place",
    "window",
    "session",
    "target",
    "tag",
    "change",
    "message",
    "choice",
    "text",
    "program",
    "directory",
    "file",
    "other",
]
"""What a word stands for: `place` a session or pane, `window` one of a session, `change` a
tag to add or take away, `text` the rest of the line, `program` a command line."""


Looks = Literal["always", "bare", "never"]
"""Whether a verb changes nothing: whatever its options, only without any, or not at all."""


@attrs.frozen(kw_only=True)
class Argument:
    """A word that a verb takes by its position.

    Attributes:
        name: As its usage shows it.
        kind: What it stands for.
        is_required: Whether the verb refuses to run without it.
        is_many: Whether it may come any number of times.
        choices: The values that there are, if it is one of several.
    """

    name: str
    kind: Kind
    is_required: bool = True
    is_many: bool = False
    choices: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Option:
    """An option of a verb.

    Attributes:
        names: As it may be written.
        about: What it does.
        kind: What its value stands for; None for a flag, which has none.
        choices: The values that there are, if it is one of several.
    """

    names: tuple[str, ...]
    about: str = ""
    kind: Kind | None = None
    choices: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Verb:
    """A verb, or a group of such.

    Attributes:
        name: Its name.
        about: What it does, in one line.
        arguments: What it takes by position.
        options: What else it takes.
        members: The verbs of a group.
        looks: Whether it changes nothing.
    """

    name: str
    about: str = ""
    arguments: tuple[Argument, ...] = ()
    options: tuple[Option, ...] = ()
    members: tuple[Verb, ...] = ()
    looks: Looks = "never"

    def option(self, name: str) -> Option | None:
        """The option that is written so."""
        found = (one for one in self.options if name in one.names)
        return next(found, None)


@attrs.frozen(kw_only=True)
class Seen:
    """What the client looks at, for verbs that were not told about what.

    Attributes:
        session: Name of the session; None if there is none.
        window: The window, as `SESSION:NUMBER`.
        pane_id: The pane.
    """

    session: str | None = None
    window: str | None = None
    pane_id: str | None = None


@attrs.define
class Given:
    """What of a line stands where, as far as it was read.

    Attributes:
        places: Indexes of the words that are arguments, before a `--`.
        waiting: The option whose value comes next.
        dashes: Index of the `--` from which on nothing is an option.
    """

    places: list[int] = attrs.Factory(list)
    waiting: Option | None = None
    dashes: int | None = None


def read(verb: Verb, words: Sequence[str]) -> Given:
    """Sort the words after a verb into options, their values, and arguments."""
    given = Given()
    for index, word in enumerate(words):
        if given.dashes is not None:
            given.places.append(index)
        elif given.waiting is not None:
            given.waiting = None
        elif word == "--":
            given.dashes = index
        elif word.startswith("-") and len(word) > 1 and not is_change(verb, given):
            name, equals, _ = word.partition("=")
            option = verb.option(name)
            if option is not None and option.kind is not None and not equals:
                given.waiting = option
        else:
            given.places.append(index)
    return given


def is_change(verb: Verb, given: Given) -> bool:
    """Whether the next word is a change of tags, which may begin with a dash."""
    argument = argument_at(verb, len(given.places))
    return argument is not None and argument.kind == "change"


def argument_at(verb: Verb, number: int) -> Argument | None:
    """The argument that a word with this number, counted from 0, is."""
    if number < len(verb.arguments):
        return verb.arguments[number]
    last = verb.arguments[-1] if verb.arguments else None
    return last if last is not None and last.is_many else None


def only_looks(verb: Verb, words: Sequence[str]) -> bool:
    """Whether a verb with these words behind it changes nothing."""
    if verb.looks == "bare":
        return not any(word.startswith("-") for word in words)
    return verb.looks == "always"


def takes_text(verb: Verb) -> bool:
    """Whether the last thing that a verb takes is a text."""
    return bool(verb.arguments) and verb.arguments[-1].kind == "text"
