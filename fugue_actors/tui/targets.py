"""Which session, window or pane a command means, as in tmux's `-t`. Pure.

`ann:logs.1` is the second pane of the window `logs` of session `ann`; each of the three may
be left out. Windows are names, numbers from 0 or ids; panes are names, numbers or ids. For
each there are words for what is near: `+` and `-` are the next and the previous, `!` the
last one; panes also have `{up}`, `{down}`, `{left}` and `{right}`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.errors import Refused
from fugue_actors.protocol.monitor import WindowDocument

if TYPE_CHECKING:
    from fugue_actors.protocol.monitor import AreaDocument
    from fugue_actors.tui.state import State

LAST: Final = ("!", "{last}")
NEXT: Final = ("+", "{next}")
PREVIOUS: Final = ("-", "{previous}")
CURRENT: Final = ("", ".", "{current}")
DIRECTIONS: Final = {"{up}": "U", "{down}": "D", "{left}": "L", "{right}": "R"}


@attrs.frozen(kw_only=True)
class Target:
    """What is meant: a session, one of its windows, and a pane of that."""

    session_id: str
    window: WindowDocument
    pane_id: str

    @property
    def window_id(self) -> str:
        return self.window["window_id"]


def find(state: State, text: str | None, *, kind: str = "pane") -> Target:
    """What a target means, for a client that is where it is.

    Args:
        state: Of the client.
        text: The target; None for where the client is.
        kind: What a word without `:` or `.` names first: `session`, `window`, `pane`.

    Raises:
        Refused: `SessionNotFound` or `PaneNotFound`; `InvalidArgument` for a window.
    """
    session_word, window_word, pane_word = parted(text or "", kind)
    if not session_word and not window_word:
        exact = by_pane_id(state, pane_word.removeprefix("%"))
        if exact is not None:
            return exact
    session_id = find_session(state, session_word)
    window = find_window(state, session_id, window_word)
    return Target(
        session_id=session_id,
        window=window,
        pane_id=find_pane(state, window, pane_word),
    )


def parted(text: str, kind: str) -> tuple[str, str, str]:
    """The words for session, window and pane; empty where nothing is said."""
    session, colon, rest = text.rpartition(":")
    window, dot, pane = rest.partition(".")
    if colon:
        return session, window, pane
    if dot and (window or pane):
        return "", window, pane
    if kind == "session":
        return text, "", ""
    if kind == "window":
        return "", text, ""
    return "", "", text


def by_pane_id(state: State, word: str) -> Target | None:
    """The pane with an id, in whatever session it is."""
    if word not in state.model.panes:
        return None
    for session_id in state.model.layouts:
        for window in state.windows_of(session_id):
            if word in (area["pane_id"] for area in state.tiles_of(window)):
                return Target(session_id=session_id, window=window, pane_id=word)
    return None


# ---- sessions


def find_session(state: State, word: str) -> str:
    """A session's id."""
    ids = list(state.session_ids())
    current = state.session_id
    found: str | None
    if word in CURRENT:
        found = current
    elif word in LAST:
        found = state.last_session_id
    elif word in NEXT or word in PREVIOUS:
        found = beside(ids, current, 1 if word in NEXT else -1)
    else:
        found = session_named(state, word.removeprefix("="))
    if found is None:
        raise Refused(
            "SessionNotFound",
            f"there is no session {word!r}" if word else "there is no session",
            hint="prefix s lists them",
        )
    return found


def session_named(state: State, word: str) -> str | None:
    """The session with this id or name, or the only one whose name begins so."""
    if word in state.model.sessions:
        return word
    names = {
        document["session_name"]: session_id
        for session_id, document in state.model.sessions.items()
    }
    if word in names:
        return names[word]
    close = [names[name] for name in names if name.startswith(word)]
    return close[0] if len(close) == 1 else None


# ---- windows


def find_window(state: State, session_id: str, word: str) -> WindowDocument:
    """A window of a session."""
    windows = state.windows_of(session_id)
    by_id = {window["window_id"]: window for window in windows}
    current = state.window_in(session_id)
    found: WindowDocument | None
    if word in CURRENT:
        found = current
    elif word in LAST:
        found = by_id.get(state.last_window_id or "")
    elif word in ("^", "{start}"):
        found = windows[0] if windows else None
    elif word in ("$", "{end}"):
        found = windows[-1] if windows else None
    elif word[:1] in ("+", "-") and (word[1:].isdecimal() or not word[1:]):
        step = int(word[1:] or 1) * (1 if word[0] == "+" else -1)
        near = current and beside(list(by_id), current["window_id"], step)
        found = by_id.get(near or "")
    else:
        found = window_named(windows, word.removeprefix("="))
    if found is None and word in LAST:
        raise Refused("InvalidArgument", "no last window")
    if found is None:
        raise Refused(
            "InvalidArgument",
            f"there is no window {word!r}" if word else "the session has no window",
            hint="prefix w lists them",
        )
    return found


def window_named(windows: list[WindowDocument], word: str) -> WindowDocument | None:
    """The window with this number, id or name, or the only one whose name begins so."""
    if word.isdecimal():
        numbered = (each for each in windows if each["number"] == int(word))
        return next(numbered, None)
    word = word.removeprefix("@")
    for window in windows:
        if word in (window["window_id"], window["name"]):
            return window
    close = [window for window in windows if (window["name"] or "").startswith(word)]
    return close[0] if len(close) == 1 else None


# ---- panes


def find_pane(state: State, window: WindowDocument, word: str) -> str:
    """The id of a pane of a window."""
    ids = [area["pane_id"] for area in state.tiles_of(window)]
    current = state.pane_in(window)
    found: str | None
    if word in CURRENT:
        found = current
    elif word in LAST:
        found = state.last_pane_id if window == state.window else None
    elif word in NEXT or word in PREVIOUS:
        found = beside(ids, current, 1 if word in NEXT else -1)
    elif word in DIRECTIONS:
        found = current and neighbour(state, window, current, DIRECTIONS[word])
    else:
        found = pane_named(state.tiles_of(window), word.removeprefix("%"))
    if found is None:
        raise Refused("PaneNotFound", f"there is no pane {word!r}".replace(" ''", ""))
    return found


def pane_named(areas: list[AreaDocument], word: str) -> str | None:
    """The pane with this number, id or name."""
    if word.isdecimal():
        return areas[int(word)]["pane_id"] if int(word) < len(areas) else None
    for area in areas:
        if word in (area["pane_id"], area["name"]):
            return area["pane_id"]
    return None


def neighbour(
    state: State, window: WindowDocument, pane_id: str, direction: str
) -> str | None:
    """The pane that lies in a direction, round the edge if there is none before it.

    Of several that touch it is the one that shares most of the edge.

    Args:
        state: Of the client.
        window: The window.
        pane_id: From which pane.
        direction: `U`, `D`, `L` or `R`.
    """
    areas = {area["pane_id"]: area for area in state.tiles_of(window)}
    here = areas.get(pane_id)
    if here is None or len(areas) < 2:
        return None
    horizontal = direction in "LR"
    forward = direction in "DR"
    start, end = span(here, along=horizontal)
    total = window["columns"] if horizontal else window["lines"]
    wanted = end + 1 if forward else start - 1
    wrapped = 0 if forward else total
    best: tuple[int, str] | None = None
    for edge in (wanted, wrapped):
        for other in areas.values():
            near = span(other, along=horizontal)[0 if forward else 1]
            shared = overlap(here, other, along=not horizontal)
            if other is here or near != edge or shared < 0:
                continue
            if best is None or shared > best[0]:
                best = shared, other["pane_id"]
        if best is not None:
            return best[1]
    return None


def span(area: AreaDocument, *, along: bool) -> tuple[int, int]:
    """First cell of an area and the first after it: columns if `along`, else lines."""
    if along:
        return area["x"], area["x"] + area["columns"]
    return area["y"], area["y"] + area["lines"]


def overlap(one: AreaDocument, other: AreaDocument, *, along: bool) -> int:
    """How many columns (if `along`) or lines two areas share."""
    first, second = span(one, along=along), span(other, along=along)
    return min(first[1], second[1]) - max(first[0], second[0])


def beside(ids: list[str], current: str | None, step: int) -> str | None:
    """The one that comes some steps after the current one, round the end."""
    if not ids:
        return None
    start = ids.index(current) if current in ids else 0
    return ids[(start + step) % len(ids)]
