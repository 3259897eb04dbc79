"""One recording: watches panes, and writes what they show into a file.

1. It waits until something is new, and costs nothing while nothing is.
2. What is new is drawn and written in a thread, one picture after the other: it keeps no
   agent waiting, and a disk that is slow costs pictures, not memory. Thirty are made in a
   second at most, and twice as long as one took is left before the next.
3. It is written at once, so a crash loses the picture that was being made. A new
   incarnation, also one of the next daemon, goes on with the same file and says that
   there is a gap.
4. It ends when it is told to, with the pane or session that it shows, or when its file has
   grown too large or its disk is nearly full. Then the journal says why.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from fugue_actors.gateways.recordings import happenings
from fugue_actors.gateways.recordings.files import EndedError, Writer
from fugue_actors.kernel import Actor, Request
from fugue_actors.protocol.events import RecordingEnded
from fugue_actors.protocol.tiling import rectangles
from fugue_actors.recording import cast, notes
from fugue_actors.recording.film import Film, Scene, written
from fugue_actors.recording.notes import Note

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.gateways.monitor import Mirrors
    from fugue_actors.gateways.monitor.mirrors import View
    from fugue_actors.gateways.recordings.settings import RecordSettings
    from fugue_actors.journal import Journal
    from fugue_actors.kernel import Reply
    from fugue_actors.protocol.events import Recorded
    from fugue_actors.protocol.values import Recording

logger = logging.getLogger(__name__)

SHORTEST: Final = 1 / 30
"""Seconds from one picture to the next."""
REST: Final = 2.0
"""How many times as long as a picture took nothing is drawn after it."""
MOST_NOTES: Final = 1_000
"""Notes that wait to be written; of more the oldest are lost."""
GONE: Final = "what it showed is closed"


@attrs.frozen(kw_only=True)
class Finish(Request[None]):
    """End the recording, for this reason; answered when its file is complete."""

    reason: str


@attrs.frozen(kw_only=True)
class Job:
    """What one turn in the thread has to do.

    Attributes:
        at: The present moment of the recording.
        scene: What is in the picture from now on; None if that is one pane.
        screens: What is new, by pane.
        happened: Notes and when they were.
    """

    at: float
    scene: Scene | None
    screens: list[tuple[str, bytes]]
    happened: list[tuple[float, Note]]


class RecorderActor(Actor):
    """See the module's docstring.

    Args:
        journal: What is the case.
        mirrors: Where screens come from.
        settings: What the daemon was told.
        recording_id: Which recording.
        turn: Lets one recording after the other draw.
    """

    def __init__(
        self,
        journal: Journal,
        mirrors: Mirrors,
        settings: RecordSettings,
        recording_id: str,
        turn: trio.CapacityLimiter,
    ) -> None:
        self.journal = journal
        self.mirrors = mirrors
        self.recording: Recording = journal.state.recordings[recording_id]
        self.turn = turn
        self.writer = Writer(
            Path(self.recording.file),
            recording_id,
            most_bytes=settings.most_bytes,
            free_bytes=settings.free_bytes,
        )
        self.film = Film()
        self.views: dict[str, View] = {}
        self.due: dict[str, None] = {}
        self.scene: Scene | None = None
        self.happened: deque[tuple[float, Note]] = deque(maxlen=MOST_NOTES)
        self.woken = trio.Event()
        self.ending: str | None = None
        self.waiting: list[Reply[None]] = []
        self.unlisten: Callable[[], None] = lambda: None
        self.began = 0.0

    async def on_start(self) -> None:
        """Begin to watch, where an earlier incarnation was if there was one."""
        if self.recording.ended_at is None:
            self.nursery.start_soon(self.run)
        else:  # that incarnation had got as far as to tell the journal
            self.stop("it has ended")

    async def on_stop(self, exit: object) -> None:
        """Let go of everything; the file is whole."""
        self.look_away()
        self.writer.close()

    async def handle(self, message: Any) -> None:
        """One message."""
        match message:
            case Finish(reason=reason):
                self.waiting.append(self.defer())
                self.end(reason)

    # ---- what is new

    def now(self) -> float:
        """The present moment of the recording."""
        return trio.current_time() - self.began

    def wake(self) -> None:
        """There is something to do."""
        self.woken.set()

    def end(self, reason: str) -> None:
        """End as soon as what is new is written."""
        if self.ending is None:
            self.ending = reason
        self.wake()

    def note(self, recorded: Recorded) -> None:
        """An event was folded."""
        state = self.journal.state
        note = happenings.note_of(recorded.event, self.recording, self.views, state)
        if note is not None:
            self.happened.append((self.now(), note))
            self.wake()
        self.look_around()

    def look_around(self) -> None:
        """Watch what is to be seen by now, or end if that is nothing any more."""
        state, recording = self.journal.state, self.recording
        wanted: tuple[str, ...]
        if recording.pane_id is not None:
            if recording.pane_id not in state.panes:
                self.end(GONE)
                return
            wanted = (recording.pane_id,)
        else:
            if recording.session_id not in state.sessions:
                self.end(GONE)
                return
            scene = self.scene_now()
            if scene is None or scene == self.scene:
                return
            self.scene = scene
            wanted = tuple(pane_id for pane_id, _ in scene.panes)
            self.wake()
        for pane_id in self.views.keys() - set(wanted):
            self.views.pop(pane_id).close()
            self.due.pop(pane_id, None)
        for pane_id in wanted:
            if pane_id not in self.views and pane_id in state.panes:
                self.watch_pane(pane_id)

    def look_away(self) -> None:
        """Watch nothing any more; once is enough."""
        self.unlisten()
        for view in self.views.values():
            view.close()
        self.views.clear()
        self.due.clear()

    def scene_now(self) -> Scene | None:
        """The window that has the session's focus, as it stands; None if there is none."""
        layout = self.journal.state.layout_of(self.recording.session_id)
        window = layout.window(layout.focus or "")
        if window is None:
            return None
        return Scene(
            columns=window.columns,
            lines=window.lines,
            panes=tuple(rectangles(window).items()),
            active=window.focus,
        )

    def watch_pane(self, pane_id: str) -> None:
        """Watch one pane."""

        def changed() -> None:
            self.due[pane_id] = None
            self.wake()

        pane = self.journal.state.panes[pane_id]
        self.views[pane_id] = self.mirrors.watch(pane, changed)

    # ---- writing it

    async def run(self) -> None:
        """Write what is new, as long as it may."""
        try:
            await self.begin()
            while self.ending is None:
                await self.woken.wait()
                self.woken = trio.Event()
                began = trio.current_time()
                await self.write()
                took = trio.current_time() - began
                await trio.sleep(max(SHORTEST - took, REST * took))
            await self.write()
        except EndedError as error:
            self.ending = str(error)
        await self.finish()

    async def begin(self) -> None:
        """Go on with the file, and watch.

        Raises:
            EndedError: It cannot be gone on with.
        """
        found = await trio.to_thread.run_sync(self.writer.open)
        since = max(0.0, time.time() - found.began)
        self.began = trio.current_time() - max(since, found.at or 0.0)
        if found.at is not None:
            gap = Note("gap", {"seconds": round(max(0.0, self.now() - found.at), 3)})
            self.happened.append((self.now(), gap))
            self.wake()
        self.unlisten = self.journal.listen(self.note)
        self.look_around()

    async def write(self) -> None:
        """Draw and write what is new.

        Raises:
            EndedError: That cannot be.
        """
        job = self.job()
        await trio.to_thread.run_sync(self.carry_out, job, limiter=self.turn)

    def job(self) -> Job:
        """What is new; it is told once."""
        screens = []
        for pane_id in self.due:
            change = self.views[pane_id].take()
            if change is not None:
                screens.append((pane_id, change))
        self.due.clear()
        happened = list(self.happened)
        self.happened.clear()
        return Job(at=self.now(), scene=self.scene, screens=screens, happened=happened)

    def carry_out(self, job: Job) -> None:
        """Draw and write; in a thread.

        Raises:
            EndedError: The file can take no more.
        """
        if job.scene is not None:
            self.film.arrange(job.scene)
        for pane_id, change in job.screens:
            self.film.see(pane_id, change)
        events = [
            cast.Event(at, cast.HAPPENED, notes.encoded(note))
            for at, note in job.happened
        ]
        events += self.film.shot(job.at)
        if events:
            self.writer.add(written(events))

    async def finish(self) -> None:
        """Complete the file, and tell the journal and who waits."""
        reason = self.ending or "it was stopped"
        self.look_away()
        last = cast.Event(
            self.now(), cast.HAPPENED, notes.encoded(Note("end", {"text": reason}))
        )
        if self.writer.descriptor is not None:
            await trio.to_thread.run_sync(self.writer.add_last, written([last]))
        logger.info("recording %s ended: %s", self.recording.recording_id, reason)
        await self.journal.record(
            RecordingEnded(
                recording_id=self.recording.recording_id,
                session_id=self.recording.session_id,
                reason=reason,
            )
        )
        for reply in self.waiting:
            reply.resolve(None)
        self.stop(reason)
