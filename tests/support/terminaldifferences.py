"""Where our terminal and tmux differ, and why: data, and the table of the reference.

A listed case that no longer differs fails its test, so the list stays true.
`python tests/support/terminaldifferences.py` prints the table for
`docs/reference/terminal.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Collection


@attrs.frozen
class Difference:
    """One thing that the two do differently.

    Attributes:
        tmux: What tmux does.
        fugue: What we do.
        why: Why it stays so.
        cases: Names in `terminalcases.CASES`, `feature / case`, and in
            `programs.PROGRAMS`, `program / name`.
    """

    tmux: str
    fugue: str
    why: str
    cases: tuple[str, ...]


XTERM = "As xterm does it, which programs are told it is"

DIFFERENCES = (
    Difference(
        "After the last column BS, CUB, VPA, TAB and DECRC go on from behind it",
        "They go on from the last column, and DECRC waits there again",
        XTERM,
        (
            "wrap / backspace instead",
            "wrap / tab instead",
            "wrap / cursor left",
            "wrap / cursor to line",
            "wrap / save and restore",
        ),
    ),
    Difference(
        "Without autowrap a character at the last column leaves the cursor on it, "
        "and none is drawn behind it",
        "It waits there, and wraps as soon as autowrap is on; without, it is overwritten",
        XTERM,
        ("wrap / off and on", "wrap / off, after the last column"),
    ),
    Difference(
        "Knows neither CHT, HPR and VPR nor private mode 1048",
        "Does what they say",
        XTERM,
        (
            "cursor / relative",
            "cursor / save 1048",
            "tabs / forward",
            "tabs / forward beyond",
        ),
    ),
    Difference(
        "Does not know the new line mode, DECSTR or X10's mouse mode (9)",
        "Does what they say",
        XTERM,
        (
            "text / new line mode",
            "line drawing / soft reset",
            "reset / soft, of margins",
            "reset / soft, of insert mode",
            "reset / soft, of the style",
            "reset / soft, of modes",
            "reset / soft, of the saved cursor",
            "modes / mouse 9",
        ),
    ),
    Difference(
        "Inserting more characters than fit erases one",
        "Erases to the end of the row",
        XTERM,
        ("insert and delete / characters in, beyond",),
    ),
    Difference(
        "In insert mode, a character that wraps overwrites what is there",
        "It is inserted",
        XTERM,
        ("insert and delete / insert mode, wraps before text",),
    ),
    Difference(
        "IL and DL outside the margins move lines",
        "They do nothing",
        XTERM,
        (
            "insert and delete / lines in, outside margins",
            "insert and delete / lines out, outside margins",
        ),
    ),
    Difference(
        "New margins in origin mode send the cursor to the top of the screen",
        "To the top of the margins",
        XTERM,
        ("origin mode / new margins",),
    ),
    Difference(
        "Both screens share the saved cursor of DECSC",
        "Each has its own",
        "What a full-screen program saves must not move the shell's cursor",
        ("screens / saved cursor of each",),
    ),
    Difference(
        "What mode 1049 saves is apart from what DECSC saves",
        "It is the same place",
        XTERM,
        ("screens / off when it is off, after saving",),
    ),
    Difference(
        "Erasing the screen keeps rows in history that hold only inserted blanks",
        "It keeps the rows down to the last with text",
        "Nobody looks for blanks",
        ("erase / all, blanks inserted before",),
    ),
    Difference(
        "Takes a number beyond 255 in a colour for the start of other codes",
        "Ignores the colour",
        "What was not meant should not be shown",
        ("styles / true colour that is none",),
    ),
    Difference(
        "More than 24 parameters, or one beyond 2^31, make a sequence void",
        "The sequence counts, a number being at most 9999",
        "Memory and time are bounded without that",
        (
            "styles / too many parameters",
            "unknown sequences / many parameters",
            "unknown sequences / huge parameter",
        ),
    ),
    Difference(
        "A wide character of which one half is overwritten, erased or deleted stays, "
        "or leaves a hole of another width",
        "Both halves become blank",
        "What is on the screen must fit into its columns",
        (
            "wide characters / overwritten right",
            "wide characters / deleted",
            "wide characters / deleted from the left",
            "wide characters / inserted into",
            "wide characters / erased right",
            "wide characters / erased left",
            "wide characters / erased to the end",
            "wide characters / erased to the start",
            "wide characters / insert mode at the edge",
            "wide characters / in colour",
        ),
    ),
    Difference(
        "Without autowrap a wide character that does not fit is dropped",
        "It is drawn in the last two columns",
        "What a program wrote is not lost",
        ("wide characters / edge without wrap",),
    ),
    Difference(
        "Drops characters that the C library of its machine does not know",
        "Draws them",
        "What a program wrote is not lost, and looks the same on every machine",
        ("emoji / new ones", "UTF-8 / unassigned", "UTF-8 / not a character"),
    ),
    Difference(
        "The underscore of DEC line drawing is an underscore",
        "It is a blank",
        XTERM,
        ("line drawing / above and below",),
    ),
    Difference(
        "REP repeats neither wide nor combined characters",
        "It repeats what was drawn last",
        "So says ECMA-48",
        ("repeat / wide", "repeat / combined"),
    ),
    Difference(
        "A hard reset stays on the alternate screen",
        "It leaves it",
        XTERM,
        ("reset / hard, of the alternate screen",),
    ),
    Difference(
        "DECCOLM erases the screen and homes the cursor",
        "It does nothing",
        "A pane's size is not the program's to choose",
        ("modes / columns",),
    ),
    Difference(
        "A title that CAN, SUB or another sequence cuts off is set",
        "It is not",
        XTERM,
        ("titles / cancelled", "titles / interrupted"),
    ),
    Difference(
        "The body of an APC is the title",
        "It means nothing",
        "Only screen and tmux give it a meaning, and agents draw pictures with it",
        (
            "strings / APC",
            "strings / with line ends",
            "strings / APC with a bell",
            "strings / APC with an escape",
            "strings / cancelled",
            "strings / not ASCII",
        ),
    ),
    Difference(
        "A character beyond ASCII within a control sequence is skipped",
        "It ends the sequence, and is drawn",
        "What is meant to be read is not lost",
        ("unknown sequences / not ASCII within",),
    ),
    Difference(
        "C1 controls are dropped and what follows is drawn",
        "They are controls",
        XTERM,
        (
            "C1 controls / CSI",
            "C1 controls / OSC",
            "C1 controls / DCS",
            "C1 controls / NEL, IND, RI",
            "C1 controls / HTS",
        ),
    ),
    Difference(
        "Invalid UTF-8 is dropped",
        "It is replaced by U+FFFD",
        "A reader should see that something was there",
        (
            "C1 controls / single bytes",
            "UTF-8 / truncated before ASCII",
            "UTF-8 / truncated before a control",
            "UTF-8 / truncated before an escape",
            "UTF-8 / lone continuation",
            "UTF-8 / impossible bytes",
            "UTF-8 / overlong",
            "UTF-8 / surrogate",
            "UTF-8 / beyond Unicode",
            "UTF-8 / Latin-1",
            "UTF-8 / truncated, then whole",
        ),
    ),
    Difference(
        "Up to 21 bytes of marks stay on a character",
        "Up to 16 characters, marks included",
        "Both are bounds of memory; no language needs more",
        ("combining marks / many",),
    ),
    Difference(
        "A skin tone and a sign that is shown as emoji take the columns that their parts take; "
        "a joiner waits for the next character wherever it comes",
        "Each is one emoji of two columns; a joiner only joins neighbours",
        "So they are drawn, and so programs of today count them",
        (
            "emoji / joined with a sign",
            "emoji / joined after moving",
            "emoji / skin",
            "emoji / shown as emoji",
            "emoji / keycap",
        ),
    ),
    Difference(
        "Erasing the end of a row leaves it joined to the next one",
        "It ends the line there",
        "Blanks that nobody wrote must not come between words when the width changes",
        ("resize / erased tail", "program / bash"),
    ),
    Difference(
        "Blanks written in colour at the end of a line are wrapped when the width shrinks",
        "They are cut, as those that were erased in colour are",
        "Bars that reach the edge would leave a row of colour behind each time",
        ("resize / written coloured blanks, narrower",),
    ),
    Difference(
        "When rows of wide characters are joined and one is left over, the cursor stays in the "
        "row before, and the next joining leaves a gap",
        "The cursor follows the text",
        "What is written next belongs behind what was written last",
        ("resize / wide characters joined, one left over",),
    ),
)
"""Everything in which the two differ, as far as the suite knows."""

LISTED = {case: difference for difference in DIFFERENCES for case in difference.cases}


def check(case: str, found: Collection[str]) -> None:
    """Compare what a case found with the list.

    Raises:
        AssertionError: It differs and is not listed, or the other way round.
    """
    if case in LISTED:
        assert found, f"{case} no longer differs: {LISTED[case].tmux!r} can go"
    else:
        assert not found, "\n".join(found)


def table() -> str:
    """The differences as a table in Markdown."""
    return "\n".join(
        (
            "| tmux | fugue | why | cases |",
            "|---|---|---|---|",
            *(
                f"| {each.tmux} | {each.fugue} | {each.why} | {len(each.cases)} |"
                for each in DIFFERENCES
            ),
        )
    )


if __name__ == "__main__":
    print(table())
