"""Random output of programs, from a seed: the shapes that real programs write.

What is known to differ is not written, so that everything else is compared: see
`terminaldifferences`. `SAFE` goes before operations that differ while the cursor waits
behind the last column, for it ends the waiting.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from terminalcases import Step

SAFE = "\x1b[C"
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.,;:-/"
WIDE = "漢字語한국어日本カナ"
MARKED = ("e\u0301", "a\u0308", "o\u0302", "n\u0303")
DRAWING = "─│┌┐└┘├┤█▒●✓…"
BRIGHT = {"3": "9", "4": "10"}


def number(random: Random, limit: int) -> int:
    """A count, seldom a large one."""
    return random.choice((1, 1, 1, 2, 2, 3, random.randint(1, limit)))


def word(random: Random) -> str:
    """Text of one column a character."""
    letters = random.choices(LETTERS, k=random.choice((1, 3, 5, 8, 13, 30)))
    if random.random() < 0.1:
        letters[0] = random.choice(MARKED)
    if random.random() < 0.1:
        letters[-1] = random.choice(DRAWING) * random.randint(1, 9)
    return "".join(letters)


def style(random: Random, *, grounds: str = "34") -> str:
    """SGR; colours are of the foreground (3) or the background (4)."""
    codes = []
    for _ in range(random.randint(1, 3)):
        kind, ground = random.random(), random.choice(grounds)
        if kind < 0.25:
            codes.append("0")
        elif kind < 0.45:
            codes.append(
                str(random.choice((1, 2, 3, 4, 5, 7, 8, 9, 22, 23, 24, 27, 29)))
            )
        elif kind < 0.75:
            ground = random.choice((ground, BRIGHT[ground]))
            codes.append(f"{ground}{random.randrange(8)}")
        elif kind < 0.9:
            codes.append(f"{ground}8;5;{random.randrange(256)}")
        else:
            rgb = ";".join(str(random.randrange(256)) for _ in range(3))
            codes.append(f"{ground}8;2;{rgb}")
    return f"\x1b[{';'.join(codes)}m"


def position(random: Random, columns: int, lines: int) -> str:
    """CUP."""
    return f"\x1b[{random.randint(1, lines)};{random.randint(1, columns)}H"


class Grammar:
    """Writes streams for a screen of a size.

    Args:
        random: Where chance comes from.
        columns, lines: Size at the start.
    """

    def __init__(self, random: Random, columns: int, lines: int) -> None:
        self.random = random
        self.columns, self.lines = columns, lines
        self.is_alternate = False

    def screens(self, count: int) -> str:
        """What full-screen programs write: anything anywhere."""
        makers: list[tuple[Callable[[], str], int]] = [
            (lambda: word(self.random), 30),
            (lambda: style(self.random), 15),
            (lambda: position(self.random, self.columns, self.lines), 12),
            (
                lambda: self.random.choice(
                    ("\r\n", "\n", "\r", SAFE + "\b", SAFE + "\t")
                ),
                10,
            ),
            (self.movement, 12),
            (self.change, 18),
            (self.mode, 6),
        ]
        chosen = self.random.choices(
            [maker for maker, _ in makers], [weight for _, weight in makers], k=count
        )
        return "".join(maker() for maker in chosen)

    def movement(self) -> str:
        """Relative and absolute moves, index, save and restore."""
        random = self.random
        count = number(random, max(self.columns, self.lines))
        final = random.choice("ABCDEFG`d")
        return random.choice(
            (
                f"{SAFE}\x1b[{count}{final}",
                f"{SAFE}\x1b[{final}",
                f"{SAFE}\x1bD",
                f"{SAFE}\x1bM",
                f"{SAFE}\x1bE",
                f"{SAFE}\x1b7{word(random)}{SAFE}\x1b8",
                f"{SAFE}\x1b[{random.randint(1, 3)}Z",
            )
        )

    def change(self) -> str:
        """Erasing, inserting, deleting, scrolling, repeating."""
        random = self.random
        count = number(random, max(self.columns, self.lines))
        below = number(random, 4)  # a large count of ICH differs
        return SAFE + random.choice(
            (
                f"\x1b[{random.choice(('', '0', '1', '2'))}K",
                f"\x1b[{random.choice(('', '0', '1'))}J",
                # Whether blanks that were erased before count as used differs.
                f"\x1b[{self.lines}H{random.choice(LETTERS)}\x1b[2J",
                f"\x1b[{count}X",
                f"\r\x1b[{below}@",
                f"\x1b[{count}P",
                f"\x1b[{count}S",
                f"\x1b[{count}T",
                f"\x1b[r\x1b[{random.randint(1, self.lines)}H\x1b[{count}L",
                f"\x1b[r\x1b[{random.randint(1, self.lines)}H\x1b[{count}M",
                f"\r{random.choice(LETTERS)}\x1b[{number(random, self.columns)}b",
            )
        )

    def mode(self) -> str:
        """Margins, screens, modes, character sets."""
        random = self.random
        top = random.randint(1, self.lines - 1)
        bottom = random.randint(top + 1, self.lines)
        if random.random() < 0.15:
            self.is_alternate = not self.is_alternate
            return f"{SAFE}\x1b[?1049{'h' if self.is_alternate else 'l'}"
        return SAFE + random.choice(
            (
                f"\x1b[{top};{bottom}r",
                "\x1b[r",
                "\x1b[?6h" + position(random, self.columns, self.lines) + "x\x1b[?6l",
                f"\r\x1b[4h{word(random)[:5]}\x1b[4l",
                "\x1b(0lqqk\x1b(B",
                "\x1b[?25l",
                "\x1b[?25h",
                "\x1b[?1h",
                "\x1b=",
                "\x1b]2;" + word(random) + "\x07",
                "\x1b[?2004h\x1b[?1004h\x1b[?2026h",
            )
        )

    def logs(self, count: int, *, grounds: str = "34", wide: str = WIDE) -> str:
        """What line-oriented programs write: coloured text of any script, in order."""
        random = self.random
        parts = []
        for _ in range(count):
            kind = random.random()
            if kind < 0.5:
                parts.append(word(random) + " ")
            elif kind < 0.6:
                parts.append("".join(random.choices(wide, k=random.randint(1, 30))))
            elif kind < 0.75:
                parts.append(style(random, grounds=grounds))
            elif kind < 0.8:
                parts.append(SAFE + "\t" if random.random() < 0.3 else "\x1b[0m")
            else:
                parts.append("\r\n" * random.choice((1, 1, 1, 2)))
        return "".join(parts)

    def resized(self, count: int) -> tuple[Step, ...]:
        """What line-oriented programs write, with new sizes in between.

        Neither backgrounds nor wide characters: what becomes of coloured blanks at the
        end of a line differs, and tmux does not always join what it split between wide ones.
        """
        steps: list[Step] = []
        for _ in range(count):
            steps.append(self.narrow(self.random.randint(1, 30)))
            self.columns, self.lines = (
                self.random.randint(5, 60),
                self.random.randint(2, 15),
            )
            steps.append((self.columns, self.lines))
        return (*steps, self.narrow(5))

    def narrow(self, count: int) -> str:
        """Logs in Latin, in colours of the foreground."""
        return self.logs(count, grounds="3", wide=LETTERS)


KINDS = ("screens", "logs", "resized")


def stream(kind: str, seed: int) -> tuple[tuple[int, int], tuple[Step, ...]]:
    """The size and the steps of one random stream."""
    random = Random(f"{kind} {seed}")
    size = random.randint(10, 60), random.randint(3, 15)
    grammar = Grammar(random, *size)
    if kind == "resized":
        return size, grammar.resized(random.randint(1, 4))
    make = grammar.screens if kind == "screens" else grammar.logs
    return size, (make(random.randint(20, 200)),)
