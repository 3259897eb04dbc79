"""Sessions, windows and panes as a tree of lines, as the chooser shows them. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import attrs

from fugue_actors.tui.defang import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fugue_actors.protocol.monitor import (
        StateDocument,
        WindowDocument,
    )
    from fugue_actors.tui.state import State

Kind = Literal["session", "window", "pane"]
ORDERS: Final = ("name", "need", "unread")
LONGEST: Final = 200


@attrs.frozen(kw_only=True)
class Branch:
    """A session, a window or a pane.

    Attributes:
        key: Its id.
        kind: What it is.
        session_id, session_name: Of the session it belongs to.
        target: What commands call it.
        name: What people call it.
        own_name: The name that it was given; empty if none.
        pane_ids: The panes that it has.
        inside: The key of what it is in.
        has_more: Whether something is in it.
        need: Why somebody should look at it; empty if nobody needs to.
        unread: How many messages wait.
        status: What was last reported.
        about: What else there is to say.
    """

    key: str
    kind: Kind
    session_id: str
    session_name: str
    target: str
    name: str
    own_name: str = ""
    pane_ids: tuple[str, ...] = ()
    inside: str | None = None
    has_more: bool = False
    need: str = ""
    unread: int = 0
    status: str = ""
    about: str = ""

    @property
    def depth(self) -> int:
        """How far it stands to the right."""
        return ("session", "window", "pane").index(self.kind)

    @property
    def text(self) -> str:
        """All that a filter looks at."""
        return f"{self.name} {self.need} {self.status} {self.about}"


def branches(state: State, order: str = "name") -> list[Branch]:
    """All branches, each before what is in it."""
    found = [session_branch(state, one) for one in state.session_ids()]
    if order == "need":
        found.sort(key=lambda one: not one.need)
    elif order == "unread":
        found.sort(key=lambda one: -one.unread)
    return [
        branch
        for session in found
        for branch in (session, *windows(state, session.session_id))
    ]


def above(known: Mapping[str, Branch], key: str) -> Iterator[str]:
    """The keys of what a branch is in, from the inside out."""
    inside = known[key].inside
    while inside is not None:
        yield inside
        inside = known[inside].inside


def session_branch(state: State, session_id: str) -> Branch:
    """A session."""
    session = state.model.sessions[session_id]
    own = state.model.states.get(session_id)
    name = session["session_name"]
    shown = state.windows_of(session_id)
    count = f"{len(shown)} window" + ("" if len(shown) == 1 else "s")
    tags = "".join(f" #{tag}" for tag in session["tags"])
    return Branch(
        key=session_id,
        kind="session",
        session_id=session_id,
        session_name=name,
        target=f"{session_id}:",
        name=plain(name),
        own_name=name,
        pane_ids=tuple(
            area["pane_id"] for one in shown for area in state.tiles_of(one)
        ),
        has_more=bool(shown),
        need=needs(own),
        unread=0 if own is None else own["unread"],
        status=reported(own),
        about=plain(count + tags, LONGEST),
    )


def needs(own: StateDocument | None, pane_ids: tuple[str, ...] | None = None) -> str:
    """Why somebody should look, in a line.

    Args:
        own: How a session is.
        pane_ids: Only what is about these panes.
    """
    if own is None:
        return ""
    for reason in own["attention"]:
        if pane_ids is None or reason.get("pane_id") in pane_ids:
            return plain(reason["text"] or reason["reason"].replace("_", " "), LONGEST)
    return ""


def reported(own: StateDocument | None) -> str:
    """What a session last said of itself."""
    status = None if own is None else own["status"]
    if status is None:
        return ""
    text = f"{status['status']}: {status['message']}"
    return plain(text if status["message"] else status["status"], LONGEST)


def windows(state: State, session_id: str) -> Iterator[Branch]:
    """The windows of a session, and their panes."""
    session = state.model.sessions[session_id]
    own = state.model.states.get(session_id)
    for window in state.windows_of(session_id):
        pane_ids = tuple(area["pane_id"] for area in state.tiles_of(window))
        is_split = len(pane_ids) > 1
        target = f"{session_id}:{window['window_id']}"
        yield Branch(
            key=window["window_id"],
            kind="window",
            session_id=session_id,
            session_name=session["session_name"],
            target=target,
            name=f"{window['number']}: {plain(state.name_of(window))}",
            own_name=window["name"] or "",
            pane_ids=pane_ids,
            inside=session_id,
            has_more=is_split,
            need=needs(own, pane_ids),
            about=f"{len(pane_ids)} panes" if is_split else pane_about(state, pane_ids),
        )
        if is_split:
            yield from panes(state, session_id, window)


def panes(state: State, session_id: str, window: WindowDocument) -> Iterator[Branch]:
    """The panes of a window."""
    own = state.model.states.get(session_id)
    for number, area in enumerate(state.tiles_of(window)):
        pane_id = area["pane_id"]
        pane = state.model.panes.get(pane_id)
        name = area["name"] or ("" if pane is None else pane["command"])
        yield Branch(
            key=pane_id,
            kind="pane",
            session_id=session_id,
            session_name="" if pane is None else pane["session_name"],
            target=f"{session_id}:{window['window_id']}.{pane_id}",
            name=f"{number}: {plain(name)}",
            own_name=area["name"] or "",
            pane_ids=(pane_id,),
            inside=window["window_id"],
            need=needs(own, (pane_id,)),
            about=pane_about(state, (pane_id,)),
        )


def pane_about(state: State, pane_ids: tuple[str, ...]) -> str:
    """What a pane says of itself, and how its program is if it does not run."""
    pane = state.model.panes.get(pane_ids[0]) if pane_ids else None
    if pane is None:
        return ""
    parts = [pane["title"]] if pane["title"] else []
    if pane["state"] != "running":
        parts.append(pane["state"])
    return plain(", ".join(parts), LONGEST)
