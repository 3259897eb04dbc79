"""What agents write down for a layout: read leniently once, refused with the place."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.gateways.operations.blueprint import parse_layout
from fugue_actors.protocol.layout import Leaf, Split, leaves


def test_a_pane_alone_is_a_layout() -> None:
    """Each of its keys may be left out, or be null."""
    for written in (
        {},
        None,
        {"command": None, "cwd": None, "name": None, "env": None},
    ):
        plan = parse_layout({"pane": written})
        ((name, root),) = plan.windows
        (pane,) = plan.panes
        assert (name, root) == (None, Leaf(pane_id=pane.pane_id))
        assert (pane.argv, pane.cwd, pane.name, pane.env) == ((), None, None, {})


def test_all_that_a_pane_can_say_is_kept() -> None:
    """A command is a list, or a text split by the shell's rules."""
    written = {
        "command": "sh -c 'a b'",
        "cwd": "src",
        "name": "editor",
        "env": {"A": "1"},
        "restart": "always",
    }
    (pane,) = parse_layout({"pane": written}).panes
    assert pane.argv == ("sh", "-c", "a b")
    assert (pane.cwd, pane.name, pane.env) == ("src", "editor", {"A": "1"})
    assert pane.restart == "always"
    (pane,) = parse_layout({"pane": {"command": ["a b", "c"]}}).panes
    assert pane.argv == ("a b", "c")


def test_ratios_are_relative_and_equal_unless_given() -> None:
    """6 to 4 is 0.6 to 0.4; splits in the same direction are one split."""
    panes = [{"ratio": 6, "layout": {"pane": {}}}, {"ratio": 4, "layout": {"pane": {}}}]
    ((_, root),) = parse_layout({"direction": "vertical", "splits": panes}).windows
    assert isinstance(root, Split)
    assert [part.ratio for part in root.parts] == [0.6, 0.4]
    inner = {
        "layout": {"direction": "vertical", "splits": [{"layout": {"pane": {}}}] * 2}
    }
    ((_, root),) = parse_layout(
        {"direction": "vertical", "splits": [inner, inner]}
    ).windows
    assert isinstance(root, Split)
    assert [part.ratio for part in root.parts] == [0.25] * 4


def test_windows_are_outermost_and_may_have_names() -> None:
    """Their panes are in one list, in reading order."""
    plan = parse_layout(
        {
            "windows": [
                {"name": "one", "layout": {"pane": {"name": "a"}}},
                {"layout": {"pane": {"name": "b"}}},
            ]
        }
    )
    assert [name for name, _ in plan.windows] == ["one", None]
    assert [pane.name for pane in plan.panes] == ["a", "b"]


TREES = st.recursive(
    st.just({"pane": {}}),
    lambda inner: st.builds(
        lambda direction, layouts: {
            "direction": direction,
            "splits": [{"layout": layout} for layout in layouts],
        },
        st.sampled_from(["vertical", "horizontal"]),
        st.lists(inner, min_size=2, max_size=4),
    ),
    max_leaves=20,
)


@given(TREES, st.integers(0, 2))
def test_object_and_text_mean_the_same(tree: dict[str, Any], times: int) -> None:
    """Some agents encode the object as a JSON string, some of them twice."""
    written: Any = tree
    for _ in range(times):
        written = json.dumps(written)
    plan = parse_layout(written)
    ((_, root),) = plan.windows
    assert tuple(leaves(root)) == tuple(pane.pane_id for pane in plan.panes)
    assert len(plan.panes) == json.dumps(tree).count('"pane"')


def split(*parts: Any, **more: Any) -> dict[str, Any]:
    return {"direction": "vertical", "splits": list(parts), **more}


PANE = {"layout": {"pane": {}}}


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (None, "layout is no object: null"),
        ([1], "layout is no object: [1]"),
        ("{", "layout is not JSON"),
        ("7", "layout is no object: 7"),
        ({}, "layout has neither pane nor splits: {}"),
        ({"pane": 1}, "layout.pane is no object: 1"),
        ({"pane": {}, "splits": []}, "layout has an unknown key 'splits'"),
        ({"pane": {"cmd": "x"}}, "layout.pane has an unknown key 'cmd'"),
        ({"pane": {"command": []}}, "layout.pane.command is no program: []"),
        ({"pane": {"command": ""}}, "layout.pane.command is no program: ''"),
        ({"pane": {"command": [1]}}, "layout.pane.command has an argument that is no"),
        ({"pane": {"command": "'"}}, "layout.pane.command cannot be split into words"),
        ({"pane": {"cwd": ""}}, "layout.pane.cwd is no path: ''"),
        ({"pane": {"name": 7}}, "layout.pane.name is no string: 7"),
        ({"pane": {"name": "a b"}}, "layout.pane.name 'a b' is not a pane name"),
        ({"pane": {"env": {"A": 1}}}, "layout.pane.env has a value that is no string"),
        ({"pane": {"restart": "no"}}, "layout.pane.restart is 'no', not one of never,"),
        ({"splits": [PANE, PANE]}, "layout.direction is null, not vertical"),
        (split(PANE), "layout.splits is no list of at least 2"),
        (split(PANE, 3), "layout.splits[1] is no object: 3"),
        (split(PANE, {"pane": {}}), "layout.splits[1] has an unknown key 'pane'"),
        (split(PANE, {}), "layout.splits[1].layout is no object: null"),
        (
            split(PANE, {**PANE, "ratio": 0}),
            "layout.splits[1].ratio is 0, not a number",
        ),
        (split(PANE, {**PANE, "ratio": True}), "layout.splits[1].ratio is true, not a"),
        (split(PANE, {**PANE, "ratio": 10**400}), "layout.splits[1].ratio is 1000"),
        (split(PANE, {**PANE, "ratio": math.nan}), "layout.splits[1].ratio is NaN"),
        (split(PANE, {**PANE, "ratio": "1"}), "layout.splits[1].ratio is '1', not a"),
        ({"windows": []}, "layout.windows is no list of at least 1"),
        (
            {"windows": [{"layout": {"windows": []}}]},
            "layout.windows[0].layout has nei",
        ),
        (
            {"windows": [{"name": "", **PANE}]},
            "layout.windows[0].name '' is not a window",
        ),
        ({"windows": [PANE], "pane": {}}, "layout has an unknown key 'pane'"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value else "",
)
def test_what_is_wrong_is_said_with_its_place(written: Any, complaint: str) -> None:
    """And with a hint that shows what a layout looks like."""
    with pytest.raises(Refused) as refused:
        parse_layout(written)
    assert refused.value.code == "InvalidArgument"
    assert refused.value.message.startswith(complaint)
    assert '{"pane"' in (refused.value.hint or "")


def test_endless_nesting_is_refused() -> None:
    """Before it can exhaust anything."""
    layout: Any = {"pane": {}}
    for depth in range(60):
        layout = split(PANE, {"layout": layout}) | {
            "direction": ("vertical", "horizontal")[depth % 2]
        }
    with pytest.raises(Refused, match="nested more than"):
        parse_layout(layout)
    with pytest.raises(Refused):
        parse_layout(json.dumps(split())[:-1] + "[" * 100_000)


def test_the_example_of_the_guide_can_be_built() -> None:
    """Whoever copies it gets what the page says."""
    page = Path(__file__).parents[2] / "docs" / "how-to" / "arrange-panes.md"
    (example,) = re.findall(r"```json\n(.*?)```", page.read_text("utf-8"), re.DOTALL)
    plan = parse_layout(example)
    assert [pane.name for pane in plan.panes] == ["editor", "top", "bottom"]
    ((_, root),) = plan.windows
    assert isinstance(root, Split)
    assert [part.ratio for part in root.parts] == [0.6, 0.4]
