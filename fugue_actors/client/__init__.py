"""A typed client of the monitor protocol, for programs on trio.

    async with open_client() as client:
        await client.subscribe(["tree", "states"])
        async for change in client.changes():
            for session in client.model.sessions.values():
                ...

Without arguments it reaches the daemon of this home over its socket; with `url` and
`token` any daemon's monitor. Enter at `open_client`.
"""

from __future__ import annotations

from fugue_actors.client.client import Client, open_client
from fugue_actors.client.model import Change, Model

__all__ = ["Change", "Client", "Model", "open_client"]
