"""Names, tags, targets and ids that there are, as words for a command line. PURE."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

import attrs

from fugue_actors.tui.defang import plain

if TYPE_CHECKING:
    from fugue_actors.client.model import Model
    from fugue_actors.tui.verbs import Kind, Seen

STATES: Final = (
    *("idle", "working", "waiting_for_input", "blocked", "complete", "error"),
)
MOST_MESSAGES: Final = 50
LONGEST_ABOUT: Final = 100


@attrs.frozen(kw_only=True)
class Candidate:
    """A word that could stand at the cursor.

    Attributes:
        text: The word, without quotation marks.
        about: What it means, in a few words.
        is_open: Whether it is only the beginning of a word.
    """

    text: str
    about: str = ""
    is_open: bool = False


def of_kind(kind: Kind, model: Model, seen: Seen) -> list[Candidate]:
    """The words of a kind that there are."""
    match kind:
        case "session":
            return sessions(model)
        case "place":
            return places(model, seen)
        case "window":
            return [*windows(model), *sessions(model)]
        case "target":
            return targets(model)
        case "tag":
            return tags(model)
        case "message":
            return messages(model)
        case "directory":
            return directories(model)
        case _:
            return []


def sessions(model: Model) -> list[Candidate]:
    """Sessions by name, with how they are."""
    return sorted(
        (
            Candidate(text=session["session_name"], about=how_is(model, session_id))
            for session_id, session in model.sessions.items()
        ),
        key=lambda one: one.text,
    )


def how_is(model: Model, session_id: str) -> str:
    """What a session last said, what it has not read, and whether it needs somebody."""
    session = model.sessions[session_id]
    state = model.states.get(session_id)
    parts: list[str] = []
    if state is not None:
        parts += ["needs you"] if state["attention"] else []
        if (status := state["status"]) is not None:
            said = status["message"]
            parts.append(f"{status['status']}: {said}" if said else status["status"])
        parts += [f"{state['unread']} unread"] if state["unread"] else []
    parts += [" ".join(session["tags"])] if session["tags"] else []
    if not parts:
        parts.append(session["kind"])
    return plain(", ".join(parts), LONGEST_ABOUT)


def places(model: Model, seen: Seen) -> list[Candidate]:
    """Sessions, panes by `SESSION:NAME`, and panes by id, those in view first."""
    named = [
        Candidate(text=f"{pane['session_name']}:{pane['name']}", about=shows(pane))
        for pane in model.panes.values()
        if pane["name"]
    ]
    ids = [
        Candidate(text=pane_id, about=f"{pane['session_name']}, {shows(pane)}")
        for pane_id, pane in model.panes.items()
        if not pane["run"]
    ]
    ids.sort(key=lambda one: (one.text != seen.pane_id, one.about))
    return [*sessions(model), *sorted(named, key=lambda one: one.text), *ids]


def shows(pane: Any) -> str:
    """What runs in a pane."""
    return plain(pane["title"] or pane["command"], LONGEST_ABOUT)


def tags(model: Model) -> list[Candidate]:
    """Tags that sessions have, and whose they are."""
    return [
        Candidate(text=tag, about=plain(", ".join(names), LONGEST_ABOUT))
        for tag, names in sorted(by_tag(model).items())
    ]


def by_tag(model: Model) -> dict[str, list[str]]:
    """The names of the sessions with each tag."""
    found: dict[str, list[str]] = {}
    for session in model.sessions.values():
        for tag in session["tags"]:
            found.setdefault(tag, []).append(session["session_name"])
    return {tag: sorted(names) for tag, names in found.items()}


def changes(model: Model, session: str) -> list[Candidate]:
    """What tags a session could get, and those that it could lose."""
    own: set[str] = set()
    for session_id, one in model.sessions.items():
        if session in (session_id, one["session_name"]):
            own = set(one["tags"])
    return [
        *(Candidate(text=f"-{tag}", about="take it away") for tag in sorted(own)),
        *(
            Candidate(text=f"+{tag}", about=plain(", ".join(names), LONGEST_ABOUT))
            for tag, names in sorted(by_tag(model).items())
            if tag not in own
        ),
    ]


def targets(model: Model) -> list[Candidate]:
    """Whom a message could be for."""
    worktrees = sorted({one["worktree"] or "" for one in model.sessions.values()})
    return [
        *sessions(model),
        *(
            attrs.evolve(one, text=f"tag:{one.text}", about=f"all with it: {one.about}")
            for one in tags(model)
        ),
        Candidate(text="broadcast", about="everybody of your repository"),
        Candidate(text="broadcast:server", about="everybody"),
        Candidate(text="orchestrator", about="whoever leads you"),
        *(
            Candidate(text=f"worktree:{path}", about="everybody who works there")
            for path in worktrees
            if path
        ),
        *(
            Candidate(text=f"state:{state}", about="everybody who last said so")
            for state in STATES
        ),
        *(
            attrs.evolve(one, text=f"session:{one.text}")
            for one in sessions(model)
            if ":" in one.text  # else its name alone will do
        ),
    ]


def messages(model: Model) -> list[Candidate]:
    """The newest messages, by id."""
    newest = islice(sorted(model.messages, reverse=True), MOST_MESSAGES)
    return [
        Candidate(text=message_id, about=summary(model.messages[message_id]))
        for message_id in newest
    ]


def summary(message: Any) -> str:
    """A message in one line: who says what to whom."""
    return plain(
        f"{message['from']['session_name']}: {said(message)}",
        LONGEST_ABOUT,
    )


def said(message: Any) -> str:
    """What a message says, in one line; its type if it has no text."""
    payload = message["payload"]
    for key in ("text", "message", "description", "summary", "context"):
        if isinstance(text := payload.get(key), str) and text.strip():
            return text
    if payload.get("payload_cut"):
        return f"{message['type']}, {payload['payload_bytes']} bytes"
    return str(message["type"])


def directories(model: Model) -> list[Candidate]:
    """Where sessions and panes work."""
    found: dict[str, set[str]] = {}
    for session in model.sessions.values():
        found.setdefault(session["cwd"], set()).add(session["session_name"])
    for pane in model.panes.values():
        found.setdefault(pane["cwd"], set()).add(pane["session_name"])
    return [
        Candidate(text=path, about=plain(", ".join(sorted(names)), LONGEST_ABOUT))
        for path, names in sorted(found.items())
        if path
    ]


def windows(model: Model) -> list[Candidate]:
    """Windows, as `SESSION:NUMBER`."""
    found = [
        Candidate(
            text=f"{layout['session_name']}:{window['number']}",
            about=plain(window["name"] or "", LONGEST_ABOUT),
        )
        for layout in model.layouts.values()
        for window in layout["windows"]
    ]
    return sorted(found, key=lambda one: one.text)


def tmux_targets(model: Model) -> list[Candidate]:
    """Sessions, their windows, and panes by id."""
    ids = [
        Candidate(text=pane_id, about=f"{pane['session_name']}, {shows(pane)}")
        for pane_id, pane in model.panes.items()
        if not pane["run"]
    ]
    return [*sessions(model), *windows(model), *ids]
