"""The daemon: the whole supervision tree on one screen. Read this first.

    root                      one_for_one, 5 in 60 s
    ├── machine               no limit: a disk or a machine may stay full for long
    │   ├── journal               writes what happens to the disk, a group at a time
    │   ├── keeper                writes the cards by which programs are found again
    │   └── zygote                the process that pane hosts are forked from
    ├── router                who a target means; one journal entry for all recipients
    ├── delivery              expiry, newcomers, and senders that have to be told
    ├── sessions              one subtree a session:
    │   └── <id>                  rest_for_one
    │       ├── panes                 one actor a pane, linked to its host process
    │       ├── session               tags, status, inbox
    │       └── restarter             programs that shall start again
    ├── fleet                 creates and ends sessions, lends guest sessions
    └── gateways
        ├── mirrors           has the screens followed that somebody watches
        ├── watcher           looks at this tree while somebody wants to see it
        ├── sampler           reads what programs use while somebody wants to know
        ├── recordings        no limit; one actor a recording, and who starts them
        ├── mcp               no limit; mcp.sock: one actor a connection, and the accept loop
        ├── control           no limit; control.sock: the same for the command line
        └── web               no limit; a TCP port of the loopback: the same for browsers

Children start in this order and stop in reverse, so no request meets half a daemon.
Beside the tree stands the journal: what is the case does not die with an actor.
"""

from __future__ import annotations

import functools
import gc
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
import trio

from fugue_actors import __version__, handover, home, logs
from fugue_actors.actors import delivery, fleet, router, zygote
from fugue_actors.config import Config, load
from fugue_actors.errors import FugueError, Refused
from fugue_actors.gateways import control, listener, mcp, recordings
from fugue_actors.gateways.control import pages, web
from fugue_actors.gateways.doorways import TcpDoorway, UnixDoorway
from fugue_actors.gateways.metrics import Tally
from fugue_actors.gateways.monitor import (
    Feed,
    Mirrors,
    Screens,
    mirrors,
    sampler,
    watcher,
)
from fugue_actors.gateways.operations.context import DaemonInfo
from fugue_actors.journal import cards, keeper, opening, writer
from fugue_actors.kernel import (
    ChildSpec,
    Intensity,
    Kernel,
    dynamic_supervisor,
    obey_signals,
    open_kernel,
    supervisor,
)
from fugue_actors.protocol.errors import error_json
from fugue_actors.terminal.descriptors import raise_limit

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

READY = b"ready\n"
MAX_SESSIONS = 10_000
MAX_CONNECTIONS = 256
MAX_BROWSERS = 64
LOOK_SECONDS = 2.0
SWITCH_SECONDS = 0.001


@attrs.frozen
class Ended:
    """Why a tree has ended, as far as it matters for what comes next.

    Attributes:
        successor: Where the daemon listens that this one shall hand over to, if any.
        is_to_begin_anew: Whether the journal can be read that could not be before.
    """

    successor: str = ""
    is_to_begin_anew: bool = False


def tree(
    config: Config,
    opened: opening.Opened,
    info: DaemonInfo,
    is_ours: Callable[[], bool] = lambda: True,
    open_files: int | None = None,
    begin_anew: Callable[[], None] = lambda: None,
    monitor: TcpDoorway | None = None,
) -> ChildSpec:
    """The root supervisor's spec.

    Args:
        config: What the daemon was told.
        opened: What is the case, and where it is kept.
        info: What the daemon says of itself.
        is_ours: Whether no other daemon has this home.
        open_files: The limit of open files that programs get; by default our own.
        begin_anew: Called when the journal can be read that could not be before.
        monitor: Where the web page is, if it is anywhere.
    """
    journal = opened.journal
    agent = functools.partial(
        mcp.McpConnection, journal=journal, daemon=info, sdk=mcp.Sdk()
    )
    screens = Mirrors()
    feed = Feed(journal, [Screens(journal, screens).source])
    command = functools.partial(
        control.ControlConnection, journal=journal, daemon=info, feed=feed
    )
    doors = [
        listener.spec(
            "mcp",
            UnixDoorway(config.mcp_socket),
            agent,
            max_connections=MAX_CONNECTIONS,
            refusal=mcp.refusal,
        ),
        listener.spec(
            "control",
            UnixDoorway(config.control_socket),
            command,
            max_connections=MAX_CONNECTIONS,
            refusal=control.refusal,
        ),
    ]
    if monitor is not None:
        browser = functools.partial(
            web.WebConnection,
            journal=journal,
            daemon=info,
            feed=feed,
            settings=config.monitor,
            pages=pages.load(),
            tally=Tally(journal),
        )
        door = listener.spec(
            "web",
            monitor,
            browser,
            max_connections=MAX_BROWSERS,
            refusal=web.refusal,
        )
        doors.append(door)
    return supervisor(
        "root",
        intensity=Intensity(max_restarts=5, period=60.0),
        children=[
            # Apart from the rest: an outage must not use up what is meant for bugs.
            supervisor(
                "machine",
                intensity=Intensity.none(),
                children=[
                    writer.spec(journal, opened.archive, begin_anew=begin_anew),
                    keeper.spec(journal, config.panes_dir, is_ours=is_ours),
                    zygote.spec(
                        journal,
                        config.panes_dir,
                        config.history_lines,
                        orphan_limit=config.orphan_limit,
                        has_clipboard=config.has_clipboard,
                        log=config.state_dir / "hosts.log",
                        open_files=open_files,
                    ),
                ],
            ),
            router.spec(journal, config.limits),
            delivery.spec(journal, config.limits),
            dynamic_supervisor(
                "sessions", max_children=MAX_SESSIONS, intensity=Intensity.none()
            ),
            fleet.spec(journal, config.fleet),
            supervisor(
                "gateways",
                children=[
                    mirrors.spec(screens),
                    watcher.spec(feed),
                    sampler.spec(feed),
                    recordings.spec(journal, screens, config.record),
                    *doors,
                ],
            ),
        ],
    )


async def run(
    config: Config,
    lock: home.Lock,
    tell_ready: Callable[[], None],
    open_files: int | None = None,
) -> Ended:
    """Run the tree until it is stopped.

    Args:
        config: What the daemon was told.
        lock: What makes the home ours.
        tell_ready: Called when it can be asked.
        open_files: The limit of open files that programs get; by default our own.

    Returns:
        Why it has ended.
    """
    opened = await trio.to_thread.run_sync(
        opening.begin, config.journal, later_generation, config.keep
    )
    kernels: list[Kernel] = []
    monitor = monitor_of(config)
    ended = Ended()

    def stop() -> None:
        kernels[0].request_stop("asked to stop")

    def hand_over(to: str) -> None:
        nonlocal ended
        if ended.successor:
            raise Refused("Busy", "another daemon is taking over already")
        try:
            is_socket = Path(to).is_socket()
        except OSError:  # it is no path that could be
            is_socket = False
        if not is_socket:
            raise Refused("InvalidArgument", f"no daemon waits at {to[:200]}")
        ended = Ended(successor=to)
        kernels[0].request_stop("another daemon takes over")

    def begin_anew() -> None:
        nonlocal ended
        if not ended.successor:
            ended = Ended(is_to_begin_anew=True)
            kernels[0].request_stop("the journal can be read again")

    info = DaemonInfo(
        version=__version__,
        home=config.home or str(config.runtime_dir),
        started=time.time(),
        stop=stop,
        hand_over=hand_over,
        monitor_url=lambda: None if monitor is None else monitor.url,
    )
    root = tree(
        config, opened, info, lock.still_counts, open_files, begin_anew, monitor
    )
    try:
        async with open_kernel(root) as kernel:
            kernels.append(kernel)
            async with trio.open_nursery() as nursery:
                await nursery.start(obey_signals, kernel)
                nursery.start_soon(step_aside, lock, kernel)
                logger.info(
                    "ready: pid %d, sockets in %s", os.getpid(), config.runtime_dir
                )
                tell_ready()
                exit_of_root = await kernel.wait_closed()
                nursery.cancel_scope.cancel("the tree has ended")
    finally:
        opened.archive.close()
    logger.info("ended: %s", exit_of_root)
    return ended


def monitor_of(config: Config) -> TcpDoorway | None:
    """Where the web page is to be, if it is to be anywhere."""
    if not config.monitor.enabled:
        return None
    return TcpDoorway(config.monitor.host, config.monitor.port, config.monitor_port)


def later_generation(before: int) -> int:
    """A generation beyond those of all earlier daemons.

    The clock keeps it so even if nothing is known of them.
    """
    return max(before + 1, int(time.time() * 1000))


async def step_aside(lock: home.Lock, kernel: Kernel) -> None:
    """End when this home is not ours any more: hosts obey whoever is next.

    That can be if somebody deleted the lock while this process was stopped, or if the
    whole runtime directory is gone, as after its user's last login.
    """
    while lock.still_counts():  # noqa: ASYNC110 - no event tells of a deleted file
        await trio.sleep(LOOK_SECONDS)
    logger.error("the lock of this home is gone or another daemon's: leaving it alone")
    kernel.request_stop("this home is not ours any more")


class Starter:
    """Whoever started this process and waits for word on a descriptor, if anybody."""

    def __init__(self, ready_fd: int | None) -> None:
        self.ready_fd = ready_fd

    def tell(self, word: bytes) -> None:
        """Say how the start went; only the first word counts."""
        if self.ready_fd is None:
            return
        try:
            os.write(self.ready_fd, word)
        except BrokenPipeError:
            logger.info("whoever started the daemon did not wait for it")
        os.close(self.ready_fd)
        self.ready_fd = None


def serve(config: Config, starter: Starter, *, replace: bool) -> None:
    """Hold the home's lock and run the tree, until nobody is needed here any more."""
    predecessor: handover.Predecessor | None = None
    if replace:
        lock, predecessor = handover.take_over(
            config.runtime_dir, config.control_socket
        )
    else:
        lock = home.Lock.take(config.runtime_dir)

    def tell_ready() -> None:
        nonlocal predecessor
        if predecessor is not None:
            predecessor.release()
            predecessor = None
        starter.tell(READY)

    try:
        lock.sign()
        open_files = raise_limit()
        while True:
            ended = trio.run(run, config, lock, tell_ready, open_files)
            if ended.successor:
                if handover.give_up(lock, ended.successor):
                    logger.info("another daemon has taken over")
                    return
                logger.error("the daemon that was to take over did not; going on")
                lock.sign()
            elif not ended.is_to_begin_anew:
                return
    finally:
        lock.close()


def main(ready_fd: int | None = None, *, replace: bool = False) -> int:
    """Run a daemon in this process; returns its exit status.

    Args:
        ready_fd: A descriptor that gets one line: `ready`, or `error` and what is wrong.
        replace: Whether to take over from the daemon that runs, if one does.
    """
    # What was imported stays for good: walking it again and again stops all agents.
    gc.collect()
    gc.freeze()
    # The journal's thread and the loop wait for each other no longer than this.
    sys.setswitchinterval(SWITCH_SECONDS)
    starter = Starter(ready_fd)
    log_format = logs.TEXT
    try:
        level, asked = logs.level_asked(), logs.format_asked()
        log_format = asked or logs.TEXT
        config = load()
        log_format = asked or config.log_format
        logs.begin(level, log_format)
        home.prepare(
            config.runtime_dir,
            config.panes_dir,
            config.state_dir,
            is_waited_for=functools.partial(cards.is_inhabited, config.panes_dir),
        )
        home.check_sockets(config.mcp_socket, config.control_socket)
        serve(config, starter, replace=replace)
    except FugueError as error:
        line = error.message if error.hint is None else f"{error.message}; {error.hint}"
        # First for the log: whoever started us ends us when it knows.
        logs.refuse(f"fugue: {line}", error.code, log_format)
        starter.tell(f"error {json.dumps(error_json(error))}\n".encode())
        return 1
    return 0
