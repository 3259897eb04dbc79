"""How many columns characters take, and which of them join the one before. PURE.

Most text is narrow, and runs of the scripts that are wholly wide are common; both are recognised
by one regular expression. Only what is left is looked at one by one, in tables that are loaded
when they are needed.
"""

from __future__ import annotations

import re
from functools import lru_cache

NARROW = re.compile(
    "[ -~\xa1-\xac\xae-\u02ff\u0370-\u0377\u0384-\u038a\u038e-\u03a1\u03a3-\u0482"
    "\u2010-\u2027\u2030-\u203b\u2190-\u2193\u2196-\u21a8\u2200-\u2319\u2500-\u25a9"
    "\u2801-\u28ff\ue0a0-\ue0d7]+"
)
"""Characters of one column each that never join the one before."""

WIDE = re.compile(
    "[\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3]+"
)
"""Characters of two columns each that never join the one before."""

ZERO_WIDTH_JOINER = "\u200d"
EMOJI_PRESENTATION = "\ufe0f"


@lru_cache(maxsize=4096)
def width(character: str) -> int:
    """Columns a character takes: 0, 1 or 2.

    What has no width of its own joins the character before. A regional indicator takes one
    column; a pair of them is a flag, which takes two.
    """
    import wcwidth

    return 1 if is_indicator(character) else max(0, wcwidth.wcwidth(character))


def is_indicator(character: str) -> bool:
    """Whether it is a regional indicator, half a flag."""
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def is_modifier(character: str) -> bool:
    """Whether it is a colour of skin, which joins an emoji."""
    return "\U0001f3fb" <= character <= "\U0001f3ff"


@lru_cache(maxsize=1024)
def widens(character: str) -> bool:
    """Whether emoji presentation makes this narrow character wide."""
    import wcwidth

    return wcwidth.wcswidth(character + EMOJI_PRESENTATION) == 2


def joins(character: str, base: str, marks: str) -> bool:
    """Whether a character with a width joins what stands before it.

    Args:
        character: The new one.
        base, marks: What stands there: its character, and what has joined that.
    """
    if marks.endswith(ZERO_WIDTH_JOINER):
        return character > "\u203b"  # no letter or digit is part of an emoji
    if is_modifier(character):
        return base > "\u203b" and width(base) == 2
    return is_indicator(character) and is_indicator(base) and not marks
