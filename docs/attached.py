"""Makes the README's moving picture: somebody works with agents in `fugue attach`.

`python docs/attached.py` writes docs/demo-attach.svg; with `--cast` or `--html` the recording in
that form as well, beside it. What is shown is real: agents and a shell in panes of one daemon,
`fugue attach` in a pane of another, which `fugue record` records; keys are pressed as a person
presses them.
"""
# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import attrs

SUPPORT: Final = Path(__file__).resolve().parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))

from daemonkit import Home, running_home, wait_until  # noqa: E402 - found only now

if TYPE_CHECKING:
    from collections.abc import Mapping

PICTURE: Final = Path(__file__).resolve().parent / "demo-attach.svg"
COLUMNS, LINES = 104, 27
NAME: Final = "kim"
FUGUE: Final = [sys.executable, "-m", "fugue_actors"]
NO_DOOR: Final = "[monitor]\nenabled = false\n"

# An agent that works without a model: what it does follows from the messages that it gets.
AGENT: Final = """
import sys, time
sys.path.insert(0, {support!r})
from pathlib import Path
from daemonkit import Control

NAME, STEPS, QUESTION = sys.argv[1], sys.argv[2].split("|"), sys.argv[3:]
GREEN, BLUE, DIM, BOLD, PLAIN = (f"\\033[{{n}}m" for n in (32, 34, 2, 1, 0))
control = Control(Path({socket!r}))

def say(text, colour=""):
    print(f"{{colour}}{{text}}{{PLAIN}}", flush=True)

def status(what, why):
    control("report_status", status=what, message=why)

def work(steps):
    for step in steps:
        for frame in "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏" * 2:
            print(f"\\r {{BLUE}}{{frame}}{{PLAIN}} {{step}}", end="", flush=True)
            time.sleep(0.06)
        if step == "fix total()":
            Path("cart.py").write_text({fixed!r})
        say(f"\\r {{GREEN}}✓{{PLAIN}} {{step}}")

control("set_tags", add=["worker", NAME])
say(f"╭─ {{NAME}} " + "─" * 28 + "╮", BOLD)
say("│ an agent; waits for its work     │", BOLD)
say("╰" + "─" * 34 + "╯", BOLD)
status("idle", "waits for work")
half = len(STEPS) // 2
while True:
    for message in control("poll_messages", wait_seconds=30)["messages"]:
        sender, text = message["from"]["session_name"], message["payload"].get("text", "")
        say(f"\\n {{DIM}}{{sender}} →{{PLAIN}} {{text}}")
        status("working", text)
        work(STEPS[:half])
        if QUESTION:
            say(f"\\n {{BOLD}}?{{PLAIN}} {{QUESTION[0]}}")
            asked = control("request_help", context=QUESTION[0])
            status("waiting_for_input", QUESTION[0])
            answer = []
            while not answer:
                answer = control("poll_messages", wait_seconds=30)["messages"]
            text = answer[0]["payload"].get("text", "")
            say(f" {{DIM}}{{answer[0]['from']['session_name']}} →{{PLAIN}} {{text}}")
            status("working", text)
            QUESTION = []
        work(STEPS[half:])
        control("reply", message_id=message["id"], text=f"{{NAME}} is done")
        status("idle", "done")
        say("   done", GREEN)
"""
CART: Final = '''def total(prices, shipping=4.90):
    """What a cart costs."""
    return round(sum(prices) + shipping, 2)
'''
FIXED: Final = """def total(prices, shipping=4.90):
    # Nothing is sent that costs nothing.
    return round(sum(prices) + shipping, 2) if prices else 0
"""
TESTS: Final = """from cart import total


def test_a_total_has_shipping():
    assert total([10, 5]) == 19.90


def test_an_empty_cart_costs_nothing():
    assert total([]) == 0
"""


@attrs.define(eq=False)
class Person:
    """Somebody at the keyboard of the terminal that is recorded.

    Attributes:
        home: The daemon in whose pane the terminal is.
        pane: The pane.
    """

    home: Home
    pane: str
    chance: random.Random = attrs.Factory(lambda: random.Random(7))

    def press(self, *keys: str, pause: float = 0.6) -> None:
        """Press keys, and look for a moment at what they do."""
        for key in keys:
            with self.home.control() as control:
                control("send_input", pane=self.pane, keys=[key])
            time.sleep(0.12)
        time.sleep(pause)

    def type(self, text: str, pause: float = 0.4) -> None:
        """Type a text as people do."""
        with self.home.control() as control:
            for character in text:
                control("send_input", pane=self.pane, text=character, paste=False)
                time.sleep(self.chance.uniform(0.02, 0.09))
        time.sleep(pause)

    def sees(self, text: str, within: float = 20.0) -> None:
        """Wait until the terminal shows this."""
        wait_until(lambda: text in self.screen(), within=within)

    def screen(self) -> str:
        """What the terminal shows."""
        with self.home.control() as control:
            return "\n".join(control("read_pane", pane=self.pane)["text"])


def create(home: Home, name: str, command: list[str], **more: Any) -> str:
    """A session; its pane."""
    with home.control() as control:
        made = control("create_session", name=name, command=command, **more)
    pane: str = made["pane_id"]
    return pane


def furnish(home: Home) -> None:
    """Agents, and a shell of whoever leads them."""
    place = home.root / "shop"
    place.mkdir()
    (place / "cart.py").write_text(CART, encoding="utf-8")
    (place / "test_cart.py").write_text(TESTS, encoding="utf-8")
    subprocess.run(["git", "init", "-q"], cwd=place, check=True)
    subprocess.run(["git", "add", "."], cwd=place, check=True)
    agent = home.root / "agent.py"
    agent.write_text(
        AGENT.format(
            support=str(SUPPORT), socket=str(home.control_socket), fixed=FIXED
        ),
        encoding="utf-8",
    )
    tools = home.root / "tools"
    tools.mkdir()
    for name, command in (
        ("fugue", f'exec {sys.executable} -m fugue_actors "$@"'),
        ("pytest", f'exec {sys.executable} -m pytest -q -p no:cacheprovider "$@"'),
    ):
        script = tools / name
        script.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
        script.chmod(0o755)
    environment = {
        "PS1": "\\[\\e[32m\\]shop\\[\\e[0m\\] $ ",
        "PATH": f"{tools}:/usr/bin:/bin",
        "LC_ALL": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    simple = {**environment, "PS1": "$ "}
    size = {"columns": COLUMNS, "lines": LINES - 1}
    shell = ["bash", "--norc", "--noprofile"]
    create(home, "lead", shell, cwd=str(place), environment=environment, **size)
    with home.control() as control:
        control("set_tags", session="lead", add=["orchestrator"])
    for name, steps, *question in (
        (
            "ada",
            "read cart.py|run the tests|fix total()|run the tests again",
            "Is shipping free for an empty cart?",
        ),
        ("ben", "read test_cart.py|write two more tests|run them|tidy up"),
    ):
        command = [sys.executable, str(agent), name, steps, *question]
        create(home, name, command, cwd=str(place), environment=simple, **size)
        wait_until(lambda name=name: shows(home, name, "waits for its work"))


def shows(home: Home, session: str, text: str) -> bool:
    """Whether a session's pane shows a text."""
    with home.control() as control:
        return text in "\n".join(control("read_pane", session=session)["text"])


def outer_environment(home: Home) -> Mapping[str, str]:
    """The environment of a terminal in which nobody is in a pane."""
    return {
        "FUGUE_HOME": str(home.root),
        "COLORTERM": "truecolor",
        "LC_ALL": "C.UTF-8",
        "PS1": "$ ",
    }


def play(person: Person, inner: Home) -> None:
    """What the picture shows."""
    person.type("fugue attach lead")
    person.press("Enter", pause=0)
    person.sees("lead")
    person.sees("shop $")
    time.sleep(1.0)
    person.type('fugue send tag:worker "the tests of the cart fail"')
    person.press("Enter")
    person.sees("queued")
    person.press("C-b", "s", pause=1.2)
    person.press("Down", pause=1.0)
    person.press("Down", pause=1.5)
    person.press("q", pause=0.2)
    wait_until(lambda: shows(inner, "ada", "empty cart?"), within=30)
    time.sleep(1.0)
    person.press("C-b", "a")
    person.sees("empty cart?")
    time.sleep(1.5)
    person.press("C-b", ":")
    person.type('send ada "yes, an empty cart costs nothing"')
    person.press("Enter", pause=0)
    person.sees(f"{NAME} →")
    person.sees("run the tests again")
    person.sees("   done")
    person.press("C-b", "%")
    person.sees("│$")
    person.type("pytest")
    person.press("Enter", pause=0)
    person.sees("2 passed")
    time.sleep(1.5)
    person.press("C-b", "m", pause=2.5)
    person.press("q", pause=0)
    person.sees("2 passed")


def main() -> None:
    """Write the picture."""
    # What a split begins, and what the user is called: nobody's own settings.
    os.environ |= {"SHELL": "/bin/sh", "LOGNAME": NAME}
    with running_home(NO_DOOR) as inner, running_home(NO_DOOR) as outer:
        furnish(inner)
        tools = inner.root / "tools"
        command = ["env", "-u", "FUGUE_PANE_ID", f"PATH={tools}:/usr/bin:/bin"]
        command += [
            f"{name}={value}" for name, value in outer_environment(inner).items()
        ]
        pane = create(
            outer,
            "terminal",
            [*command, "bash", "--norc", "--noprofile"],
            columns=COLUMNS,
            lines=LINES,
        )
        person = Person(outer, pane)
        person.sees("$")
        with outer.control() as control:
            made = control("record_start", pane=pane, title="fugue attach")
        try:
            play(person, inner)
        finally:
            with outer.control() as control:
                control("record_stop", recording_id=made["recording_id"])
        export = [*FUGUE, "export", made["file"], "--svg", str(PICTURE)]
        for form in ("cast", "html"):
            if f"--{form}" in sys.argv:
                export += [f"--{form}", str(PICTURE.with_suffix(f".{form}"))]
        subprocess.run(
            [*export, "--idle-limit", "1.5"], env=outer.environment, check=True
        )


if __name__ == "__main__":
    main()
