"""Styles as SGR: what has a terminal draw in another style than before. PURE."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from fugue_actors.drawing.colours import TRUE_COLOUR, codes, line_codes
from fugue_actors.terminal.styles import PLAIN, UNDERLINES, Style

SWITCHES: Final = {
    "bold": ("1", "22"),
    "dim": ("2", "22"),
    "italic": ("3", "23"),
    "underline": ("4", "24"),
    "blink": ("5", "25"),
    "reverse": ("7", "27"),
    "invisible": ("8", "28"),
    "strike": ("9", "29"),
    "overline": ("53", "55"),
}
"""Parameters that turn something on and off; `22` turns off two at once."""
COLOURED: Final = {"fg": "39", "bg": "49", "underline_colour": "59"}
"""Parameters that make a colour the default again."""
CHANGES_LIMIT: Final = 8192


class Dialect:
    """What one terminal understands.

    Args:
        depth: How many colours it has: `TRUE_COLOUR`, 256, 16, 8, or 0.
        has_underlines: Whether it knows other underlines than the plain one, and colours
            of them.
    """

    def __init__(self, depth: int = TRUE_COLOUR, *, has_underlines: bool = True):
        self.depth = depth
        self.has_underlines = has_underlines
        self.known: dict[tuple[Style | None, Style], str] = {}
        self.said: dict[Style, dict[str, str]] = {}

    def change(self, before: Style | None, style: Style) -> str:
        """The sequence that turns one style into another; from None, from any."""
        key = (before, style)
        sequence = self.known.get(key)
        if sequence is None:
            if len(self.known) >= CHANGES_LIMIT:
                self.known.clear()
                self.said.clear()
            sequence = self.known[key] = self.written(before, style)
        return sequence

    def written(self, before: Style | None, style: Style) -> str:
        """The same, worked out: anew from plain, or the difference, if that is shorter."""
        wanted = self.parameters(style)
        anew = f"\x1b[{';'.join(['0', *wanted.values()])}m" if wanted else "\x1b[m"
        if before is None:
            return anew
        if before == style:
            return ""
        had = self.parameters(before)
        if had == wanted:
            return ""
        gone = [name for name in had if name not in wanted]
        ends = {
            SWITCHES[name][1] if name in SWITCHES else COLOURED[name] for name in gone
        }
        begins = [
            code
            for name, code in wanted.items()
            if had.get(name) != code or ("22" in ends and name in ("bold", "dim"))
        ]
        changed = f"\x1b[{';'.join([*sorted(ends), *begins])}m"
        return min(changed, anew, key=len)

    def parameters(self, style: Style) -> dict[str, str]:
        """What has to be said to get from plain to a style, by field."""
        said = self.said.get(style)
        if said is None:
            said = self.said[style] = self.worked_out(style)
        return said

    def worked_out(self, style: Style) -> dict[str, str]:
        """The same, for a style that was not met before."""
        said = {name: on for name, (on, _) in SWITCHES.items() if getattr(style, name)}
        if style.underline and self.has_underlines:
            if style.underline_style in UNDERLINES[2:]:
                said["underline"] = f"4:{UNDERLINES.index(style.underline_style)}"
            said["underline_colour"] = line_codes(style.underline_colour, self.depth)
        said["fg"] = codes(style.fg, 30, self.depth)
        said["bg"] = codes(style.bg, 40, self.depth)
        is_one = said["fg"] and said["fg"] == codes(style.bg, 30, self.depth)
        if is_one and style.fg != style.bg:
            said["fg"] = self.contrast(said["bg"])
        return {name: code for name, code in said.items() if code}

    def contrast(self, behind: str) -> str:
        """The text on a background with which its own colour has become one."""
        dark = {codes(name, 40, self.depth) for name in ("black", "000000")}
        return codes("white" if behind in dark else "black", 30, self.depth)


@lru_cache(maxsize=4096)
def blank(style: Style) -> Style:
    """What of a style is to be seen of a blank."""
    if style == PLAIN:
        return PLAIN
    is_lined = style.underline or style.overline or style.strike
    return style._replace(
        fg=style.fg if is_lined or style.reverse else "default",
        bold=style.bold and (is_lined or style.reverse),
        dim=style.dim and (is_lined or style.reverse),
        italic=False,
        underline_style=style.underline_style if style.underline else "single",
        underline_colour=style.underline_colour if style.underline else "default",
        blink=style.blink and is_lined,
        invisible=style.invisible and is_lined,
    )


@lru_cache(maxsize=4096)
def is_erasable(style: Style, *, in_colour: bool = True) -> bool:
    """Whether a blank of a style is what erasing leaves.

    Args:
        in_colour: Whether the terminal erases with the background of its style.
    """
    seen = blank(style)
    return seen == PLAIN or (in_colour and seen == Style(bg=style.bg))
