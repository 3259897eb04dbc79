"""A program that shows the bytes it gets from its terminal, each read in a row of its own.

Usage: `keyecho.py MODES`; MODES is written first, with `^` for ESC. It ends with `q`.
"""

from __future__ import annotations

import os
import sys
import tty

tty.setraw(0)
os.write(1, sys.argv[1].replace("^", "\x1b").encode() + b"listening\r\n")
while (data := os.read(0, 4096)) not in (b"", b"q"):
    os.write(1, ascii(data).encode() + b"\r\n")
