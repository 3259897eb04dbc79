"""A curses program: boxes, colours, line drawing, scrolling and wide characters.

Each key shows the next of its pages; after the last one it ends.
"""

from __future__ import annotations

import curses
import locale
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Page = Callable[[curses.window], None]


def boxes(screen: curses.window) -> None:
    """Windows in windows, and titles in their frames."""
    lines, columns = screen.getmaxyx()
    screen.box()
    for depth in range(1, min(lines // 2, 6)):
        inner = screen.derwin(lines - 2 * depth, columns - 4 * depth, depth, 2 * depth)
        inner.attron(curses.color_pair(depth))
        inner.box()
        inner.addstr(0, 2, f" box {depth} ", curses.A_BOLD | curses.color_pair(depth))


def attributes(screen: curses.window) -> None:
    """All that text can look like."""
    for y, name in enumerate(
        (
            "A_BOLD",
            "A_DIM",
            "A_ITALIC",
            "A_UNDERLINE",
            "A_BLINK",
            "A_REVERSE",
            "A_STANDOUT",
        )
    ):
        screen.addstr(y + 1, 2, f"{name} of curses", getattr(curses, name))
    for pair in range(1, 64):
        screen.addstr(
            9 + pair // 16, 2 + pair % 16 * 4, f"{pair:3}", curses.color_pair(pair)
        )
    screen.bkgd(" ", curses.color_pair(4))


def shapes(screen: curses.window) -> None:
    """Line drawing, and characters of two columns."""
    drawn = [
        getattr(curses, name) for name in sorted(dir(curses)) if name.startswith("ACS_")
    ]
    for number, shape in enumerate(drawn):
        screen.addch(2 + number // 20 * 2, 2 + number % 20 * 3, shape)
    screen.addstr(10, 3, "漢字と한국어 with words")
    screen.addstr(11, 4, "漢字漢字漢字")
    screen.addstr(11, 6, "ab")
    screen.hline(13, 2, curses.ACS_HLINE, 40)
    screen.vline(3, 70, curses.ACS_VLINE, 10)


def scrolling(screen: curses.window) -> None:
    """A window that scrolls between others."""
    lines, columns = screen.getmaxyx()
    screen.addstr(0, 0, "above".center(columns - 1), curses.A_REVERSE)
    screen.addstr(lines - 1, 0, "below".center(columns - 1), curses.A_REVERSE)
    screen.refresh()
    inner = screen.derwin(lines - 4, columns - 10, 2, 5)
    inner.scrollok(True)
    inner.idlok(True)
    for number in range(60):
        inner.addstr(
            f"line {number} {'.' * (number % 30)}\n", curses.color_pair(number % 8)
        )
        inner.refresh()
    inner.scroll(-3)
    inner.addstr(0, 0, "scrolled back")


def lines_moved(screen: curses.window) -> None:
    """Lines and characters inserted and deleted."""
    screen.idlok(True)
    screen.idcok(True)
    for y in range(screen.getmaxyx()[0]):
        screen.addstr(y, 0, f"{y} " + "abcdefghij" * 5)
    screen.refresh()
    screen.move(3, 0)
    screen.insertln()
    screen.move(9, 0)
    screen.deleteln()
    screen.insstr(5, 10, "inserted")
    screen.move(6, 10)
    for _ in range(8):
        screen.delch()


PAGES = (boxes, attributes, shapes, scrolling, lines_moved)


def main(screen: curses.window) -> None:
    """Show the pages."""
    curses.use_default_colors()
    for pair in range(1, 64):
        curses.init_pair(pair, pair % 16, (pair * 7) % 256)
    for number, page in enumerate(PAGES):
        screen.bkgd(" ", curses.color_pair(0))
        screen.clear()
        page(screen)
        screen.addstr(1, 40, f"page {number}")
        screen.refresh()
        screen.getch()


locale.setlocale(locale.LC_ALL, "")
curses.wrapper(main)
