"""The screens that clients watch: kind `screens` of the monitor protocol.

A client chooses panes, or all that it may see, and is told each of them as a whole first and
then what changed since the last frame that it took.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import trio

from fugue_actors.actors.pace import READS_PER_SECOND
from fugue_actors.gateways.sight import SCREENS
from fugue_actors.protocol.events import (
    PaneClosed,
    PaneOpened,
    SessionClosed,
    SessionRenamed,
    TagsChanged,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fugue_actors.gateways.monitor.choice import Visible
    from fugue_actors.gateways.monitor.mirrors import Mirrors, View
    from fugue_actors.journal import Journal
    from fugue_actors.protocol.events import Recorded
    from fugue_actors.protocol.values import Pane

EXPECTED_SECONDS: Final = 0.25
"""How long what a client's doing brings about has precedence over its rate."""
FRAME_BYTES: Final = 256 * 1024
"""Of screens in one frame; more wait for the next."""
MOVES: Final = (PaneOpened, PaneClosed, SessionClosed, SessionRenamed, TagsChanged)
"""Events after which a client may see other panes."""


class Screens:
    """The screens of a daemon, as a source for each subscriber.

    Args:
        journal: What is the case.
        mirrors: Where screens come from.
    """

    def __init__(self, journal: Journal, mirrors: Mirrors) -> None:
        self.journal = journal
        self.mirrors = mirrors
        self.sources: dict[ScreenSource, None] = {}
        journal.listen(self.note)

    def source(self, wake: Callable[[], None]) -> ScreenSource:
        """The screens that one client watches: none, until it chooses."""
        return ScreenSource(self, wake)

    def note(self, recorded: Recorded) -> None:
        """An event was folded."""
        if self.sources and isinstance(recorded.event, MOVES):
            for source in self.sources:
                source.look_around()


class ScreenSource:
    """The screens that one client watches; see `Source`.

    Attributes:
        views: By pane.
        due: The panes of which there is something new, longest waiting first.
        expected: Until when the client is told of a pane at once, since it does something
            there.
    """

    def __init__(self, screens: Screens, wake: Callable[[], None]) -> None:
        self.name = SCREENS
        self.screens = screens
        self.wake = wake
        self.visible: Visible | None = None
        self.rate = READS_PER_SECOND
        self.views: dict[str, View] = {}
        self.due: dict[str, None] = {}
        self.expected: dict[str, float] = {}

    def choose(self, visible: Visible | None) -> None:
        """What the client has chosen of what it may see; None if nothing any more."""
        self.visible = visible
        if visible is None:
            self.screens.sources.pop(self, None)
        else:
            self.screens.sources[self] = None
            self.rate = visible.choice.rate
            for view in self.views.values():
                view.set_rate(self.rate)
        self.look_around()

    def look_around(self) -> None:
        """Watch those panes that are to be watched by now."""
        wanted = self.wanted()
        for pane_id in self.views.keys() - wanted.keys():
            self.views.pop(pane_id).close()
            self.due.pop(pane_id, None)
            self.expected.pop(pane_id, None)
        for pane_id, pane in wanted.items():
            if pane_id not in self.views:
                self.begin(pane)

    def wanted(self) -> dict[str, Pane]:
        """The panes that the client has chosen, as far as it sees them."""
        visible, known = self.visible, self.screens.journal.state.panes
        if visible is None:
            return {}
        chosen = known if visible.choice.screens is None else visible.choice.screens
        return {
            pane_id: known[pane_id]
            for pane_id in chosen
            if pane_id in known and visible.session(known[pane_id].session_id)
        }

    def begin(self, pane: Pane) -> None:
        """Watch one pane."""

        def note() -> None:
            self.due[pane.pane_id] = None
            self.wake()

        watch = self.screens.mirrors.watch
        self.views[pane.pane_id] = watch(pane, note, self.rate)

    @property
    def is_due(self) -> bool:
        """Whether there is something that the client does not have."""
        return bool(self.due)

    def expect(self, pane_id: str) -> None:
        """The client types into a pane, say: what follows there is not to wait."""
        view = self.views.get(pane_id)
        if view is not None:
            self.expected[pane_id] = trio.current_time() + EXPECTED_SECONDS
            view.hurry()

    @property
    def is_urgent(self) -> bool:
        """Whether something that is expected is there."""
        return bool(self.urgent())

    def urgent(self) -> list[str]:
        """The panes of which the client is to be told at once."""
        if not self.expected:
            return []
        now = trio.current_time()
        for pane_id in [one for one, until in self.expected.items() if until < now]:
            del self.expected[pane_id]
        return [pane_id for pane_id in self.expected if pane_id in self.due]

    def take_urgent(self) -> bytes | None:
        """As `take`, of what is urgent only."""
        return self.joined(self.urgent())

    def take(self) -> bytes | None:
        """What is new, as a JSON object by pane; None if there is nothing after all."""
        return self.joined(self.due)

    def joined(self, pane_ids: Iterable[str]) -> bytes | None:
        """What is new of these, as far as it goes into one frame."""
        parts: list[bytes] = []
        size = 0
        for pane_id in tuple(pane_ids):
            if size >= FRAME_BYTES:
                break
            del self.due[pane_id]
            view = self.views[pane_id]
            part = view.take()
            if part is not None:
                parts.append(view.key + b":" + part)
                size += len(part)
        return b"{" + b",".join(parts) + b"}" if parts else None

    def start_over(self) -> None:
        """The client forgets what it has: send all of it again."""
        for view in self.views.values():
            view.forget()
