"""`fugue record`, `recordings`, `replay` and `export` of recordings, as people run them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from castkit import file_of, typed
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until
from outerkit import OuterTerminal

from fugue_actors.cli.writing import RECORDING, is_recording
from fugue_actors.recording import cast, notes
from fugue_actors.recording.notes import Note

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real

KEY = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.fixture
def served() -> Iterator[Cli]:
    """`fugue` with a daemon."""
    with empty_home() as home:
        cli = Cli(home)
        (home / "config.toml").write_text(
            '[record]\nmin_free_megabytes = 0\nmask = ["ACME-[0-9]+"]\n',
            encoding="utf-8",
        )
        assert cli("serve").returncode == 0
        yield cli
        assert cli("stop", "--kill").returncode == 0
        wait_until(lambda: not Home(cli.home).processes())


def a_recording(cli: Cli, *events: cast.Event, name: str = "a.cast") -> Path:
    """A file with a recording."""
    path = cli.home / name
    path.write_bytes(file_of(events, title="a title"))
    return path


# ---- making one


def test_a_session_is_recorded_until_that_is_stopped(served: Cli) -> None:
    """Where to is what the command prints, and the list says what became of it."""
    served.json("new", "ann", "--", "sh", "-c", f"echo {KEY} ACME-123; cat")
    started = served("record", "ann")
    file = Path(started.stdout.strip())
    assert "fugue record --stop ann" in started.stderr
    assert file.parent == served.home / "state" / "recordings"
    wait_until(lambda: KEY in file.read_text("utf-8"))
    assert " running " in served("recordings").stdout
    again = served("record", "ann", "--json")
    assert (again.returncode, json.loads(again.stdout or again.stderr)["code"]) == (
        1,
        "Busy",
    )
    stopped = served("record", "ann", "--stop")
    assert stopped.stdout.startswith(f"{file}  ")
    (listed,) = served.json("recordings")["recordings"]
    assert (listed["state"], listed["reason"]) == ("ended", "it was stopped")
    assert served("record", "ann", "--stop").returncode == 1
    page = served("export", file.name, "--cast", "-")
    assert KEY not in page.stdout
    assert "ACME" not in page.stdout
    assert "•" * len(KEY) in page.stdout


def test_a_pane_is_recorded_to_where_its_user_says(served: Cli) -> None:
    """A relative path counts from where the command is run."""
    pane = served.json("new", "ann", "--", "sh", "-c", "echo hello; cat")["pane_id"]
    where = served.home / "here"
    where.mkdir()
    made = json.loads(
        served("record", pane, "--output", "x.cast", "--json", cwd=where).stdout
    )
    assert (made["file"], made["pane_id"]) == (str(where / "x.cast"), pane)
    assert served("record", made["recording_id"], "--stop").returncode == 0


@pytest.mark.parametrize(
    "arguments", [(), ("ann", "--stop", "--title", "x"), ("--stop", "--output", "x")]
)
def test_what_makes_no_sense_is_an_error_of_usage(
    cli: Cli, arguments: tuple[str, ...]
) -> None:
    """No daemon is started for it."""
    assert cli("record", *arguments).returncode == 2


# ---- exporting


def test_an_export_is_written_as_a_whole_and_readable_by_its_user_alone(
    cli: Cli,
) -> None:
    """No daemon is needed for it; nothing of a secret gets out."""
    file = a_recording(cli, *typed(f"key {KEY} {KEY[:30]}\r\n", "done"))
    outputs = [cli.home / name for name in ("a.html", "a.svg", "b.cast")]
    done = cli(
        *("export", str(file), "--html", str(outputs[0])),
        *("--svg", str(outputs[1]), "--cast", str(outputs[2])),
    )
    assert done.returncode == 0
    for output in outputs:
        assert stat.S_IMODE(output.stat().st_mode) == 0o600
        assert KEY[:20] not in output.read_text("utf-8")
    assert not (cli.home / "run").exists()


def test_without_masking_a_recording_is_as_it_was(cli: Cli) -> None:
    """Whoever says so gets all of it."""
    file = a_recording(cli, *typed(KEY[:30], "x"))
    assert KEY[:30] in cli("export", str(file), "--svg", "-", "--no-mask").stdout


def test_one_moment_in_light_colours(cli: Cli) -> None:
    """A picture that does not move."""
    file = a_recording(cli, *typed("first", "\x1b[2J\x1b[Hsecond", every=1.0))
    done = cli("export", str(file), "--svg", "-", "--at", "1.5", "--theme", "light")
    assert "first" in done.stdout
    assert "<animate" not in done.stdout
    assert "#fdfcf9" in done.stdout
    assert done.stderr == ""
    first = cli("export", str(file), "--svg", "-", "--at", "0")
    assert "<animate" not in first.stdout


def test_patterns_of_ones_own_are_masked(cli: Cli) -> None:
    """As given on the command line; one that is none is refused."""
    file = a_recording(cli, *typed("customer 4711 pays"))
    done = cli(
        "export", str(file), "--cast", "-", "--mask", r"customer (?P<secret>\d+)"
    )
    assert "customer •••• pays" in done.stdout
    wrong = cli("export", str(file), "--cast", "-", "--mask", "(")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "no regular expression" in wrong.stderr


def test_a_recording_is_not_overwritten_with_the_journal(cli: Cli) -> None:
    """`fugue export FILE` writes events to FILE; here somebody forgot what to make."""
    file = a_recording(cli, *typed("x"))
    before = file.read_bytes()
    done = cli("export", str(file))
    assert (done.returncode, file.read_bytes()) == (1, before)
    assert "--html" in done.stderr


@pytest.mark.parametrize("form", ["--html", "--svg", "--cast"])
@pytest.mark.parametrize("name", ["a.cast", "link", "other"])
def test_an_export_does_not_take_the_place_of_its_recording(
    cli: Cli, form: str, name: str
) -> None:
    """It may still be written, and is the only copy without masks; also by other names."""
    file = a_recording(cli, *typed(KEY))
    before = file.read_bytes()
    (cli.home / "link").symlink_to(file)
    (cli.home / "other").hardlink_to(file)
    done = cli("export", str(file), form, str(cli.home / name))
    assert (done.returncode, file.read_bytes()) == (1, before)
    assert "is the recording itself" in done.stderr
    assert file.samefile(cli.home / name)


@pytest.fixture
def pipe(cli: Cli) -> Iterator[tuple[Path, int]]:
    """A named pipe, and what reads from it without waiting."""
    path = cli.home / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    yield path, reader
    os.close(reader)


def test_an_export_to_a_pipe_goes_through_it(cli: Cli, pipe: tuple[Path, int]) -> None:
    """It stays what it is, as devices do: root must not lose /dev/null."""
    path, reader = pipe
    file = a_recording(cli, *typed("hello"))
    done = cli("export", str(file), "--cast", str(path))
    assert (done.returncode, stat.S_ISFIFO(path.stat().st_mode)) == (0, True)
    assert b"hello" in os.read(reader, 65_536)


def test_an_export_to_a_link_is_written_to_what_it_names(cli: Cli) -> None:
    """As /dev/stdout is one, also if that is a file."""
    file = a_recording(cli, *typed("hello"))
    target, link = cli.home / "target", cli.home / "link"
    target.write_text("before" * 1000, encoding="utf-8")
    link.symlink_to(target)
    assert cli("export", str(file), "--cast", str(link)).returncode == 0
    assert link.is_symlink()
    assert cast.read(target.read_bytes().splitlines()).header.title == "a title"
    assert "before" not in target.read_text("utf-8")


def test_whether_a_pipe_is_a_recording_is_not_waited_for(
    pipe: tuple[Path, int],
) -> None:
    """Nobody may ever write to it; the journal's events may go through it."""
    path, _ = pipe
    writer = os.open(path, os.O_WRONLY)
    os.write(writer, RECORDING)
    assert not is_recording(path)
    os.close(writer)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--html", "x.html"), 2),
        (("missing.cast", "--html", "x.html"), 1),
        (("config.toml", "--html", "x.html"), 1),
        (("a.cast", "--markers"), 2),
        (("a.cast", "--html", "no/such/place.html"), 1),
        (("a.cast", "--html", "x.html", "--at", "0"), 2),
        (("a.cast", "--html", "x.html", "--theme", "light"), 2),
        (("a.cast", "--cast", "x.cast", "--idle-limit", "1"), 2),
        (("a.cast", "--svg", "x.svg", "--markers"), 2),
        (("a.cast", "--svg", "-", "--cast", "-"), 2),
        (("a.cast", "--svg", "x.svg", "--at", "9"), 1),
        (("a.cast", "--svg", "x.svg", "--at", "-1"), 1),
        (("a.cast", "--svg", "x.svg", "--at", "nan"), 1),
    ],
)
def test_an_export_that_cannot_be_says_why(
    cli: Cli, arguments: tuple[str, ...], status: int
) -> None:
    """On a line, and nothing is left behind."""
    a_recording(cli, *typed("x"))
    (cli.home / "config.toml").write_text("# nothing\n", encoding="utf-8")
    done = cli("export", *arguments)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert sorted(path.name for path in cli.home.iterdir()) == ["a.cast", "config.toml"]


# ---- replaying


@pytest.fixture
def long(cli: Cli) -> Path:
    """A recording of 100 seconds: a line every ten, and somebody says something."""
    fields = {"sender": "ann", "recipients": ["bob"], "type": "note", "text": "look"}
    said = cast.Event(55.0, cast.HAPPENED, notes.encoded(Note("message", fields)))
    lines = [cast.Event(10.0 * n, "o", f"line {n}\r\n") for n in range(1, 11)]
    return a_recording(cli, *sorted([*lines, said], key=lambda event: event.at))


def test_a_replay_heeds_its_keys_and_gives_the_terminal_back(
    cli: Cli, long: Path
) -> None:
    """Seek, step, events, speed; and the shell finds its terminal as it was."""
    with OuterTerminal(60, 12) as terminal:
        terminal.run([*FUGUE, "replay", str(long), "--pause"], cli.environment)
        terminal.wait_shows("0:00 / 1:40")
        terminal.press("5")
        terminal.wait_shows("0:50 / 1:40")
        terminal.wait_shows("line 5")
        assert not terminal.shows("line 6")
        terminal.press("]")
        terminal.wait_shows("ann → bob")
        terminal.press(".")
        terminal.wait_shows("line 6")
        terminal.press("\x1b[D")
        terminal.wait_shows("0:55 / 1:40")
        assert not terminal.shows("line 6")
        terminal.press("+")
        terminal.wait_shows("1.5x")
        terminal.press("?")
        terminal.wait_shows("space play/pause")
        terminal.resize(40, 8)
        terminal.wait(lambda: terminal.text[7].startswith(" space"), "the new size")
        terminal.press("q")
        assert terminal.wait_ended() == 0
        assert terminal.damage() == []


def test_a_replay_plays_by_itself_with_pauses_cut(cli: Cli, long: Path) -> None:
    """A hundred seconds take less than two; then the last picture stays."""
    with OuterTerminal(60, 14) as terminal:
        terminal.run(
            [*FUGUE, "replay", str(long), "--idle-limit", "0.1"], cli.environment
        )
        terminal.wait_shows("line 10")
        terminal.wait_shows("‖")
        terminal.press("\x03")
        assert terminal.wait_ended() == 0
        assert terminal.damage() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_whatever_ends_a_replay_the_terminal_is_given_back(
    cli: Cli, long: Path, number: signal.Signals
) -> None:
    """`kill -9` too: the process that has the terminal is looked after by another."""
    with OuterTerminal(60, 12) as terminal:
        program = terminal.run(
            [*FUGUE, "replay", str(long), "--pause"], cli.environment
        )
        terminal.wait_shows("0:00 / 1:40")
        children = Path(f"/proc/{program.pid}/task/{program.pid}/children")
        (client,) = children.read_text("utf-8").split()
        os.kill(int(client), number)
        terminal.wait_ended()
        assert terminal.damage() == []


def test_a_replay_begins_where_it_is_told(cli: Cli, long: Path) -> None:
    """A name is looked for among the recordings, too."""
    kept = cli.home / "state" / "recordings"
    kept.mkdir(parents=True)
    shutil.move(long, kept / "kept.cast")
    with OuterTerminal(60, 14) as terminal:
        terminal.run(
            [*FUGUE, "replay", "kept", "--pause", "--at", "75%"], cli.environment
        )
        terminal.wait_shows("1:15 / 1:40")
        terminal.wait_shows("line 7")
        terminal.press("q")
        assert terminal.wait_ended() == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("a.cast",), "none"), (("a.cast", "--speed", "1000"), "--speed")],
)
def test_a_replay_that_cannot_be_says_why(
    cli: Cli, long: Path, arguments: tuple[str, ...], words: str
) -> None:
    """Without a terminal, or at a speed that nobody can follow."""
    done = cli("replay", *arguments)
    assert done.returncode in (1, 2)
    assert words in done.stderr


# ---- other programs


@pytest.fixture
def asciinema() -> str:
    """The other program that made the format."""
    found = shutil.which(os.environ.get("FUGUE_TEST_ASCIINEMA", "asciinema"))
    if found is None:
        pytest.skip("no asciinema: FUGUE_TEST_ASCIINEMA may name one")
    return found


def test_asciinema_plays_what_the_daemon_has_recorded(
    served: Cli, asciinema: str
) -> None:
    """It skips what it does not know, and shows the rest."""
    served.json("new", "ann", "--", "sh", "-c", "echo hello; cat")
    file = Path(served("record", "ann").stdout.strip())
    served("send", "ann", "a message")
    wait_until(lambda: '"e"' in file.read_text("utf-8"))
    served("record", "--stop")
    done = subprocess.run(
        [asciinema, "cat", str(file)], capture_output=True, timeout=60, check=True
    )
    assert b"hello" in done.stdout
    assert b"a message" not in done.stdout


def test_what_asciinema_records_is_replayed_and_exported(
    cli: Cli, asciinema: str
) -> None:
    """Its files are recordings like ours."""
    file = cli.home / "theirs.cast"
    with OuterTerminal(80, 24) as terminal:
        terminal.run(
            [asciinema, "rec", "-c", "echo hello from asciinema", str(file)],
            {**cli.environment, "HOME": str(cli.home), "SHELL": "/bin/sh"},
        )
        terminal.wait_ended()
    assert "hello from asciinema" in cli("export", str(file), "--svg", "-").stdout
