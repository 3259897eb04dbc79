"""From a socket's peer to a `Caller`: the identity a connection has for life."""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING

import psutil
import trio

from fugue_actors.gateways.ancestry import lineage
from fugue_actors.gateways.caller import Caller, person
from fugue_actors.gateways.identity import Attestation, Peer, Program, attest

if TYPE_CHECKING:
    from collections.abc import Callable

    from fugue_actors.gateways.access import Access
    from fugue_actors.journal import Journal, Listener, State
    from fugue_actors.kernel import Kernel, Ref

# A program that connects the moment it starts can be faster than the report that it
# runs; the report is on its way, so waiting for it is short. Whoever cannot be in such a
# pane, as most commands of people, does not wait for it.
STARTING_WITHIN = 3.0
LEFT_BEHIND = "left-behind"
"""The guest of programs that are below a pane, without being its session, and say no name."""


def programs(state: State) -> list[Program]:
    """Every pane's program, as far as one runs."""
    return [
        Program(
            pane_id=pane.pane_id,
            session_id=pane.session_id,
            pid=pane.hosted.program_pid,
            started=pane.hosted.program_started,
            host_pid=pane.hosted.host_pid,
            host_started=pane.hosted.host_started,
        )
        for pane in state.panes.values()
        if pane.hosted is not None
    ]


async def attest_peer(peer: Peer, journal: Journal, token: str | None) -> Attestation:
    """What the kernel says about a peer, once every starting pane is accounted for."""

    def owner(presented: str) -> tuple[str, str] | None:
        for pane in journal.state.panes.values():
            if same(pane.token, presented):
                return pane.session_id, pane.pane_id
        return None

    def look(presented: str | None = token) -> Attestation:
        known = programs(journal.state)
        return attest(peer, known, token=presented, token_owner=owner)

    found = look()
    if token is None and not is_ours(peer):
        return found
    with trio.move_on_after(STARTING_WITHIN):
        while found.attested != "process" and any_starting(journal.state):
            changed = trio.Event()
            stop = journal.listen(setter(changed))
            try:
                await changed.wait()
            finally:
                stop()
            found = look()
    if found.attested == "token" and any_starting(journal.state):
        # It may be in a pane that is still not accounted for: no token is believed.
        return look(None)
    return found


def is_ours(peer: Peer) -> bool:
    """Whether a peer may descend from this process, as the hosts it starts do.

    One whose zygote has died does not; but then what honestly runs in it has a token.
    """
    if not peer.pid:
        return False  # outside of our pid namespace, where all hosts are
    line = lineage(peer.pid, lambda one: one.pid == os.getpid())
    return line is None or line[-1].pid == os.getpid()


def setter(event: trio.Event) -> Listener:
    """A listener that sets an event, whatever is recorded."""
    return lambda _: event.set()


def any_starting(state: State) -> bool:
    return any(pane.state == "starting" for pane in state.panes.values())


def same(secret: str, presented: str) -> bool:
    """Compare without telling by the time it takes how much was right."""
    return hmac.compare_digest(secret.encode(), presented.encode("utf-8", "replace"))


def directory_of(peer: Peer) -> str:
    """The peer's working directory, or the root if it is gone already."""
    try:
        return psutil.Process(peer.pid).cwd() or os.sep
    except (psutil.Error, OSError):
        return os.sep


async def greet(
    peer: Peer,
    *,
    kernel: Kernel,
    journal: Journal,
    holder: Ref | None,
    token: str | None,
    name: str | None,
    access_of: Callable[[Attestation], Access],
    usual: str | None = None,
) -> Caller:
    """The caller at the other end of a new connection.

    Args:
        peer: The process that connected, as the kernel tells.
        kernel: The tree.
        journal: What is the case.
        holder: The connection's actor if it will be its guest's only one.
        token: The pane token it presented; believed only from below no pane.
        name: What it wants to be called if it is a guest.
        access_of: Says what it may do.
        usual: What a person who says no name is called here.
    """
    attestation = await attest_peer(peer, journal, token)
    return Caller(
        attestation,
        kernel=kernel,
        journal=journal,
        holder=holder,
        name=called(attestation, name, usual),
        cwd=directory_of(peer),
        access=access_of(attestation),
    )


def called(
    attestation: Attestation, name: str | None, usual: str | None = None
) -> str | None:
    """What a guest is to be called.

    Args:
        attestation: What the kernel says about it. A program that an agent may have left
            behind can say that it is a person; it is not called as one.
        name: What it asks for.
        usual: What a person who says no name is called here.
    """
    if not attestation.is_below_pane:
        return usual if name is None else name
    if name is None:
        return None if usual is None else LEFT_BEHIND
    return LEFT_BEHIND if name in (person(), usual) else name
