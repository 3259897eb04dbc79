"""A viewer of screens: folds what the monitor protocol says of one, and compares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.protocol.hosting import StyledRun

if TYPE_CHECKING:
    from fugue_actors.protocol.hosting import ScreenSnapshot


class Fold:
    """One screen as a viewer knows it: whole ones replace it, changes go into it."""

    def __init__(self) -> None:
        self.fields: dict[str, Any] = {}
        self.rows: list[list[dict[str, Any]]] = []
        self.count = 0

    def apply(self, screen: bytes | str | dict[str, Any]) -> None:
        """Fold one document in."""
        if not isinstance(screen, dict):
            screen = json.loads(screen)
        self.count += 1
        fields = dict(screen)
        rows = fields.pop("rows", {})
        if fields.pop("full", False):
            self.fields, self.rows = {}, [[] for _ in range(fields["lines"])]
            assert len(rows) == fields["lines"]
        self.fields.update(fields)
        for number, runs in rows.items():
            self.rows[int(number)] = runs

    @property
    def text(self) -> list[str]:
        """The rows as text."""
        return ["".join(run["text"] for run in row) for row in self.rows]

    @property
    def shown(self) -> dict[str, Any]:
        """All of it that can be read in other ways, and at any moment."""
        fields = {
            k: v for k, v in self.fields.items() if k not in ("next", "bells", "copies")
        }
        return {**fields, "rows": self.rows}


def whole(screen: ScreenSnapshot) -> dict[str, Any]:
    """What `Fold.shown` has to be, made from a styled reading in another way."""
    assert screen.rows is not None
    return {
        "columns": screen.columns,
        "lines": screen.lines,
        "cursor": {
            "x": screen.cursor.x,
            "y": screen.cursor.y,
            "visible": screen.cursor_visible,
            "shape": screen.cursor_shape,
        },
        "alternate": screen.alternate,
        "modes": attrs.asdict(screen.modes),
        "rows": [[run_of(run) for run in row] for row in screen.rows],
    }


def run_of(run: StyledRun) -> dict[str, Any]:
    """A run without the fields that hold their default."""
    return {
        field.name: value
        for field in attrs.fields(StyledRun)
        if (value := getattr(run, field.name)) != field.default
    }
