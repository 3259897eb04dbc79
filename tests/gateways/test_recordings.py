"""Recordings as the daemon makes them: what gets into the file, when, and how they end."""

from __future__ import annotations

import itertools
import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import pytest
import trio
from actorkit import a_message
from gatewaykit import Gate, pane_id

from fugue_actors.errors import Refused
from fugue_actors.gateways import recordings
from fugue_actors.gateways.recordings import recorder as recording_actor
from fugue_actors.gateways.recordings.files import EndedError, Writer, create, remove
from fugue_actors.kernel import Ref, Restart, restart_child, start_child, stop_child
from fugue_actors.protocol.events import (
    LayoutChanged,
    PaneClosed,
    RecordingStarted,
    SessionClosed,
    StatusReported,
)
from fugue_actors.protocol.layout import Layout, window_for
from fugue_actors.protocol.values import Recording, ReportedStatus
from fugue_actors.recording import cast
from fugue_actors.recording.reel import develop
from fugue_actors.recording.rows import text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from gatedjournal import GatedJournal

    from fugue_actors.protocol.values import Session

AT = "2026-01-01T00:00:00.000Z"


@attrs.define(eq=False)
class Studio:
    """Where recordings are made, and what is in them."""

    gate: Gate
    directory: Path
    recordist: Ref

    @classmethod
    async def open(cls, gate: Gate, directory: Path, **settings: Any) -> Studio:
        """With the daemon's part of the tree, and screens that are followed."""
        await gate.show_screens()
        chosen = recordings.RecordSettings(
            directory=directory, **{"free_bytes": 0, **settings}
        )
        spec = recordings.spec(gate.world.journal, gate.mirrors, chosen)
        await start_child(
            gate.world.kernel.registry.resolve("/connections"),
            attrs.evolve(spec, restart=Restart.PERMANENT),
        )
        path = "/connections/recordings/recordist"
        return cls(gate, directory, await gate.world.kernel.registry.wait_for(path))

    async def start(
        self, session: Session, recording_id: str = "r1", **fields: Any
    ) -> Recording:
        """Record a session, or what is said."""
        recording = Recording(
            **{
                "recording_id": recording_id,
                "session_id": session.session_id,
                "session_name": session.session_name,
                "pane_id": None,
                "file": "",
                "title": "a title",
                "by": "me",
                "started_at": AT,
                **fields,
            }
        )
        request = recordings.StartRecording(recording=recording, columns=80, lines=24)
        return await recordings.start(self.recordist, request)

    def show(self, session: Session, *texts: str) -> None:
        """Have a pane show this."""
        host = self.gate.world.host(pane_id(session))
        host.show(*(json.dumps([{"text": text}]) for text in texts))

    def state(self, recording_id: str = "r1") -> Recording:
        """What the journal knows of a recording."""
        return self.gate.world.journal.state.recordings[recording_id]

    async def wait(self, is_so: Callable[[], bool]) -> None:
        """Until something is the case."""
        with trio.fail_after(30):
            while not is_so():  # noqa: ASYNC110 - a file tells nobody that it grows
                await trio.sleep(0.01)

    async def wait_ended(self, recording_id: str = "r1") -> str:
        """Until a recording has ended; why it did."""
        await self.wait(lambda: self.state(recording_id).ended_at is not None)
        return self.state(recording_id).reason or ""

    async def wait_seen(self, file: str, text: str) -> None:
        """Until a recording shows a text."""
        await self.wait(lambda: any(text in row for row in shown(file)))


def events(file: str) -> list[cast.Event]:
    """What is in a file."""
    return list(cast.read(Path(file).read_bytes().splitlines()))


def shown(file: str) -> list[str]:
    """The rows of the last picture."""
    lines = Path(file).read_bytes().splitlines()
    reading = cast.read(lines)
    reel = develop(reading.header, reading)
    return [text_of(reel.rows[number]) for number in reel.frames[-1].rows]


def size_of(file: str) -> int:
    """How large a file is."""
    return Path(file).stat().st_size


def modes(file: str) -> tuple[int, int]:
    """Who may use a file, and its directory."""
    path = Path(file)
    return stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)


def content_of(file: str) -> bytes:
    """What is in a file."""
    return Path(file).read_bytes()


def take_the_place(file: str, other: str, *, is_link: bool) -> bytes:
    """Put another recording, or a link to it, where a recording is; its content."""
    path, content = Path(file), content_of(other)
    path.unlink()
    if is_link:
        path.symlink_to(other)
    else:
        path.write_bytes(content)
    return content


def names_in(directory: Path) -> list[str]:
    """The files of a directory."""
    return [path.name for path in directory.iterdir()]


def told(file: str) -> list[dict[str, Any]]:
    """What happened, as the file says it."""
    return [json.loads(one.data) for one in events(file) if one.code == cast.HAPPENED]


@pytest.fixture
async def studio(gate: Gate, tmp_path: Path) -> Studio:
    """A studio without limits."""
    return await Studio.open(gate, tmp_path / "recordings")


async def test_what_a_session_shows_and_hears_goes_to_a_file_of_its_user_alone(
    gate: Gate, studio: Studio
) -> None:
    """Pictures, messages of it and states on one clock; what others say is not its own."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    studio.show(ann, "hello")
    made = await studio.start(ann)
    await studio.wait_seen(made.file, "hello")
    journal = gate.world.journal
    await journal.record(a_message("for-ann", ann, sender=bob))
    await journal.record(a_message("from-ann", bob, sender=ann))
    await journal.record(a_message("not-ann", bob, sender=bob))
    status = ReportedStatus(status="blocked", message="on bob", since=AT)
    for one in (ann, bob):
        await journal.record(StatusReported(session_id=one.session_id, status=status))
    studio.show(ann, "hello", "there")
    await studio.wait_seen(made.file, "there")
    done = await recordings.stop(studio.recordist, "r1")
    assert (done.ended_at is None, done.reason) == (False, "it was stopped")
    said = told(made.file)
    assert [one.get("type") for one in said[:2]] == ["for-ann", "from-ann"]
    assert said[2] == {
        "kind": "state",
        "session": "ann",
        "state": "blocked",
        "text": "on bob",
    }
    assert said[3:] == [{"kind": "end", "text": "it was stopped"}]
    times = [event.at for event in events(made.file)]
    assert times == sorted(times)
    assert modes(made.file) == (0o600, 0o700)


async def test_nothing_is_written_or_read_while_nothing_changes(
    gate: Gate, studio: Studio
) -> None:
    """And nothing at all is watched any more when it has ended."""
    ann = await gate.agent("ann")
    studio.show(ann, "hello")
    made = await studio.start(ann)
    await studio.wait_seen(made.file, "hello")
    size = size_of(made.file)
    await trio.testing.wait_all_tasks_blocked(0.1)
    assert size_of(made.file) == size
    await recordings.stop(studio.recordist, "r1")
    assert gate.mirrors.shared == {}


async def test_a_flood_is_thirty_pictures_a_second_at_most(
    gate: Gate, studio: Studio
) -> None:
    """Whatever a program writes; the clock of the file shows it."""
    ann = await gate.agent("ann")
    made = await studio.start(ann)
    for number in range(200):
        studio.show(ann, f"line {number}")
        await trio.sleep(0.005)
    await studio.wait_seen(made.file, "line 199")
    await recordings.stop(studio.recordist, "r1")
    times = sorted({one.at for one in events(made.file) if one.code == cast.OUTPUT})
    apart = [after - before for before, after in itertools.pairwise(times)]
    assert len(apart) > 3
    assert min(apart) >= recording_actor.SHORTEST - 1e-3


async def test_the_picture_follows_the_focus_to_another_window(
    gate: Gate, studio: Studio
) -> None:
    """A session is recorded as somebody sees it who looks at it."""
    ann = await gate.agent("ann")
    first, second = pane_id(ann), "p0000000002"
    await gate.world.start_pane(ann, second)
    studio.show(ann, "the first")
    gate.world.host(second).show(json.dumps([{"text": "the second"}]))
    windows = (window_for(first, 80, 24), window_for(second, 40, 10))

    async def focus(number: int) -> None:
        layout = Layout(windows=windows, focus=windows[number].window_id)
        await gate.world.journal.record(
            LayoutChanged(session_id=ann.session_id, layout=layout)
        )

    await focus(0)
    made = await studio.start(ann)
    await studio.wait_seen(made.file, "the first")
    await focus(1)
    await studio.wait_seen(made.file, "the second")
    assert "the first" not in "".join(shown(made.file))
    assert [one.data for one in events(made.file) if one.code == cast.RESIZE] == [
        "80x24",
        "40x10",
    ]
    assert gate.mirrors.shared.keys() == {second}


@pytest.mark.parametrize("of_pane", [True, False])
async def test_a_recording_ends_with_what_it_shows(
    gate: Gate, studio: Studio, of_pane: bool
) -> None:
    """And its file says so, as the journal does."""
    ann = await gate.agent("ann")
    pane = pane_id(ann) if of_pane else None
    made = await studio.start(ann, pane_id=pane)
    event = (
        PaneClosed(pane_id=pane_id(ann), session_id=ann.session_id)
        if of_pane
        else SessionClosed(session_id=ann.session_id, reason="over")
    )
    await gate.world.journal.record(event)
    assert await studio.wait_ended() == recording_actor.GONE
    assert told(made.file)[-1] == {"kind": "end", "text": recording_actor.GONE}


async def test_a_file_does_not_become_larger_than_it_may(
    gate: Gate, tmp_path: Path
) -> None:
    """The recording ends before, with all that was whole."""
    studio = await Studio.open(gate, tmp_path, most_bytes=20_000)
    ann = await gate.agent("ann")
    made = await studio.start(ann)
    with trio.fail_after(60):
        number = 0
        while studio.state().ended_at is None:
            number += 1
            studio.show(ann, *(f"{number} {y} " * 9 for y in range(24)))
            await trio.sleep(0.01)
    assert "its most" in await studio.wait_ended()
    size = size_of(made.file)
    assert 10_000 < size < 20_000 + 1_000
    assert told(made.file)[-1]["kind"] == "end"


async def test_recordings_end_before_their_disk_is_full(
    gate: Gate, tmp_path: Path
) -> None:
    """What else is on it shall go on."""
    studio = await Studio.open(gate, tmp_path, free_bytes=2**60)
    ann = await gate.agent("ann")
    studio.show(ann, "hello")
    await studio.start(ann)
    assert "are free on its disk" in await studio.wait_ended()


async def test_a_new_incarnation_goes_on_with_the_file_and_marks_the_gap(
    gate: Gate, studio: Studio
) -> None:
    """A crash costs some pictures, not the recording."""
    ann = await gate.agent("ann")
    studio.show(ann, "before")
    made = await studio.start(ann)
    await studio.wait_seen(made.file, "before")
    before = events(made.file)
    recorders = gate.world.kernel.registry.resolve("/connections/recordings/recorders")
    await restart_child(recorders, "r1")
    studio.show(ann, "after")
    await studio.wait_seen(made.file, "after")
    found = events(made.file)
    assert found[: len(before)] == before
    assert found[len(before)].at >= before[-1].at
    assert [one["kind"] for one in told(made.file)] == ["gap"]


async def test_the_same_is_not_recorded_twice_at_once(
    gate: Gate, studio: Studio
) -> None:
    """Who wants it is told where it goes."""
    ann = await gate.agent("ann")
    made = await studio.start(ann)
    with pytest.raises(Refused) as refused:
        await studio.start(ann, "r2")
    assert refused.value.code == "Busy"
    assert refused.value.data == {"recording_id": "r1", "file": made.file}
    await studio.start(ann, "r3", pane_id=pane_id(ann))  # which is something else


async def test_only_so_many_are_made_at_once(gate: Gate, tmp_path: Path) -> None:
    """One more is refused; after one has ended it is not."""
    studio = await Studio.open(gate, tmp_path, most=1)
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    await studio.start(ann)
    with pytest.raises(Refused, match="their most") as refused:
        await studio.start(bob, "r2")
    assert refused.value.code == "Busy"
    await recordings.stop(studio.recordist, "r1")
    await studio.start(bob, "r2")


async def test_a_recording_overwrites_nothing(gate: Gate, studio: Studio) -> None:
    """Not even a file that somebody names, nor through a link."""
    ann = await gate.agent("ann")
    studio.directory.mkdir()
    file = studio.directory / "mine.txt"
    file.write_text("precious", encoding="utf-8")
    link = studio.directory / "link"
    link.symlink_to(file)
    for place in (file, link):
        with pytest.raises(Refused, match="exists already"):
            await studio.start(ann, file=str(place))
    assert file.read_text("utf-8") == "precious"
    assert gate.world.journal.state.recordings == {}


async def test_a_recording_whose_file_is_deleted_ends_at_the_next_beginning(
    gate: Gate, studio: Studio
) -> None:
    """Nobody wants another file under its name."""
    ann = await gate.agent("ann")
    made = await studio.start(ann)
    remove(Path(made.file))
    recorders = gate.world.kernel.registry.resolve("/connections/recordings/recorders")
    await restart_child(recorders, "r1")
    assert await studio.wait_ended() == "its file is gone"


async def test_a_recording_whose_file_is_deleted_ends_when_more_is_to_be_written(
    gate: Gate, studio: Studio
) -> None:
    """What nobody could ever read takes no place on the disk."""
    ann = await gate.agent("ann")
    studio.show(ann, "hello")
    made = await studio.start(ann)
    await studio.wait_seen(made.file, "hello")
    remove(Path(made.file))
    studio.show(ann, "more")
    assert await studio.wait_ended() == "its file is gone"
    assert names_in(studio.directory) == []


@pytest.mark.parametrize("is_link", [True, False])
async def test_what_took_the_place_of_a_recording_is_left_alone(
    gate: Gate, studio: Studio, is_link: bool
) -> None:
    """Not even that it ended is written there: it is another recording, or a link to it."""
    ann, bob = await gate.agent("ann"), await gate.agent("bob")
    other = await studio.start(bob, "r2")
    await recordings.stop(studio.recordist, "r2")
    made = await studio.start(ann)
    before = take_the_place(made.file, other.file, is_link=is_link)
    recorders = gate.world.kernel.registry.resolve("/connections/recordings/recorders")
    await restart_child(recorders, "r1")
    assert "its file" in await studio.wait_ended()
    assert content_of(made.file) == before


async def test_one_that_is_not_there_cannot_be_stopped(
    gate: Gate, studio: Studio
) -> None:
    """And one that has ended stays as it is."""
    with pytest.raises(Refused, match="no recording has the id"):
        await recordings.stop(studio.recordist, "r9")
    await studio.start(await gate.agent("ann"))
    done = await recordings.stop(studio.recordist, "r1")
    assert await recordings.stop(studio.recordist, "r1") == done


async def test_one_whose_actor_is_gone_can_be_stopped_all_the_same(
    gate: Gate, studio: Studio
) -> None:
    """It may have crashed, and wait to be started again."""
    await studio.start(await gate.agent("ann"))
    recorders = gate.world.kernel.registry.resolve("/connections/recordings/recorders")
    await stop_child(recorders, "r1")
    assert studio.state().ended_at is None
    done = await recordings.stop(studio.recordist, "r1")
    assert (done.ended_at is None, done.reason) == (False, "it was stopped")


async def test_what_the_journal_cannot_keep_has_not_begun(
    gate: Gate, studio: Studio, journal: GatedJournal
) -> None:
    """The next daemon would know nothing of it; so no file is left either."""
    ann = await gate.agent("ann")
    journal.refused = (RecordingStarted,)
    with pytest.raises(Refused, match="disk is full") as refused:
        await studio.start(ann)
    assert refused.value.code == "Unavailable"
    assert names_in(studio.directory) == []
    journal.refused = ()
    made = await studio.start(ann)
    assert names_in(studio.directory) == [Path(made.file).name]


async def test_a_new_recordist_has_those_go_on_that_run(
    gate: Gate, studio: Studio
) -> None:
    """As after a crash of its own, or with the next daemon; what runs is left alone."""
    ann = await gate.agent("ann")
    studio.show(ann, "before")
    made = await studio.start(ann)
    await studio.wait_seen(made.file, "before")
    part = gate.world.kernel.registry.resolve("/connections/recordings")
    await restart_child(part, "recordist")
    studio.show(ann, "after")
    await studio.wait_seen(made.file, "after")
    assert told(made.file) == []  # nobody was away
    connections = gate.world.kernel.registry.resolve("/connections")
    await restart_child(connections, "recordings")
    studio.show(ann, "at last")
    await studio.wait_seen(made.file, "at last")
    assert [one["kind"] for one in told(made.file)] == ["gap"]


# ---- the file


def writer(path: Path, **settings: Any) -> Writer:
    """A writer without limits."""
    return Writer(path, "r1", **{"most_bytes": 10**9, "free_bytes": 0, **settings})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A recording with two events."""
    path = tmp_path / "x.cast"
    about = {"recording_id": "r1"}
    create(path, cast.Header(columns=80, lines=24, timestamp=1000.0, about=about))
    first = writer(path)
    assert first.open().at is None
    first.add(cast.event_line(cast.Event(1.5, "o", "one")))
    first.add(cast.event_line(cast.Event(2.5, "o", "two" * 30)))
    first.close()
    return path


def test_of_a_file_that_cannot_be_begun_nothing_is_left(tmp_path: Path) -> None:
    """Its name stays free for the next try."""
    header = cast.Header(columns=80, lines=24, title="half a pair \ud83d")
    with pytest.raises(UnicodeEncodeError):
        create(tmp_path / "x.cast", header)
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("cut", [1, 2, 20, 90])
def test_who_goes_on_drops_the_line_that_was_not_written_whole(
    path: Path, cut: int
) -> None:
    """Its last whole event says where the clock was."""
    path.write_bytes(path.read_bytes()[:-cut])
    again = writer(path)
    found = again.open()
    again.add(cast.event_line(cast.Event(3.5, "o", "three")))
    again.close()
    reading = cast.read(path.read_bytes().splitlines())
    assert [event.data for event in reading] == ["one", "three"]
    assert (found.began, found.at, reading.skipped) == (1000.0, 1.5, 0)


def test_the_last_event_is_found_behind_a_line_that_is_very_long(path: Path) -> None:
    """A keyframe of a large terminal is longer than what is read at once."""
    first = writer(path)
    first.open()
    first.add(cast.event_line(cast.Event(9.5, "k", "x" * 200_000)))
    first.close()
    again = writer(path)
    assert again.open().at == 9.5
    again.close()


def test_what_does_not_fit_is_not_written_at_all(path: Path) -> None:
    """No line of the file is half a line."""
    size = path.stat().st_size
    full = writer(path, most_bytes=size + 10)
    full.open()
    with pytest.raises(EndedError, match="its most"):
        full.add(cast.event_line(cast.Event(3.0, "o", "a long line of output")))
    full.close()
    assert path.stat().st_size == size


def test_a_link_is_not_followed(path: Path) -> None:
    """Not even to the recording: who has moved it keeps it as it is."""
    moved = path.with_name("moved.cast")
    path.rename(moved)
    path.symlink_to(moved)
    with pytest.raises(EndedError, match="cannot be used"):
        writer(path).open()


@pytest.mark.parametrize("content", [b"", b"hello\n", b"\x00" * 100])
def test_a_file_that_is_none_of_ours_is_left_alone(path: Path, content: bytes) -> None:
    """Somebody has put something else there meanwhile."""
    path.write_bytes(content)
    other = writer(path)
    with pytest.raises(EndedError, match="no recording"):
        other.open()
    assert other.descriptor is None
    assert path.read_bytes() == content
