"""A recording in the making: screens as they change, drawn as output. Pure.

It is told what is new on screens, as viewers of the monitor protocol are, and how these stand
in the picture. A `shot` gives the events that turn the last picture into the present one:
little, if little has changed. Now and then a keyframe has all of it, so that whoever looks
for a moment need not begin at the beginning.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.client.model import Model
from fugue_actors.drawing import Canvas, Cursor, Painter, Style, borders
from fugue_actors.protocol.tiling import Rectangle
from fugue_actors.recording import cast

if TYPE_CHECKING:
    from collections.abc import Iterable

KEYFRAME_SECONDS: Final = 10.0
KEYFRAME_BYTES: Final = 256 * 1024
"""Of output after which there is a keyframe, however short it took."""
ACTIVE: Final = Style(fg="green")
INACTIVE: Final = Style(fg="brightblack")


@attrs.frozen(kw_only=True)
class Scene:
    """What is in the picture.

    Attributes:
        columns, lines: Size of the picture in cells.
        panes: Where each pane stands.
        active: The pane that has the focus.
    """

    columns: int
    lines: int
    panes: tuple[tuple[str, Rectangle], ...]
    active: str | None

    @property
    def area(self) -> Rectangle:
        """All of it."""
        return Rectangle(0, 0, self.columns, self.lines)


class Film:
    """See the module's docstring.

    Attributes:
        model: The screens as far as they were told.
        scene: What is in the picture; None for one pane that fills it.
    """

    def __init__(self) -> None:
        self.model = Model()
        self.scene: Scene | None = None
        self.canvas = Canvas(1, 1)
        self.painter: Painter | None = None
        self.keyframe_at = 0.0
        self.since_keyframe = 0

    def see(self, pane_id: str, change: bytes) -> None:
        """Something is new on a screen.

        Args:
            pane_id: Whose.
            change: A screen of the monitor protocol as JSON.
        """
        self.model.draw(pane_id, json.loads(change))

    def arrange(self, scene: Scene) -> None:
        """The picture is made up like this from now on."""
        self.scene = scene
        shown = {pane_id for pane_id, _ in scene.panes}
        for pane_id in self.model.screens.keys() - shown:
            del self.model.screens[pane_id]

    def shot(self, at: float) -> list[cast.Event]:
        """The events that lead from the last picture to this one; none if it is the same.

        Args:
            at: When, in seconds since the beginning.
        """
        scene = self.present()
        if scene is None:
            return []
        events = []
        size = scene.columns, scene.lines
        is_first = self.painter is None
        if self.painter is None or (self.painter.columns, self.painter.lines) != size:
            self.canvas = Canvas(*size)
            self.painter = Painter(*size, is_synchronized=False)
            self.since_keyframe = KEYFRAME_BYTES
            events.append(cast.Event(at, cast.RESIZE, cast.size_text(*size)))
        cursor = self.compose(scene)
        output = self.painter.paint(self.canvas, cursor).decode()
        if not output:
            return events
        events.append(cast.Event(at, cast.OUTPUT, output))
        self.since_keyframe += len(output)
        is_due = at - self.keyframe_at >= KEYFRAME_SECONDS
        if is_first or is_due or self.since_keyframe >= KEYFRAME_BYTES:
            self.keyframe_at, self.since_keyframe = at, 0
            whole = Painter(*size, is_synchronized=False).paint(self.canvas, cursor)
            events.append(cast.Event(at, cast.KEYFRAME, whole.decode()))
        return events

    def present(self) -> Scene | None:
        """What is in the picture now; None if nothing is known yet."""
        if self.scene is not None:
            return self.scene if self.model.screens else None
        for pane_id, screen in self.model.screens.items():
            columns, lines = screen.head["columns"], screen.head["lines"]
            place = Rectangle(0, 0, columns, lines)
            return Scene(
                columns=columns, lines=lines, panes=((pane_id, place),), active=pane_id
            )
        return None

    def compose(self, scene: Scene) -> Cursor | None:
        """Draw the picture; where the cursor is in it."""
        self.canvas.clear()
        places = dict(scene.panes)
        for pane_id, area in scene.panes:
            screen = self.model.screens.get(pane_id)
            if screen is not None:
                self.canvas.put_rows(area, screen.rows)
        if len(places) > 1:
            lines = borders(
                tuple(places.values()),
                scene.columns,
                scene.lines,
                places.get(scene.active or ""),
            )
            self.canvas.put_borders(scene.area, lines, INACTIVE, ACTIVE)
        return self.cursor(scene, places)

    def cursor(self, scene: Scene, places: dict[str, Rectangle]) -> Cursor | None:
        """Where the cursor of the active pane is, if it is shown."""
        area = places.get(scene.active or "")
        screen = self.model.screens.get(scene.active or "")
        if area is None or screen is None:
            return None
        said = screen.head["cursor"]
        is_inside = said["x"] < area.columns and said["y"] < area.lines
        if not said["visible"] or not is_inside:
            return None
        return Cursor(area.x + said["x"], area.y + said["y"], shape=said["shape"])


def written(events: Iterable[cast.Event]) -> str:
    """Events as they stand in the file."""
    return "".join(map(cast.event_line, events))
