"""`fugue demo` for real: what it shows is so, and nothing stays behind."""

from __future__ import annotations

import copy
import json
import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import psutil
import ptyprocess
import pytest
from clikit import FUGUE, Cli, empty_home
from daemonkit import Home, wait_until

from fugue_actors.demo import cast, verify
from fugue_actors.demo.verify import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.real

WITHIN = 120


class Demo:
    """Runs `fugue demo` where its traces can be found: below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # What an outer pane, or a git hook, would leave in the environment.
        self.environment = Cli(root).environment | {
            "TMPDIR": str(root),
            "FUGUE_HOME": "/nonexistent/home",
            "FUGUE_SOCKET": "/nonexistent/mcp.sock",
            "FUGUE_PANE_ID": "p0123456789",
            "FUGUE_TOKEN": "not a secret",
            "GIT_DIR": "/nonexistent/.git",
        }

    def start(self, *flags: str) -> subprocess.Popen[str]:
        """The demo, in a process group of its own as in a terminal."""
        return subprocess.Popen(
            [*FUGUE, "demo", *flags],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )

    def home(self) -> Path | None:
        """The demo's own home, once it has one."""
        return next(self.root.glob("fugue-demo-*"), None)

    def processes(self) -> list[psutil.Process]:
        """Everything that runs in a home below the root."""
        found = []
        for process in psutil.process_iter():
            try:
                home = process.environ().get("FUGUE_HOME", "")
            except psutil.Error:
                continue
            if home.startswith(f"{self.root}/"):
                found.append(process)
        return found


@pytest.fixture
def demo() -> Iterator[Demo]:
    """A place for one demo, of which nothing may be left."""
    with empty_home() as root:
        demo = Demo(root)
        yield demo
        left = demo.processes()
        for process in left:
            process.kill()
        assert left == []
        assert list(root.iterdir()) == []


@pytest.fixture(scope="module")
def outcome() -> dict[str, Any]:
    """What one real demo printed as JSON."""
    with empty_home() as root:
        output, errors = Demo(root).start("--json").communicate(timeout=WITHIN)
    assert errors == ""
    shape: dict[str, Any] = json.loads(output)
    return shape


def test_every_step_of_the_demo_truly_happens(outcome: dict[str, Any]) -> None:
    """The main job of this project, by its own programs, through its own doors."""
    missing = [step for step in outcome["steps"] if not step["ok"]]
    assert missing == [], json.dumps(outcome["screens"], indent=2)
    assert outcome["ok"] is True
    assert len(outcome["steps"]) == len(verify.CHECKS) + 1


def test_the_json_has_the_promised_shape(outcome: dict[str, Any]) -> None:
    """Sessions as in `ls`, messages as envelopes with their recipients."""
    names = {session["session_name"] for session in outcome["sessions"]}
    assert names == {part.name for part in cast.PARTS}
    for message in outcome["messages"]:
        assert {"id", "from", "target", "type", "payload", "sent_at"} <= set(message)
        states = {one["state"] for one in message["recipients"]}
        assert states <= {"consumed", "answered"}


def test_both_protocol_eras_are_spoken(outcome: dict[str, Any]) -> None:
    """One worker shakes hands as clients of the older revisions do."""
    spoken = {name: report["protocol"] for name, report in outcome["reports"].items()}
    assert spoken["ben"] < "2026" < spoken["ada"]


def evidence_of(outcome: dict[str, Any]) -> Evidence:
    """What the demo judged, from what it printed."""
    outcome = copy.deepcopy(outcome)
    sessions = {one["session_name"]: one for one in outcome["sessions"]}
    return Evidence(
        created={name: one["session_id"] for name, one in sessions.items()},
        sessions=sessions,
        messages=outcome["messages"],
        reports=outcome["reports"],
        screens=outcome["screens"],
        trees={part.tree or "": sessions[part.name]["worktree"] for part in cast.PARTS},
    )


def message(found: Evidence, kind: str, sender: str = cast.LEAD) -> dict[str, Any]:
    """The first message of a type from a sender."""
    return verify.sent(found, sender, kind)[0]


def drop(found: Evidence, kind: str, sender: str) -> None:
    found.messages.remove(message(found, kind, sender))


def worktree_note(found: Evidence) -> dict[str, Any]:
    """The message to a worktree."""
    return next(one for one in found.messages if "worktree" in one["target"])


SPOILED: dict[str, Callable[[Evidence], object]] = {
    "four programs ran in panes of their own": lambda found: found.sessions["ada"][
        "panes"
    ][0].update(exit={"code": 1, "signal": None}),
    "each found out who it is": lambda found: found.reports["ada"]["whoami"].update(
        attested="guest"
    ),
    "each wrote to its own screen": lambda found: found.screens["ada"].remove("done"),
    "each tagged itself": lambda found: found.sessions["ben"]["tags"].append("more"),
    "tasks were assigned by tag": lambda found: message(found, "task_assignment")[
        "recipients"
    ].append({"session_name": "cleo", "state": "consumed"}),
    "workers reported their status": lambda found: drop(found, "status_update", "ada"),
    "a worker asked for help and received it": lambda found: message(
        found, "help_response"
    ).update(in_reply_to=None),
    "a worker told another by name": lambda found: message(found, "note", "ada")[
        "recipients"
    ][0].update(state="offered"),
    "a broadcast reached the repository": lambda found: message(found, "broadcast")[
        "recipients"
    ].pop(),
    "a worktree was addressed": lambda found: worktree_note(found)["recipients"].append(
        {"session_name": "cleo", "state": "consumed"}
    ),
    "a sync request was answered by all": lambda found: message(
        found, "sync_request"
    ).update(id="another"),
    "every task was completed": lambda found: message(found, "task_complete", "ben")[
        "payload"
    ].update(summary="looks good to me"),
    "agents received what the ledger says": lambda found: found.reports["cleo"][
        "received"
    ].pop(),
}


@pytest.mark.parametrize("step", verify.CHECKS)
def test_a_step_that_did_not_happen_is_not_ticked(
    outcome: dict[str, Any], step: str
) -> None:
    """Each step's own evidence spoiled: no step is ticked for show."""
    found = evidence_of(outcome)
    assert all(one.ok for one in verify.all_steps(found))
    SPOILED[step](found)
    [judged] = [one for one in verify.all_steps(found) if one.step == step]
    assert not judged.ok
    assert judged.evidence


def test_without_evidence_no_step_is_ticked() -> None:
    """A demo in which nothing happened has shown nothing."""
    created = {part.name: "an id" for part in cast.PARTS}
    nothing = Evidence(
        created=created, sessions={}, messages=[], reports={}, screens={}, trees={}
    )
    assert [one.step for one in verify.all_steps(nothing) if one.ok] == []


def test_in_a_pipe_it_prints_each_message_and_then_the_tables(demo: Demo) -> None:
    """Readable without a terminal: no escapes, the last lines say what was shown."""
    process = demo.start()
    output, errors = process.communicate(timeout=WITHIN)
    assert (process.returncode, errors) == (0, "")
    assert "\x1b" not in output
    assert "lead  → broadcast (ada, ben, cleo)" in output
    assert "MISSING" not in output
    assert output.splitlines()[-1].startswith("ok  no process was left behind")


def test_on_a_terminal_it_draws_the_agents_live(demo: Demo) -> None:
    """The same in a real PTY, redrawn in place; the cursor comes back."""
    terminal = ptyprocess.PtyProcess.spawn(
        [*FUGUE, "demo"],
        env=demo.environment | {"TERM": "xterm-256color"},
        dimensions=(40, 140),
    )
    shown = b""
    try:
        while True:
            shown += terminal.read(4096)
    except EOFError:
        pass
    assert terminal.wait() == 0
    assert b"\x1b[?25l" in shown
    assert shown.rindex(b"\x1b[?25h") > shown.rindex(b"\x1b[?25l")
    assert b"last message" in shown


def test_what_is_kept_can_be_looked_at_and_ended(demo: Demo) -> None:
    """The agents stay, take messages, and go with one command."""
    process = demo.start("--keep", "--json")
    output, _ = process.communicate(timeout=WITHIN)
    outcome = json.loads(output)
    assert process.returncode == 0, outcome["steps"]
    home = demo.home()
    assert home is not None
    assert outcome["home"] == str(home)
    cli = Cli(home)
    try:
        states = {
            one["session_name"]: [pane["state"] for pane in one["panes"]]
            for one in cli.json("ls")["sessions"]
        }
        assert states["ada"] == ["running"]
        cli("send", "ada", "well done", "--as", "visitor")
        wait_until(lambda: "well done" in cli("read", "ada").stdout)
    finally:
        assert cli("stop", "--kill").returncode == 0
    wait_until(lambda: not Home(home).processes())
    subprocess.run(["rm", "-r", str(home)], check=True)


def test_without_git_it_says_so_and_leaves_nothing(demo: Demo) -> None:
    """One line, before anything is started."""
    demo.environment["PATH"] = "/nonexistent"
    process = demo.start()
    _, errors = process.communicate(timeout=WITHIN)
    assert process.returncode == 1
    assert errors == "fugue: the demo needs git, which is not here; install git\n"


def is_server(process: psutil.Process) -> bool:
    """Whether it is an agent's `fugue mcp`; one that has just ended is not."""
    try:
        return "mcp" in process.cmdline()
    except (psutil.Error, OSError):
        return False


PHASES: dict[str, Callable[[Demo, Path], object]] = {
    "it has a home": lambda demo, home: True,
    "there is a repository": lambda demo, home: (home / "project/.git").exists(),
    "the daemon is starting": lambda demo, home: demo.processes(),
    "the daemon holds its lock": lambda demo, home: (home / "run/daemon.lock").exists(),
    "the daemon listens": lambda demo, home: (home / "run/control.sock").exists(),
    "a pane is there": lambda demo, home: any((home / "run/panes").glob("*.sock")),
    "all panes are there": lambda demo, home: (
        len(list((home / "run/panes").glob("*.sock"))) == len(cast.PARTS)
    ),
    "the agents have their servers": lambda demo, home: (
        sum(map(is_server, demo.processes())) == len(cast.PARTS)
    ),
    "an agent is through": lambda demo, home: any((home / "reports").glob("*.json")),
}


@pytest.mark.parametrize("phase", PHASES)
def test_ctrl_c_leaves_no_process_and_no_file(demo: Demo, phase: str) -> None:
    """Whenever it comes; as a terminal sends it, to the whole group, and twice."""
    process = demo.start("--json")
    home = wait_until(demo.home, within=WITHIN)
    wait_until(
        lambda: PHASES[phase](demo, home) or process.poll() is not None, within=WITHIN
    )
    os.killpg(process.pid, signal.SIGINT)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=WITHIN)
    assert errors == ""
    # At the very end there may be nothing left to interrupt.
    assert process.returncode in ({130, 0} if "through" in phase else {130})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_or_a_kill_leaves_nothing_either(
    demo: Demo, number: signal.Signals
) -> None:
    """Not only Ctrl-C ends a demo early."""
    process = demo.start()
    home = wait_until(demo.home, within=WITHIN)
    wait_until(lambda: any((home / "run/panes").glob("*.sock")), within=WITHIN)
    process.send_signal(number)
    process.communicate(timeout=WITHIN)
    assert process.returncode == 130


def test_a_daemon_that_dies_is_noticed_and_nothing_is_left(demo: Demo) -> None:
    """Its programs go on without it, so the demo has to see to them itself."""
    process = demo.start()
    home = wait_until(demo.home, within=WITHIN)
    wait_until(lambda: any((home / "run/panes").glob("*.sock")), within=WITHIN)
    pid = int((home / "run/daemon.lock").read_text("utf-8"))
    os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=WITHIN)
    # 3 where it cannot be reached any more, 1 where it left a request unanswered.
    assert process.returncode in {1, 3}
    assert len(errors.splitlines()) == 1


def test_agents_run_under_the_interpreter_that_runs_the_demo(
    outcome: dict[str, Any],
) -> None:
    """So that it works in any virtual environment, activated or not."""
    for session in outcome["sessions"]:
        assert session["panes"][0]["command"].startswith(sys.executable)
