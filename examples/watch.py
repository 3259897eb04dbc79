"""Watch a daemon with nothing but `websockets` and `json`: who is there, and how they are.

Run it: `python examples/watch.py "$(fugue monitor --observer)"`
"""

from __future__ import annotations

import json
import sys

from websockets.sync.client import connect

page, _, token = sys.argv[1].partition("#token=")
known: dict[str, dict] = {"sessions": {}, "states": {}}

with connect(
    page.replace("http", "ws", 1).rstrip("/") + "/ws", max_size=None
) as daemon:
    for number, (request, args) in enumerate(
        [("hello", {"token": token}), ("subscribe", {"kinds": ["tree", "states"]})]
    ):
        daemon.send(json.dumps({"id": number, "request": request, "args": args}))
    for frame in map(json.loads, daemon):
        if "error" in frame:
            sys.exit(frame["error"]["message"])
        known |= frame.get("snapshot", {})
        for collection, documents in frame.get("put", {}).items():
            known[collection] |= documents
        for collection, keys in frame.get("drop", {}).items():
            for key in keys:
                known[collection].pop(key, None)
        for session_id, state in sorted(known["states"].items()):
            name = known["sessions"][session_id]["session_name"]
            said = (state["status"] or {}).get("status", "-")
            print(f"{name:20} {said:20} {state['unread']} unread", flush=True)
