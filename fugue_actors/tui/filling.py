"""What becomes of a line at the `:` prompt before a verb is run as a program. PURE.

A person leaves out what is in view and writes without quotation marks; what wants the
terminal for itself is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from fugue_actors.errors import Refused
from fugue_actors.tui.commands.arguments import split_commands
from fugue_actors.tui.verbs import Seen, Verb, read, takes_text
from fugue_actors.tui.words import next_word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fugue_actors.tui.verbs import Argument, Given, Kind

NOT_HERE: Final = {
    "attach": "you are attached already; `switch-client -t NAME` shows another session",
    "demo": "it has a daemon and a terminal of its own; run it in a shell",
    "mcp": "it is for agents, which talk to it over their own pipes",
    "replay": "it plays on the whole terminal; run it in a pane: `new-window fugue replay`",
}
"""Verbs that want the terminal or a pipe, which they cannot have here."""
ENDLESS: Final = {
    (
        "events",
        "--follow",
    ): "it never ends; run it in a pane: `new-window fugue events --follow`",
    ("serve", "--foreground"): "it never ends; run it in a pane or a shell",
}


def arguments_of(verb: Verb, line: str, seen: Seen) -> list[str]:
    """What a verb is run with.

    Args:
        verb: The verb, or a group of them.
        line: What was typed behind it.
        seen: What the client looks at.

    Raises:
        Refused: A quotation mark has no partner, or nothing in view could be meant.
    """
    words, member = words_of(verb, line), verb
    names: list[str] = []
    while member.members and words:
        inner = next((one for one in member.members if one.name == words[0]), None)
        if inner is None:
            break
        member, names, words = inner, [*names, words[0]], words[1:]
    return [*names, *completed(member, words, seen)]


def words_of(verb: Verb, line: str) -> list[str]:
    """The words that follow a verb in a line.

    A text that comes last is taken as it stands, with apostrophes, `;` and all, up to an
    option that the verb has; only if it begins with a quotation mark it is read as words.

    Args:
        verb: The verb.
        line: What was typed behind it.

    Raises:
        Refused: `InvalidArgument`: a quotation mark has no partner.
    """
    if not takes_text(verb):
        return [word for words in split_commands(line) for word in words]
    words: list[str] = []
    index = 0
    while (found := next_word(line, index)) is not None:
        word, start, index = found
        given = read(verb, words)
        is_option = word.startswith("-") and given.dashes is None
        is_last = len(given.places) == len(verb.arguments) - 1
        if given.waiting is None and is_last and not is_option:
            if line[start] in "\"'":
                return [
                    *words,
                    *(one for each in split_commands(line[start:]) for one in each),
                ]
            return [*words, *text_and_options(verb, line[start:], given)]
        words.append(word)
    return words


def text_and_options(verb: Verb, rest: str, given: Given) -> list[str]:
    """A text as it stands, and the options behind it."""
    for found in re.finditer(r"(?<=\s)-\S*", rest):
        name = found[0].partition("=")[0]
        if given.dashes is None and verb.option(name) is not None:
            return [rest[: found.start()].rstrip(), *rest[found.start() :].split()]
    return [rest.rstrip()]


def completed(verb: Verb, words: Sequence[str], seen: Seen) -> list[str]:
    """The words that follow a verb, with what a person at a prompt leaves out.

    A place or session that is not named is the one in view, if nothing is ended by that;
    words beyond the last argument belong to it if it is a text.

    Raises:
        Refused: Nothing is in view that could be meant.
    """
    found = list(words)
    if "--help" in found or "-h" in found:
        return found
    given = read(verb, found)
    places = given.places
    if given.dashes is not None and takes_program(verb):
        places = [place for place in places if place < given.dashes]
    first = verb.arguments[0] if verb.arguments else None
    if first is not None and is_left_out(verb, first, len(places)):
        found.insert(0, in_view(first.kind, seen))
        places = read(verb, found).places
    last = verb.arguments[-1] if verb.arguments else None
    if last is not None and last.kind == "text" and not last.is_many:
        start = len(verb.arguments) - 1
        if len(places) > start + 1:
            text = " ".join(found[index] for index in places[start:])
            for index in reversed(places[start + 1 :]):
                del found[index]
            found[places[start]] = text
    return found


def is_left_out(verb: Verb, first: Argument, count: int) -> bool:
    """Whether the first argument is missing and what is in view can take its place.

    Args:
        verb: The verb.
        first: Its first argument.
        count: How many words were given as arguments.
    """
    if first.is_many or first.kind not in ("place", "window", "session"):
        return False
    if not first.is_required:
        return first.kind == "place" and count == 0
    return count < sum(one.is_required for one in verb.arguments)


def takes_program(verb: Verb) -> bool:
    """Whether what follows a `--` is a command line of its own."""
    return any(one.kind == "program" for one in verb.arguments)


def in_view(kind: Kind, seen: Seen) -> str:
    """What is meant if nothing is named."""
    meant = {"session": seen.session, "window": seen.window or seen.session}
    found = meant.get(kind, seen.pane_id or seen.session)
    if found is None:
        raise Refused("InvalidArgument", "no session is in view that this could mean")
    return found


def check(words: Sequence[str]) -> None:
    """See that a verb can be run from the prompt.

    Args:
        words: The verb and what follows it.

    Raises:
        Refused: `InvalidArgument`, with the reason why it cannot.
    """
    verb, *rest = words
    options = rest[: rest.index("--")] if "--" in rest else rest
    reason = NOT_HERE.get(verb)
    for (name, option), why in ENDLESS.items():
        if verb == name and option in options:
            reason = why
    if reason is not None:
        raise Refused("InvalidArgument", f"{verb} cannot be run here: {reason}")
    if "-" in options:
        raise Refused(
            "InvalidArgument", "a `-` reads what is piped in: nothing is here"
        )
