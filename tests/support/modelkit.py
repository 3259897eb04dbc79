"""What a client of the monitor protocol knows, made up for tests of what it shows."""

from __future__ import annotations

from typing import Any

from fugue_actors.client.model import Model, Screen

SINCE = "2026-11-21T12:00:00.000Z"


def model_of(*sessions: tuple[str, list[list[str]]], **tags: list[str]) -> Model:
    """A model of sessions, each with its windows as lists of the names of panes.

    A pane's id is `p` and its name; its window is as wide as it has panes beside each
    other, 20 columns each, and 6 lines high. Ids of sessions are their names after `s-`.
    """
    model = Model(generation=1)
    for name, windows in sessions:
        add_session(model, name, windows, tags=tags.get(name, []))
    return model


def add_session(
    model: Model,
    name: str,
    windows: list[list[str]],
    *,
    tags: list[str] | None = None,
) -> str:
    """Another session; its id."""
    session_id = f"s-{name}"
    kind = "managed" if windows else "guest"
    model.sessions[session_id] = {
        "session_id": session_id,
        "session_name": name,
        "kind": kind,  # type: ignore[typeddict-item] # one of those there are
        "tags": tags or [],
        "cwd": f"/work of/{name}",
        "repository": None,
        "worktree": None,
        "parent": None,
    }
    model.states[session_id] = {
        "session_id": session_id,
        "status": None,
        "unread": 0,
        "attention": [],
    }
    arrange(model, session_id, windows)
    return session_id


def arrange(model: Model, session_id: str, windows: list[list[str]]) -> None:
    """Give a session these windows."""
    name = model.sessions[session_id]["session_name"]
    for pane_id in [k for k, p in model.panes.items() if p["session_id"] == session_id]:
        del model.panes[pane_id]
    documents: list[Any] = []
    for number, panes in enumerate(windows):
        areas = [
            {
                "pane_id": f"p{pane}",
                "name": None,
                "focused": place == 0,
                "x": 21 * place,
                "y": 0,
                "columns": 20,
                "lines": 6,
            }
            for place, pane in enumerate(panes)
        ]
        documents.append(
            {
                "window_id": f"w{panes[0]}",
                "number": number,
                "name": f"win{number}",
                "focused": number == 0,
                "columns": 21 * len(panes) - 1,
                "lines": 6,
                "pane_id": f"p{panes[0]}",
                "zoomed": None,
                "layout": {},
                "panes": areas,
            }
        )
        for pane in panes:
            add_pane(model, session_id, pane)
    model.layouts[session_id] = {
        "session_id": session_id,
        "session_name": name,
        "pane_id": documents[0]["pane_id"] if documents else None,
        "windows": documents,
    }


def add_pane(model: Model, session_id: str, pane: str) -> None:
    """A pane whose program runs, with its name on its screen."""
    document: Any = {
        "pane_id": f"p{pane}",
        "session_id": session_id,
        "session_name": model.sessions[session_id]["session_name"],
        "name": None,
        "pid": 1,
        "command": "sh",
        "cwd": "/tmp",
        "columns": 20,
        "lines": 6,
        "title": f"title of {pane}",
        "state": "running",
        "exit": None,
        "last_exit": None,
        "restart": "never",
        "restarts": 0,
        "trouble": None,
        "orphaned": False,
        "run": False,
    }
    model.panes[document["pane_id"]] = document
    head: Any = {
        "columns": 20,
        "lines": 6,
        "cursor": {"x": 2, "y": 1, "visible": True, "shape": "default"},
    }
    rows: Any = [[{"text": f"screen of {pane}"}], [{"text": "$ "}], [], [], [], []]
    model.screens[document["pane_id"]] = Screen(head, rows)


def add_message(
    model: Model,
    number: int,
    sender: str,
    recipients: dict[str, str],
    *,
    text: str = "hello",
    **more: Any,
) -> str:
    """A message, with the state it has for each recipient; its id, which sorts by time."""
    message_id = f"m{number:04}"
    states: dict[str, int] = {}
    for state in recipients.values():
        states[state] = states.get(state, 0) + 1
    document: Any = {
        "id": message_id,
        "from": {
            "session_id": f"s-{sender}",
            "session_name": sender,
            "attested": "process",
        },
        "target": {"session": next(iter(recipients), "nobody")},
        "type": "message",
        "payload": {"text": text},
        "sent_at": f"2026-11-21T12:{number % 60:02}:00.000Z",
        "recipients": [
            {
                "session_id": f"s-{name}",
                "session_name": name,
                "state": state,
                "at": SINCE,
            }
            for name, state in recipients.items()
        ],
        "states": states,
        **more,
    }
    model.messages[message_id] = document
    return message_id
