"""A program for panes: draws what each letter of its input stands for.

Floods, frames, full screens, styles, wide characters, moved lines and modes: all that a
viewer of its screen could get wrong. `e` draws the end, from which a test knows that all
before has been drawn.
"""

from __future__ import annotations

import sys
import tty


def drawn(letter: str, number: int) -> str:
    """What one letter has it write; `number` is that of the letter."""
    match letter:
        case "a":
            return "\033[?1049h\033[2J\033[Hfull screen"
        case "b":
            return "\033[?1049l"
        case "c":
            place = f"\033[{number % 9 + 1};{number % 60}H"
            return f"{place}\033[3{number % 8};1m{number} 漢字\033[m"
        case "f":
            return "".join(f"line {number} {each}\n" for each in range(200))
        case "s":
            return f"\033[?2026h\033[2J\033[Hframe {number}\033[?2026l"
        case "l":
            return f"\033[{number % 5 + 1}L\033[{number % 3 + 1}M\033[{number % 4 + 1}S"
        case "m":
            return f"\033[?2004h\033[?1h\033[{number % 6} q"
        case "n":
            return "\033[?2004l\033[?1l\033[?25l"
        case "e":
            return f"\033[?25h\033[Hthe end {number}\033[K"
        case _:
            return ""


def main() -> None:
    """Draw until there is no more input."""
    tty.setcbreak(0)
    print("ready", flush=True)
    number = 0
    while letter := sys.stdin.read(1):
        number += 1
        sys.stdout.write(drawn(letter, number))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
