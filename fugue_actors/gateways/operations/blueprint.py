"""The layouts that agents write down: an object, or the same as a JSON string. Pure.

A layout is one of

- `{"pane": {"command", "cwd", "name", "env", "restart"}}`, each key optional: one pane;
- `{"direction", "splits": [{"ratio", "layout"}, …]}`: two or more layouts side by side
  (`vertical`) or one above the other (`horizontal`);
- `{"windows": [{"name", "layout"}, …]}`, outermost only: one window for each.

What is wrong is said with the place where it stands, `layout.splits[1].layout.pane`.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any, Final, NoReturn

import attrs

from fugue_actors.actors.jsontext import decode, show
from fugue_actors.errors import Refused
from fugue_actors.gateways.operations.schemas import RESTART_POLICIES
from fugue_actors.protocol.ids import check_pane_name, check_window_name, new_pane_id
from fugue_actors.protocol.layout import Direction, Leaf, Node, Part
from fugue_actors.protocol.trees import joined
from fugue_actors.protocol.values import RestartPolicy

if TYPE_CHECKING:
    from collections.abc import Callable

DIRECTIONS: Final[tuple[Direction, ...]] = ("vertical", "horizontal")
DEEPEST: Final = 32
LARGEST_RATIO: Final = 1_000_000
FORMS: Final = (
    'a layout is {"pane": {"command", "cwd", "name", "env", "restart"}}, or '
    '{"direction": "vertical", "splits": [{"ratio": 0.6, "layout": …}, …]}; several windows are '
    '{"windows": [{"name", "layout"}, …]}'
)


@attrs.frozen(kw_only=True)
class PanePlan:
    """A pane that is asked for; an empty `argv` means the default command."""

    pane_id: str
    argv: tuple[str, ...] = ()
    cwd: str | None = None
    name: str | None = None
    env: dict[str, str] = attrs.field(factory=dict, repr=False)
    restart: RestartPolicy = "never"


@attrs.frozen(kw_only=True)
class Blueprint:
    """Windows with the trees they show, and the panes in them in reading order."""

    windows: tuple[tuple[str | None, Node], ...]
    panes: tuple[PanePlan, ...]


def parse_layout(value: object) -> Blueprint:
    """What an agent wrote down; each pane in it gets its id here.

    Raises:
        Refused: `InvalidArgument`, with the place and what could stand there.
    """
    if isinstance(value, str):
        try:
            value = decode(value)
        except ValueError as error:
            refuse("layout", f"is not JSON: {error}")
    panes: list[PanePlan] = []
    if isinstance(value, dict) and "windows" in value:
        check_keys("layout", value, "windows")
        windows = tuple(
            parse_window(f"layout.windows[{i}]", each, panes)
            for i, each in enumerate(listed("layout.windows", value["windows"], 1))
        )
    else:
        windows = ((None, parse_node("layout", value, panes, 0)),)
    return Blueprint(windows=windows, panes=tuple(panes))


def parse_window(
    place: str, value: object, panes: list[PanePlan]
) -> tuple[str | None, Node]:
    window = an_object(place, value)
    check_keys(place, window, "name", "layout")
    name = window.get("name")
    if name is not None:
        checked(f"{place}.name", check_window_name, name)
    return name, parse_node(f"{place}.layout", window.get("layout"), panes, 0)


def parse_node(place: str, value: object, panes: list[PanePlan], depth: int) -> Node:
    shape = an_object(place, value)
    if depth > DEEPEST:
        refuse(place, f"is nested more than {DEEPEST} levels deep")
    if "pane" in shape:
        check_keys(place, shape, "pane")
        plan = parse_pane(f"{place}.pane", shape["pane"])
        panes.append(plan)
        return Leaf(pane_id=plan.pane_id)
    if "splits" not in shape:
        refuse(place, f"has neither pane nor splits: {show(value)}")
    check_keys(place, shape, "direction", "splits")
    direction = shape.get("direction")
    if direction not in DIRECTIONS:
        refuse(
            f"{place}.direction",
            f"is {show(direction)}, not vertical (side by side) or horizontal",
        )
    splits = listed(f"{place}.splits", shape["splits"], 2)
    parts = []
    for i, each in enumerate(splits):
        inner = f"{place}.splits[{i}]"
        part = an_object(inner, each)
        check_keys(inner, part, "ratio", "layout")
        ratio = part.get("ratio", 1 / len(splits))
        parts.append(
            Part(
                ratio=a_ratio(f"{inner}.ratio", ratio),
                node=parse_node(
                    f"{inner}.layout", part.get("layout"), panes, depth + 1
                ),
            )
        )
    tree = joined(direction, parts)
    assert tree is not None
    return tree


def parse_pane(place: str, value: object) -> PanePlan:
    shape = an_object(place, {} if value is None else value)
    check_keys(place, shape, "command", "cwd", "name", "env", "restart")
    name, cwd = shape.get("name"), shape.get("cwd")
    if name is not None:
        checked(f"{place}.name", check_pane_name, name)
    if cwd is not None and not (isinstance(cwd, str) and cwd):
        refuse(f"{place}.cwd", f"is no path: {show(cwd)}")
    env = an_object(f"{place}.env", shape.get("env") or {})
    if not all(isinstance(each, str) for each in env.values()):
        refuse(f"{place}.env", "has a value that is no string")
    restart: Any = shape.get("restart") or "never"
    if restart not in RESTART_POLICIES:
        refuse(
            f"{place}.restart",
            f"is {show(restart)}, not one of {', '.join(RESTART_POLICIES)}",
        )
    return PanePlan(
        pane_id=new_pane_id(),
        argv=a_command(f"{place}.command", shape.get("command")),
        cwd=cwd,
        name=name,
        env=env,
        restart=restart,
    )


def a_command(place: str, value: object) -> tuple[str, ...]:
    """A program and its arguments; a text is split by the shell's rules of quoting."""
    if value is None:
        return ()
    words = value
    if isinstance(value, str):
        try:
            words = shlex.split(value)
        except ValueError as error:
            refuse(place, f"cannot be split into words: {error}")
    if not (isinstance(words, list) and words):
        refuse(place, f"is no program: {show(value)}")
    if not all(isinstance(word, str) for word in words):
        refuse(place, "has an argument that is no string")
    return tuple(words)


def a_ratio(place: str, value: object) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not 0 < value <= LARGEST_RATIO:  # type: ignore[operator]
        refuse(
            place,
            f"is {show(value)}, not a number above 0 and up to {LARGEST_RATIO:,}",
        )
    return float(value)  # type: ignore[arg-type]


def an_object(place: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        refuse(place, f"is no object: {show(value)}")
    return value


def listed(place: str, value: object, least: int) -> list[Any]:
    if not isinstance(value, list) or len(value) < least:
        refuse(place, f"is no list of at least {least}: {show(value)}")
    return value


def check_keys(place: str, shape: dict[str, Any], *known: str) -> None:
    for key in shape:
        if key not in known:
            refuse(place, f"has an unknown key {show(key)}")


def checked(place: str, check: Callable[[str], str], value: object) -> None:
    if not isinstance(value, str):
        refuse(place, f"is no string: {show(value)}")
    try:
        check(value)
    except Refused as error:
        refuse(place, error.message)


def refuse(place: str, what: str) -> NoReturn:
    raise Refused("InvalidArgument", f"{place} {what}", hint=FORMS)
