"""A program that fills its terminal with what is hard to draw, again whenever its size changes."""

from __future__ import annotations

import os
import signal

SAMPLES = (
    "plain text, and then",
    "\x1b[1mbold\x1b[m \x1b[3mitalic\x1b[m \x1b[4:3mcurly\x1b[m \x1b[7mreverse\x1b[m",
    "\x1b[38;2;200;100;50mtrue\x1b[48;5;17m colours\x1b[K\x1b[m",
    "漢字かな交じり文、全角",
    "e\u0301a\u0308 marks and tabs\tthere",
    "\x1b(0lqqqwqqqk\x1b(B lines",
    "x" * 300,
)


def draw(*_: object) -> None:
    """Draw everything."""
    columns, lines = os.get_terminal_size()
    text = "\x1b[H\x1b[2J\x1b[?7l"
    for y in range(lines):
        text += f"\x1b[{y + 1};1H{y % 10} {SAMPLES[y % len(SAMPLES)]}"
    text += f"\x1b[{lines};1H{columns}x{lines}\x1b[K"
    os.write(1, text.encode())


signal.signal(signal.SIGWINCH, draw)
draw()
while True:
    signal.pause()
