"""The page of attach's keys and commands, made of its tables; see `generate.py`."""
# ruff: noqa: INP001 - beside a script, not in a package

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fugue_actors.tui import tables
from fugue_actors.tui.bindings import PREFIX_KEYS
from fugue_actors.tui.commands import COMMANDS
from fugue_actors.tui.copying.commands import SOURCES
from fugue_actors.tui.copying.registry import COMMANDS as COPYING
from fugue_actors.tui.copying.tables import EMACS, EMACS_KEYS, VI, VI_KEYS
from fugue_actors.tui.help import meaning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SENT: Final = "send-keys -X "

HEAD: Final = """\
# Keys of attach

What keys do in `fugue attach`: after the prefix, which is `C-b` unless `attach.prefix` says
otherwise, in copy mode, and in lists. `prefix ?` shows the same, with what you have bound
yourself. `[attach.keys.TABLE]` in `config.toml` binds a key of a table to a command, to several
with ` ; ` between them, or to `""` for none:

```toml
[attach.keys.prefix]
"|" = "split-window -h"

[attach.keys.copy-mode-vi]
"Y" = "send-keys -X copy-line"
```

Table `root` has the keys that need no prefix; it is empty.
"""

PREFIX_HEAD: Final = """
## After the prefix

Arrows, also with control or alt, work again without the prefix right after each other.

| key | command | |
|---|---|---|
"""

COPY_HEAD: Final = """
## Copy mode

`prefix [` begins it, `prefix PageUp` a page up, the wheel and a drag of the mouse where they are;
what the program writes meanwhile moves nothing, and `r` shows it. `attach.mode_keys` chooses the
keys: `"emacs"` (table `copy-mode`) or `"vi"` (table `copy-mode-vi`). A line that fills several
rows is one line: for motions to its ends, for searching and for what is copied.

- Digits before a key say how often; in emacs the first one with alt.
- At the top right stands how many lines up one is, of how many; after a search also which match
  this is, of how many, once all of history has been read.
- Searches move while they are typed. Case only counts if there is a capital letter. `C-s` and `C-r`
  go to the next match and back, `Up` fetches earlier searches, `M-r` changes between regular
  expressions and plain text. Escape goes back to where one was.
- In vi the cell under the cursor is selected, too. Blanks at the ends of lines are not copied.
- What is copied becomes the newest buffer (`prefix ]` pastes it, `prefix =` chooses another) and
  goes to the clipboard of your terminal, if that allows it (OSC 52).
- The mouse selects cells, with a double click words, with a triple one lines, and copies when
  the button is let go. The wheel leaves copy mode at the bottom if it has begun it. Over a
  full-screen program that does not want the mouse the wheel presses arrow keys.
- Keys that need lines which are still on their way wait for them, those behind them too; Escape
  gives that up.

| vi | emacs | command | |
|---|---|---|---|
"""

MODES_HEAD: Final = """
## Lists
"""

COMMANDS_HEAD: Final = """
## Commands

For keys, and for the prompt that `prefix :` opens. Names may be cut short as long as only one
begins so.

| command | |
|---|---|
"""


def page() -> str:
    """All of it."""
    return "".join((HEAD, *prefix_rows(), *copy_rows(), *mode_tables(), *commands()))


def prefix_rows() -> Iterator[str]:
    """The keys after the prefix."""
    yield PREFIX_HEAD
    for key, command in PREFIX_KEYS.items():
        yield row(code(key), code(command), meaning("prefix", command))


def copy_rows() -> Iterator[str]:
    """The commands of copy mode, and which keys have them."""
    yield COPY_HEAD
    for source in SOURCES:
        for name, command in COPYING.items():
            if command.source == source.__name__:
                vi, emacs = keys_of(VI_KEYS, name), keys_of(EMACS_KEYS, name)
                yield row(vi, emacs, code(name), command.does)


def keys_of(table: Mapping[str, str], name: str) -> str:
    """The keys that a command has."""
    return " ".join(code(key) for key, command in table.items() if command == name)


def mode_tables() -> Iterator[str]:
    """The tables of the other modes."""
    yield MODES_HEAD
    for table, keys in tables.TABLES.items():
        if table in (VI, EMACS):
            continue
        yield f"\n### Table `{table}`\n\n| key | |\n|---|---|\n"
        about = tables.ABOUT[table]
        names = dict.fromkeys(keys.values())
        for command in names:
            bound = " ".join(code(key) for key in keys if keys[key] == command)
            name = command.removeprefix(SENT)
            yield row(bound, about[name] if name in about else code(command))


def commands() -> Iterator[str]:
    """Every command."""
    yield COMMANDS_HEAD
    for command in sorted(COMMANDS, key=lambda each: each.name):
        yield row(code(f"{command.name} {command.usage}".rstrip()), command.says)


def row(*cells: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(cells)} |\n"


def code(text: str) -> str:
    """Text as it is typed."""
    text = text.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"
