"""A pane's program for tests: each connection gets a `fugue mcp` child of its own.

Its first line holds what to add to the child's environment, and under `ONLY` which
variables to keep of the pane's. The connection is the child's standard input and output, so a test holds the wire while
the shim is, for the kernel and so for the daemon, a child of this pane's program.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

listener = socket.socket(socket.AF_UNIX)
listener.bind(sys.argv[1] + ".new")
listener.listen(16)
# Whoever finds the door finds it open.
Path(sys.argv[1] + ".new").rename(sys.argv[1])
print("relay ready", flush=True)
children = []
while True:
    connection, _ = listener.accept()
    request = b""
    while not request.endswith(b"\n"):
        request += connection.recv(1)
    claims = dict(
        pair.split("=", 1) for pair in request.decode().strip().split("\x1f") if pair
    )
    only = claims.pop("ONLY", None)
    inherited = (
        os.environ if only is None else {k: os.environ[k] for k in only.split(",")}
    )
    children = [child for child in children if child.poll() is None]
    children.append(
        subprocess.Popen(
            [sys.executable, "-m", "fugue_actors", "mcp"],
            stdin=connection,
            stdout=connection,
            env={**inherited, **claims},
        )
    )
    connection.close()
