"""What `[attach]` in `config.toml` says. Pure, but for reading the file.

The daemon's configuration checks the section with the same tables, so a mistake in it is
told by whoever looks first.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

import attrs

from fugue_actors import places
from fugue_actors.errors import Refused
from fugue_actors.terminal import keys
from fugue_actors.tui.decoding import key_of

Sizing = Literal["latest", "never"]

SECTION: Final = "attach"
KEYS: Final = "keys"
CHOICES: Final[dict[str, tuple[str, ...] | type[bool]]] = {
    "mouse": bool,
    "status": ("bottom", "top", "off"),
    "titles": ("off", "top"),
    "mode_keys": ("vi", "emacs"),
    "status_keys": ("vi", "emacs"),
    "size": ("latest", "never"),
    "set_clipboard": ("external", "on"),
}
"""What may be chosen."""
NAMES: Final = ("prefix", *CHOICES, KEYS)
"""Everything that may be set."""


@attrs.frozen(kw_only=True)
class Settings:
    """How attach looks and listens.

    Attributes:
        prefix: The key before the keys of the `prefix` table.
        mouse: Whether the outer terminal is asked for the mouse.
        status: Where the status line is.
        titles: Whether panes have titles above them.
        mode_keys: Whose keys copy mode has.
        status_keys: Whose keys prompts have.
        size: Whether this client's size becomes that of the windows it uses.
        set_clipboard: Who sets the outer terminal's clipboard: copy mode alone, or also the
            program that has the keyboard.
        is_read_only: Whether it only looks: no input, no changes, no sizes.
        keys: What the user has bound: commands by table and key; an empty one unbinds.
    """

    prefix: str = "C-b"
    mouse: bool = True
    status: Literal["bottom", "top", "off"] = "bottom"
    titles: Literal["off", "top"] = "off"
    mode_keys: Literal["vi", "emacs"] = "emacs"
    status_keys: Literal["vi", "emacs"] = "emacs"
    size: Sizing = "latest"
    set_clipboard: Literal["external", "on"] = "external"
    is_read_only: bool = False
    keys: Mapping[str, Mapping[str, str]] = attrs.Factory(dict)


def load() -> Settings:
    """The settings of this process's configuration file.

    Raises:
        Refused: `InvalidArgument`, naming file and key.
    """
    path = Path(places.config_file())
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError) as error:
        raise Refused("InvalidArgument", f"{path}: {error}") from error
    section = document.get(SECTION, {})
    if not isinstance(section, dict):
        raise Refused("InvalidArgument", f"{path}: {SECTION} must be a table")
    return Settings(
        **{key: checked(path, key, value) for key, value in section.items()}
    )


def checked(path: Path, key: str, value: Any) -> Any:
    """A setting of the section, once it is known and its value will do.

    Raises:
        Refused: `InvalidArgument`, naming file and key.
    """
    place = f"{path}: {SECTION}.{key}"
    if key == "prefix":
        return checked_key(place, value)
    if key == KEYS:
        return checked_tables(place, value)
    kind = CHOICES.get(key)
    if kind is None:
        raise Refused(
            "InvalidArgument",
            f"{place} is not a setting",
            hint=f"known are: {', '.join(NAMES)}",
        )
    if kind is bool and type(value) is not bool:
        raise Refused("InvalidArgument", f"{place} must be true or false")
    if isinstance(kind, tuple) and value not in kind:
        wanted = " or ".join(f'"{choice}"' for choice in kind)
        raise Refused("InvalidArgument", f"{place} must be {wanted}")
    return value


def checked_tables(place: str, value: Any) -> dict[str, dict[str, str]]:
    """The bindings of the user, with the keys' own names."""
    if not isinstance(value, dict) or not all(
        isinstance(table, dict) for table in value.values()
    ):
        raise Refused(
            "InvalidArgument",
            f"{place} must be tables of keys",
            hint=f'as in [{SECTION}.{KEYS}.prefix] and then "|" = "split-window -h"',
        )
    tables: dict[str, dict[str, str]] = {}
    for table, bound in value.items():
        tables[table] = {}
        for key, command in bound.items():
            where = f"{place}.{table}.{key}"
            if not isinstance(command, str):
                raise Refused("InvalidArgument", f"{where} must be a command, as text")
            tables[table][checked_key(where, key)] = command
    return tables


def checked_key(place: str, value: Any) -> str:
    """A key's own name."""
    if not isinstance(value, str):
        raise Refused("InvalidArgument", f'{place} must be a key, such as "C-a"')
    try:
        return key_name(value)
    except Refused as error:
        raise Refused(
            "InvalidArgument",
            f"{place} must be a key: {error.message}",
            hint=error.hint,
        ) from error


def key_name(name: str) -> str:
    """The one name that a key has in every table.

    Raises:
        Refused: `InvalidArgument`: there is no such key.
    """
    modifiers, key = keys.parse(name)
    return key_of(modifiers, "Space" if key == " " else key).name
