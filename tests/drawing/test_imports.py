"""Drawing is there at once: attach has its first picture before a person notices."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("pyte", "wcwidth", "trio", "cattrs", "rich", "fugue_actors.terminal.emulator")


def test_drawing_loads_nothing_that_is_slow() -> None:
    """Widths of rare characters are looked up in tables that are loaded when one comes."""
    script = (
        "import sys\n"
        "from fugue_actors.drawing import Canvas, Painter\n"
        "canvas = Canvas(20, 2)\n"
        "canvas.text(0, 0, 'naïve ─┼─ 漢字')\n"
        "Painter(20, 2).paint(canvas)\n"
        f"print([name for name in {SLOW!r} if name in sys.modules])\n"
        "canvas.text(0, 0, '👍')\n"
        "print('wcwidth' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    )
    assert done.stdout.split("\n")[:2] == ["[]", "True"], done.stderr
