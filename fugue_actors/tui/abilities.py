"""What the outer terminal can do, as far as its environment says."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

TRUE_COLOUR = 1 << 24
DIRECT = ("truecolor", "24bit")
FEWER = (256, 16, 8)
NOT_ENOUGH = ("", "dumb", "unknown")
WITH_UNDERLINES = ("alacritty", "contour", "foot", "tmux", "wezterm")
"""Beginnings of the names of terminals with curly underlines, besides what terminfo knows."""
PROGRAMS_WITH_UNDERLINES = ("iTerm.app", "WezTerm", "ghostty", "vscode", "kitty")


@attrs.frozen(kw_only=True)
class Abilities:
    """What pictures may use.

    Attributes:
        depth: How many colours there are: 2^24, 256, 16, 8, or 0 for none.
        has_underlines: Whether there are curly underlines and others, and colours of them.
        erases_colour: Whether erasing gives cells the present background.
    """

    depth: int
    has_underlines: bool
    erases_colour: bool


def look(environment: Mapping[str, str] = os.environ) -> Abilities:
    """What the terminal of this process can do.

    `COLORTERM` counts before the terminal's name and what terminfo says of it.
    """
    name = environment.get("TERM", "")
    known = Terminfo(name)
    has_underlines = (
        known.has("Su")
        or known.says("Smulx")
        or name.startswith(WITH_UNDERLINES)
        or environment.get("TERM_PROGRAM") in PROGRAMS_WITH_UNDERLINES
        or "VTE_VERSION" in environment
    )
    return Abilities(
        depth=depth_of(environment, known),
        has_underlines=has_underlines,
        erases_colour=known.has("bce"),
    )


def check_terminal(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a terminal that cannot move its cursor.

    Raises:
        Refused: `InvalidArgument`: `TERM` says so.
    """
    name = environment.get("TERM", "")
    if name in NOT_ENOUGH:
        raise Refused(
            "InvalidArgument",
            f"attach cannot draw on a terminal with TERM={name or '(unset)'}",
            hint="set TERM to what the terminal is, for instance xterm-256color",
        )


def depth_of(environment: Mapping[str, str], known: Terminfo) -> int:
    """How many colours there are."""
    name = environment.get("TERM", "")
    is_direct = environment.get("COLORTERM", "").lower() in DIRECT
    if is_direct or name.endswith("-direct") or known.has("Tc") or known.has("RGB"):
        return TRUE_COLOUR
    colours = known.number("colors")
    if colours is None:
        colours = 256 if "256" in name else 8
    return next((fewer for fewer in FEWER if colours >= fewer), 0)


class Terminfo:
    """What terminfo says of a terminal; nothing if it does not know it."""

    def __init__(self, name: str) -> None:
        self.curses: Any = None
        try:
            import curses  # a Python may have been built without
        except ImportError:
            return
        try:
            curses.setupterm(name, 1)
        except curses.error:
            return
        self.curses = curses

    def has(self, name: str) -> bool:
        """Whether the terminal has something."""
        return self.curses is not None and self.curses.tigetflag(name) > 0

    def says(self, name: str) -> bool:
        """Whether there is a sequence for something."""
        return self.curses is not None and bool(self.curses.tigetstr(name))

    def number(self, name: str) -> int | None:
        """How many there are of something."""
        return None if self.curses is None else max(self.curses.tigetnum(name), 0)
