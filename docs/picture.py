"""Makes the README's picture: runs `fugue demo` in a terminal, draws what it shows.

`python docs/picture.py` writes docs/demo.svg. What is drawn is a real run, to the end.
"""
# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import io
import itertools
import sys
from pathlib import Path
from typing import Final

import pyte
from ptyprocess import PtyProcess
from rich.console import Console
from rich.style import Style
from rich.text import Text

COLUMNS, LINES = 132, 64
PICTURE: Final = Path(__file__).resolve().parent / "demo.svg"
# rich's own frame, without the font that it would load from the network.
FRAME: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" \
xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  font-size: {char_height}px; line-height: {line_height}px;
}}
.{unique_id}-title {{ font-size: 18px; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" \
clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def recorded() -> pyte.Screen:
    """The screen of a terminal after a whole demo.

    Raises:
        SystemExit: The demo says that something did not happen.
    """
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    command = [sys.executable, "-m", "fugue_actors", "demo"]
    process = PtyProcess.spawn(command, dimensions=(LINES, COLUMNS))
    try:
        while True:
            stream.feed(process.read())
    except EOFError:
        process.wait()
    if process.exitstatus != 0:
        raise SystemExit(f"the demo ended with {process.exitstatus}; nothing is drawn")
    return screen


def drawn(screen: pyte.Screen) -> list[Text]:
    """A screen's lines with their colours, down to the last that shows anything."""
    lines = []
    for y in range(screen.lines):
        line = Text()
        cells = [screen.buffer[y][x] for x in range(screen.columns)]
        for look, run in itertools.groupby(cells, key=lambda one: (one.fg, one.bold)):
            color = None if look[0] == "default" else look[0]
            style = Style(color=color, bold=look[1])
            line.append("".join(cell.data for cell in run), style)
        line.rstrip()
        lines.append(line)
    while lines and not lines[-1].plain:
        lines.pop()
    return lines


def main() -> None:
    """Write the picture."""
    lines = drawn(recorded())
    width = max(len(line.plain) for line in lines) + 1
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(line, no_wrap=True, crop=True)
    svg = console.export_svg(title="fugue demo", code_format=FRAME, unique_id="fugue")
    PICTURE.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
