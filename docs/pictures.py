"""Makes the pictures of the web page: a small fleet, drawn by a real Chromium.

`nox -s screenshots` writes docs/pictures/*.png. What is shown is real: the agents of
`fugue demo`, and programs in two repositories, in panes of a daemon of their own.
"""
# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import attrs
import psutil
import trio

SUPPORT: Final = Path(__file__).resolve().parent.parent / "tests" / "support"
sys.path.insert(0, str(SUPPORT))

import chromium as browser  # noqa: E402 - found only now
from browserpage import Page, Size  # noqa: E402
from daemonkit import Home, running_home  # noqa: E402
from visiting import ANY_PORT, Visit, shows  # noqa: E402

from fugue_actors.demo import cast  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PICTURES: Final = Path(__file__).resolve().parent / "pictures"
DESK: Final = Size(width=1280, height=800, scale=1.5)
PHONE: Final = Size(width=390, height=844, scale=2.0, is_phone=True)
SIZE: Final = {"columns": 80, "lines": 24}
SHELL: Final = {
    "PS1": "$ ",
    "LC_ALL": "C.UTF-8",
    "GIT_PAGER": "cat",
    "VIMINIT": "set nocompatible number background=dark | syntax on",
}

# On the path of the shells in the panes. `say` tells of its session how it is, as an
# agent does.
SAY: Final = """#!{python}
import sys
sys.path.insert(0, {support!r})
from pathlib import Path
from daemonkit import Control, ControlError
status, text = sys.argv[1:]
with Control(Path({socket!r})) as control:
    try:
        if status == "help":
            control("request_help", context=text)
        else:
            control("report_status", status=status, message=text)
    except ControlError:
        pass  # nobody leads this fleet
"""
PYTEST: Final = """#!/bin/sh
exec {python} -m pytest --no-header --color=yes -p no:cacheprovider "$@"
"""
AGENT: Final = """#!/bin/sh
exec {python} -P -m {module} {reports} "$@"
"""
# What a shell reads at its start: it waits for the demo to be over, so that nobody of
# the demo answers what it says then.
BEGIN: Final = """
while [ ! -e {go} ]; do sleep 0.1; done
{say}
"""

SHOP: Final[Mapping[str, str]] = {
    "cart.py": '''"""The cart: what somebody means to buy, and what it will cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

FREE_SHIPPING_FROM = Decimal("49.00")
SHIPPING = Decimal("4.90")


@dataclass(frozen=True)
class Line:
    """A product and how many of it."""

    product: str
    price: Decimal
    count: int = 1

    @property
    def total(self) -> Decimal:
        return self.price * self.count


@dataclass
class Cart:
    """Lines in the order in which they were added."""

    lines: list[Line] = field(default_factory=list)

    def add(self, line: Line) -> None:
        if line.count < 1:
            raise ValueError(f"{line.count} of {line.product}?")
        self.lines.append(line)

    @property
    def subtotal(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))

    @property
    def total(self) -> Decimal:
        shipping = SHIPPING if self.subtotal < FREE_SHIPPING_FROM else Decimal(0)
        return self.subtotal + shipping
''',
    "test_cart.py": """from decimal import Decimal

import pytest
from cart import Cart, Line

TEA = Line("tea", Decimal("6.50"))


@pytest.mark.parametrize("count", range(1, 13))
def test_a_total_has_all_lines(count):
    cart = Cart()
    for _ in range(count):
        cart.add(TEA)
    assert cart.subtotal == TEA.price * count


def test_shipping_is_free_from_a_certain_sum():
    cart = Cart([Line("pot", Decimal("60.00"))])
    assert cart.total == Decimal("60.00")


def test_nobody_buys_nothing():
    with pytest.raises(ValueError, match="tea"):
        Cart().add(Line("tea", Decimal("6.50"), 0))


def test_small_orders_pay_for_shipping():
    assert Cart([TEA]).total == Decimal("11.40")
""",
}


@attrs.frozen
class Scene:
    """A daemon with a fleet in it.

    Attributes:
        home: The daemon's.
        panes: The pane of each session, by its name.
        commands: What the shells among them are to run.
    """

    home: Home
    panes: dict[str, str] = attrs.field(factory=dict)
    commands: dict[str, str] = attrs.field(factory=dict)

    @property
    def go(self) -> Path:
        """What the shells wait for."""
        return self.home.root / "go"

    @property
    def tools(self) -> Path:
        """What is first on the path of the shells."""
        return self.home.root / "bin"

    def furnish(self) -> None:
        """Put the tools there."""
        words = {
            "python": sys.executable,
            "support": str(SUPPORT),
            "socket": str(self.home.control_socket),
            "module": cast.AGENT_MODULE,
            "reports": str(self.home.root / "reports"),
        }
        self.tools.mkdir()
        tools = {"say": SAY, "pytest": PYTEST, "demo-agent": AGENT}
        for name, text in tools.items():
            tool = self.tools / name
            tool.write_text(text.format(**words), encoding="utf-8")
            tool.chmod(0o700)

    def session(
        self,
        name: str,
        cwd: Path,
        *command: str,
        env: Mapping[str, str] = MappingProxyType({}),
        **more: Any,
    ) -> None:
        """A session with a program in a pane."""
        environment = {**self.home.environment, **SHELL, **env}
        environment["PATH"] = f"{self.tools}:{environment['PATH']}"
        with self.home.control() as control:
            made = control(
                "create_session",
                name=name,
                cwd=str(cwd),
                command=list(command),
                environment=environment,
                **SIZE,
                **more,
            )
        self.panes[name] = made["pane_id"]

    def agent(
        self, name: str, cwd: Path, said: list[str], command: str, **more: Any
    ) -> None:
        """A session whose shell says how it is, and is then given a command."""
        begin = self.home.root / f"{name}.sh"
        words = {"go": self.go, "say": shlex.join(["say", *said])}
        begin.write_text(BEGIN.format(**words), encoding="utf-8")
        self.session(name, cwd, "sh", env={"ENV": str(begin)}, **more)
        self.commands[name] = command

    def run(self, name: str) -> None:
        """Give a shell its command."""
        self.until(name, r"\$ $")
        with self.home.control() as control:
            pane, text = self.panes[name], self.commands[name]
            control("send_input", pane=pane, text=text, keys=["Enter"])

    def until(self, name: str, text: str) -> None:
        """Wait until a session's screen shows a text."""
        shows(self.home, self.panes[name], text)


@contextmanager
def staged() -> Iterator[Scene]:
    """The fleet of the pictures, once everybody is at work."""
    with running_home(ANY_PORT) as home:
        scene = Scene(home)
        scene.furnish()
        open_shop(scene)
        play_demo(scene)
        begin_work(scene)
        end_zygote(home)
        yield scene


def play_demo(scene: Scene) -> None:
    """The agents of `fugue demo`, who stay."""
    root = scene.home.root
    main = root / "parser"
    reports = root / "reports"
    reports.mkdir()
    commit(main, cast.FILES)
    places = {None: main}
    for tree in cast.TREES:
        places[tree] = root / f"parser-{tree}"
        git(main, "worktree", "add", "-q", "-b", tree, str(places[tree]))
    for part in cast.PARTS:
        flags = [cast.STAY, *([cast.HANDSHAKE] if part.is_handshaking else [])]
        scene.session(part.name, places[part.tree], "demo-agent", *flags)
    for part in cast.PARTS:
        scene.until(part.name, "^done$")


def open_shop(scene: Scene) -> None:
    """Programs in a second repository; some of their agents need somebody."""
    shop = scene.home.root / "shop"
    checkout = scene.home.root / "shop-checkout"
    commit(shop, SHOP)
    for subject in (
        "Round to cents",
        "Name the lines of a cart",
        "Ship for free from 49",
    ):
        git(shop, "commit", "-q", "--allow-empty", "-m", subject)
    git(shop, "worktree", "add", "-q", "-b", "checkout", str(checkout))
    for subject in ("Begin the checkout", "Ask for an address"):
        git(checkout, "commit", "-q", "--allow-empty", "-m", subject)
    scene.agent(
        "dora",
        shop,
        ["working", "rounding in cart.py"],
        "vim cart.py",
    )
    scene.agent(
        "emil",
        shop,
        ["working", "the tests of the cart"],
        "pytest -v",
        tags=["worker", "tests"],
    )
    scene.agent(
        "fay",
        checkout,
        ["waiting_for_input", "Shall guests be able to check out?"],
        "git log --graph --all --stat -3",
        tags=["worker"],
    )
    scene.agent(
        "gus",
        checkout,
        ["help", "The payment sandbox refuses my key. Who has another?"],
        "git show main~3 cart.py",
        tags=["worker"],
    )
    # Of all processes of this machine, only those of the shells.
    with scene.home.control() as control:
        panes = control("list_panes")["panes"]
    pids = ",".join(str(pane["pid"]) for pane in panes if pane["pid"])
    scene.agent("watch", shop, ["working", "what it costs"], f"htop --pid={pids}")
    scene.session("deploy", shop, "sh", "-c", "echo 'no such host: staging'; exit 7")


def begin_work(scene: Scene) -> None:
    """Let the shells say how they are and run what they are to."""
    scene.go.touch()
    for name in scene.commands:
        scene.run(name)
    scene.until("dora", "dataclass")
    scene.until("emil", "passed")
    scene.until("fay", "address")
    scene.until("gus", "shipping")
    scene.until("watch", "F10")


def end_zygote(home: Home) -> None:
    """Kill the process that new hosts are forked from, so that a restart can be seen."""
    assert home.daemon is not None
    (zygote,) = psutil.Process(home.daemon.pid).children()
    zygote.kill()


def commit(directory: Path, files: Mapping[str, str]) -> None:
    """A repository with these files in its first commit."""
    directory.mkdir()
    for name, text in files.items():
        (directory / name).write_text(text, encoding="utf-8")
    git(directory, "init", "-q", "-b", "main")
    git(directory, "add", ".")
    git(directory, "commit", "-q", "-m", "Begin")


def git(directory: Path, *words: str) -> None:
    """Run git without the user's settings."""
    who = ["-c", "user.name=fugue", "-c", "user.email=fugue@localhost"]
    subprocess.run(["git", *who, *words], cwd=directory, check=True)


# Of each small screen in sight, whether anything is drawn on it.
THUMBNAILS: Final = """[...document.querySelectorAll(".thumb-canvas")]
  .filter((canvas) => canvas.getBoundingClientRect().top < innerHeight)
  .map((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return new Set(new Uint32Array(data.buffer)).size > 1;
  })"""


async def drawn(page: Page, name: str) -> None:
    """Write a picture of what is seen now, once all of it is drawn."""
    await page.evaluate("document.fonts.ready.then(() => true)")
    await page.evaluate(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    path = trio.Path(PICTURES / f"{name}.png")
    await path.write_bytes(await page.picture())


async def at_the_desk(scene: Scene, page: Page, scheme: str) -> None:
    """The fleet in a large window, and in the dark all other views."""
    visit = await Visit.begun(page, scene.home)
    await visit.row_says("fay", "Shall guests")
    await page.until(f"({THUMBNAILS}).every(Boolean)", within=30)
    await drawn(page, f"fleet-{scheme}")
    if scheme == "light":
        return
    await visit.open_pane(scene.panes["emil"])
    await visit.screen_shows("passed")
    await visit.take_control()
    await drawn(page, "pane")
    await (await page.named("button", "Close (Esc)")).click()
    await visit.view("Messages")
    await page.until("document.querySelectorAll('.letter').length > 10")
    await drawn(page, "messages")
    await visit.view("Graph")
    await page.until("document.querySelectorAll('.person').length > 3")
    await drawn(page, "graph")
    await visit.view("Supervision")
    await page.until("document.querySelectorAll('.actor-row').length > 5")
    await drawn(page, "supervision")


async def in_the_hand(scene: Scene, page: Page) -> None:
    """The fleet and a pane on a phone."""
    visit = await Visit.begun(page, scene.home)
    await visit.view("Fleet")
    await visit.row_says("fay", "Shall guests")
    await drawn(page, "phone-fleet")
    await visit.view("Screens")
    await visit.open_pane(scene.panes["emil"])
    await visit.screen_shows("passed")
    await drawn(page, "phone-pane")


async def photograph(scene: Scene, chromium: browser.Chromium) -> None:
    """Every picture."""
    async with trio.open_nursery() as nursery:
        for scheme in ("dark", "light"):
            async with chromium.page(nursery, DESK, scheme=scheme) as page:
                await at_the_desk(scene, page, scheme)
        async with chromium.page(nursery, PHONE, scheme="dark") as page:
            await in_the_hand(scene, page)


def main() -> None:
    """Write the pictures.

    Raises:
        SystemExit: Something that is needed is not here.
    """
    program = browser.find()
    missing = [name for name in ("git", "vim", "htop") if shutil.which(name) is None]
    if program is None or missing:
        raise SystemExit(f"not here: {', '.join(missing) or 'chromium'}")
    PICTURES.mkdir(exist_ok=True)
    with staged() as scene, browser.started(program) as chromium:
        trio.run(photograph, scene, chromium)


if __name__ == "__main__":
    main()
