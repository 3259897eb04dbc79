"""A program that writes numbered lines until it is told to end: `numbered.py GO EXIT`.

It floods in bursts, so that any number of them leaves a small machine usable. When the
file GO appears it writes how many lines there were and ends with status EXIT.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

BURST = 100
PAUSE_SECONDS = 0.05


def main() -> None:
    """See the module's docstring."""
    go, status = Path(sys.argv[1]), int(sys.argv[2])
    number = 0
    while not go.exists():
        lines = range(number, number + BURST)
        sys.stdout.write("".join(f"line {n:07}\n" for n in lines))
        sys.stdout.flush()
        number += BURST
        time.sleep(PAUSE_SECONDS)
    sys.stdout.write(f"wrote {number} lines\n")
    sys.stdout.flush()
    sys.exit(status)


if __name__ == "__main__":
    main()
