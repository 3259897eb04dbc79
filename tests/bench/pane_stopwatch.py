"""In a pane: `cat` a file, and tell how long it takes until all of it is processed.

    python pane_stopwatch.py FILE REPORT

Afterwards it asks the terminal where the cursor is. A terminal answers in order, so the
answer means that everything before was processed. The seconds are written to REPORT, best
a FIFO.
"""

from __future__ import annotations

import subprocess
import sys
import time
import tty
from pathlib import Path


def main(file: str, report: str) -> None:
    """Measure once."""
    tty.setcbreak(0)
    began = time.perf_counter()
    subprocess.run(["cat", file], check=True)
    sys.stdout.buffer.write(b"\x1b[6n")
    sys.stdout.buffer.flush()
    while sys.stdin.buffer.raw.read(1) != b"R":
        pass
    seconds = time.perf_counter() - began
    Path(report).write_text(str(seconds), encoding="ascii")


if __name__ == "__main__":
    main(*sys.argv[1:])
