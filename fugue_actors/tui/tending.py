"""What is done to sessions, windows and panes from the tree. PURE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fugue_actors.tui.editing import Editor
from fugue_actors.tui.modes import Notice, Request
from fugue_actors.tui.prompt import Prompt

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fugue_actors.tui.branches import Branch
    from fugue_actors.tui.modes import Action
    from fugue_actors.tui.state import State


def place_of(branch: Branch) -> dict[str, str]:
    """How a request names a branch."""
    match branch.kind:
        case "session":
            return {"session": branch.session_id}
        case "window":
            return {"session": branch.session_id, "window": branch.key}
        case "pane":
            return {"pane": branch.key}


def killing(branch: Branch) -> Request:
    """What ends a branch."""
    names = {"session": "kill_session", "window": "close_window", "pane": "close_pane"}
    return Request(name=names[branch.kind], args=place_of(branch))


def renaming(state: State, branch: Branch) -> Prompt:
    """A prompt for a new name."""

    def rename(text: str) -> Iterable[Action]:
        args = {**place_of(branch), "name": text}
        return (Request(name=f"rename_{branch.kind}", args=args),)

    return Prompt(
        label=f"(rename {branch.kind}) ",
        editor=Editor.of(branch.own_name, style=state.settings.status_keys),
        entered=rename,
    )


def tagging(state: State, branches: Sequence[Branch]) -> Prompt:
    """A prompt for changes of the tags of the sessions of some branches."""
    sessions = {one.session_id: one.session_name for one in branches}

    def change(text: str) -> Iterable[Action]:
        words = text.replace(",", " ").split()
        gone = [word[1:] for word in words if word[0] == "-" and word[1:]]
        new = [word.removeprefix("+") for word in words if word[0] != "-"]
        new = [word for word in new if word]
        if not gone and not new:
            return (Notice("no tag was named"),)
        return tuple(
            Request(
                name="set_tags",
                args={"session": one, "add": new or None, "remove": gone or None},
            )
            for one in sorted(sessions)
        )

    names = [*sessions.values()]
    what = names[0] if len(names) == 1 else f"{len(names)} sessions"
    return Prompt(
        label=f"(tags of {what}: +new -old) ",
        editor=Editor.of(style=state.settings.status_keys),
        entered=change,
    )
