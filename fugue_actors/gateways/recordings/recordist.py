"""Who starts and stops recordings, and has those go on that were begun before.

What is recorded stands in the journal. So this actor knows nothing that an incarnation after
it, or one of the next daemon, would not find there.
"""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from fugue_actors.errors import Refused, Unavailable
from fugue_actors.gateways.recordings import files
from fugue_actors.gateways.recordings.recorder import Finish, RecorderActor
from fugue_actors.kernel import (
    Actor,
    AlreadyStarted,
    Backoff,
    ChildSpec,
    Intensity,
    NoSuchChild,
    Ref,
    Request,
    Restart,
    Strategy,
    dynamic_supervisor,
    start_child,
    stop_child,
    supervisor,
)
from fugue_actors.protocol.events import RecordingEnded, RecordingStarted
from fugue_actors.protocol.times import utc_now
from fugue_actors.protocol.values import Recording
from fugue_actors.recording.cast import Header

if TYPE_CHECKING:
    from fugue_actors.gateways.monitor import Mirrors
    from fugue_actors.gateways.recordings.settings import RecordSettings
    from fugue_actors.journal import Journal, State

ID: Final = "recordings"
PATH: Final = f"/gateways/{ID}/recordist"
UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]+")
LONGEST_NAME: Final = 60
DRAWING_AT_ONCE: Final = 2
ASK_WITHIN: Final = 20.0
STOP_WITHIN: Final = 10.0
BACKOFF: Final = Backoff(initial=0.1, maximum=30.0)


@attrs.frozen(kw_only=True)
class StartRecording(Request[Recording]):
    """Begin a recording; answered when its file is there and the journal knows.

    Attributes:
        recording: What and where to; without a `file` it is kept with the others.
        columns, lines: Of the first picture.
    """

    recording: Recording
    columns: int
    lines: int


@attrs.frozen(kw_only=True)
class StopRecording(Request[Recording]):
    """End a recording; answered with its record when its file is complete."""

    recording_id: str


async def start(recordist: Ref, request: StartRecording) -> Recording:
    """Begin a recording.

    Raises:
        Refused: `Busy`: there are too many, or one of the same; `InvalidArgument`: its file
            cannot be made.
    """
    return await recordist.ask(request, within=ASK_WITHIN)


async def stop(recordist: Ref, recording_id: str) -> Recording:
    """End a recording.

    Raises:
        Refused: `InvalidArgument`: there is none with this id.
    """
    request = StopRecording(recording_id=recording_id)
    return await recordist.ask(request, within=ASK_WITHIN)


def spec(journal: Journal, mirrors: Mirrors, settings: RecordSettings) -> ChildSpec:
    """Recordings with their recordist, as a child of the gateways."""
    turn = trio.CapacityLimiter(DRAWING_AT_ONCE)
    return supervisor(
        ID,
        strategy=Strategy.REST_FOR_ONE,
        # A disk may be full for long; that costs recordings and nothing else.
        intensity=Intensity.none(),
        children=[
            dynamic_supervisor(
                "recorders",
                max_children=settings.most,
                intensity=Intensity.none(),
                backoff=BACKOFF,
            ),
            ChildSpec(
                id="recordist",
                factory=lambda: RecordistActor(journal, mirrors, settings, turn),
                backoff=BACKOFF,
            ),
        ],
    )


class RecordistActor(Actor):
    """See the module's docstring."""

    def __init__(
        self,
        journal: Journal,
        mirrors: Mirrors,
        settings: RecordSettings,
        turn: trio.CapacityLimiter,
    ) -> None:
        self.journal = journal
        self.mirrors = mirrors
        self.settings = settings
        self.turn = turn

    @property
    def recorders(self) -> str:
        """The path of who keeps the actors of recordings."""
        return f"{self.ref.path.rpartition('/')[0]}/recorders"

    @property
    def state(self) -> State:
        """What is the case."""
        return self.journal.state

    async def on_start(self) -> None:
        """Have those go on that run."""
        for recording in running(self.state):
            await self.begin(recording.recording_id)

    async def handle(self, message: Any) -> Any:
        """One message."""
        try:
            match message:
                case StartRecording():
                    return await self.start(message)
                case StopRecording(recording_id=recording_id):
                    return await self.finish(recording_id)
        except Unavailable as error:  # somebody else's trouble is no crash of ours
            raise Refused(error.code, error.message, hint=error.hint) from error

    async def start(self, request: StartRecording) -> Recording:
        """Make the file, tell the journal, begin."""
        recording = request.recording
        for other in running(self.state):
            if (other.session_id, other.pane_id) == (
                recording.session_id,
                recording.pane_id,
            ):
                raise Refused(
                    "Busy",
                    f"this is being recorded already, to {other.file}",
                    hint=f"stop that one first: fugue record --stop {other.recording_id}",
                    data={"recording_id": other.recording_id, "file": other.file},
                )
        if len(running(self.state)) >= self.settings.most:
            raise Refused(
                "Busy",
                f"{self.settings.most} recordings run already, which is their most",
                hint="stop some: `fugue recordings`, `fugue record --stop`",
            )
        began = time.time()
        if not recording.file:
            file = self.settings.directory / file_name(recording, began)
            recording = attrs.evolve(recording, file=str(file))
        header = Header(
            columns=request.columns,
            lines=request.lines,
            timestamp=began,
            title=recording.title,
            environment={"TERM": "xterm-256color"},
            about={
                "recording_id": recording.recording_id,
                "session": recording.session_name,
                "session_id": recording.session_id,
                "pane_id": recording.pane_id,
                "began": round(began, 3),
            },
        )
        await trio.to_thread.run_sync(files.create, Path(recording.file), header)
        recording = attrs.evolve(recording, started_at=utc_now())
        try:
            await self.journal.record(RecordingStarted(recording=recording))
        except Unavailable:  # nothing has begun, so nothing shall be left of it
            await trio.to_thread.run_sync(files.remove, Path(recording.file))
            raise
        try:
            await self.begin(recording.recording_id)
        except Refused:  # others have just ended, but are not gone yet
            await self.end_without(recording, "it could not be begun")
            raise
        return recording

    async def begin(self, recording_id: str) -> None:
        """Have a recording made by an actor of its own, unless one is at it."""
        recorders = await self.kernel.registry.wait_for(self.recorders)
        child = ChildSpec(
            id=recording_id,
            factory=lambda: RecorderActor(
                self.journal, self.mirrors, self.settings, recording_id, self.turn
            ),
            restart=Restart.TRANSIENT,
            backoff=BACKOFF,
        )
        try:
            await start_child(recorders, child)
        except AlreadyStarted:
            return

    async def finish(self, recording_id: str) -> Recording:
        """Have a recording ended, by its actor if there is one."""
        recording = self.state.recordings.get(recording_id)
        if recording is None:
            raise no_recording(recording_id)
        if recording.ended_at is not None:
            return recording
        reason = "it was stopped"
        try:
            recorder = self.kernel.registry.resolve(f"{self.recorders}/{recording_id}")
            await recorder.ask(Finish(reason=reason), within=STOP_WITHIN)
        except Unavailable:  # it has crashed, or is just ending by itself
            await self.end_without(recording, reason)
        return self.state.recordings[recording_id]

    async def end_without(self, recording: Recording, reason: str) -> None:
        """End a recording of which no actor can be told."""
        recorders = await self.kernel.registry.wait_for(self.recorders)
        try:
            await stop_child(recorders, recording.recording_id, reason=reason)
        except NoSuchChild:  # it has ended by itself meanwhile
            await trio.lowlevel.checkpoint()
        if self.state.recordings[recording.recording_id].ended_at is None:
            await self.journal.record(
                RecordingEnded(
                    recording_id=recording.recording_id,
                    session_id=recording.session_id,
                    reason=reason,
                )
            )


def file_name(recording: Recording, began: float) -> str:
    """What the file of a recording is called: of what it is, and since when."""
    name = UNSAFE.sub("-", recording.session_name)[:LONGEST_NAME] or "session"
    stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(began))
    return f"{name}-{stamp}-{recording.recording_id[1:5]}.cast"


def running(state: State) -> list[Recording]:
    """The recordings that have not ended, oldest first."""
    return [one for one in state.recordings.values() if one.ended_at is None]


def no_recording(named: str) -> Refused:
    """What is said of a recording that is not there."""
    return Refused(
        "InvalidArgument",
        f"no recording has the id {named[:40]!a}",
        hint="`fugue recordings` lists those there are",
    )
