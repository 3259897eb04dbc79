"""What one can ask of a supervisor, as plain functions.

A supervisor is an actor, so each of these is an ask with the errors of an ask. The
request classes are its protocol; everybody else calls the functions.
"""

from __future__ import annotations

from typing import Literal

import attrs

from fugue_actors.kernel.exits import Exit
from fugue_actors.kernel.ref import Ref
from fugue_actors.kernel.reply import Request
from fugue_actors.kernel.spec import ChildSpec

WITHIN = 30.0


@attrs.frozen(kw_only=True)
class ChildInfo:
    """A child as its supervisor sees it.

    Attributes:
        id: Among its siblings.
        ref: Its address.
        state: `starting`, `running`, `stopping`, `restarting`, or `stopped` (the spec
            is kept, nobody runs).
        spec: How it is made.
    """

    id: str
    ref: Ref
    state: Literal["starting", "running", "stopping", "restarting", "stopped"]
    spec: ChildSpec


@attrs.frozen(kw_only=True)
class StartChild(Request[Ref]):
    """Start a child; the answer is its address, once it is ready."""

    spec: ChildSpec


@attrs.frozen(kw_only=True)
class StopChild(Request[Exit | None]):
    """Stop a child for good; the answer is how it ended, `None` if nobody ran."""

    id: str
    reason: str


@attrs.frozen(kw_only=True)
class RestartChild(Request[Ref]):
    """Stop a child if it runs, then start it."""

    id: str


@attrs.frozen(kw_only=True)
class ListChildren(Request[tuple[ChildInfo, ...]]):
    """All children in start order."""


async def start_child(
    supervisor: Ref, spec: ChildSpec, *, within: float = WITHIN
) -> Ref:
    """Start a child under a dynamic supervisor.

    When the time is up or the asker leaves, the start goes on without it.

    Raises:
        AlreadyStarted: The id is taken; `error.ref` has it.
        Refused: The supervisor is at `max_children`, or its children are fixed.
        StartTimeout: The child was not ready within its `start_within`.
        Exception: Whatever the child's `on_start` raised.
    """
    return await supervisor.ask(StartChild(spec=spec), within=within)


async def stop_child(
    supervisor: Ref, id: str, *, reason: str = "", within: float = WITHIN
) -> Exit | None:
    """Stop a child; it is not restarted, whatever its spec says.

    Raises:
        NoSuchChild: The supervisor has no child of this id.
    """
    return await supervisor.ask(StopChild(id=id, reason=reason), within=within)


async def restart_child(supervisor: Ref, id: str, *, within: float = WITHIN) -> Ref:
    """Give a child a new incarnation, whether it runs, waits or was stopped.

    Siblings are left alone, whatever the strategy.

    Raises:
        NoSuchChild: The supervisor has no child of this id.
        Exception: Whatever the child's `on_start` raised; the supervisor goes on trying
            if the child is to be restarted.
    """
    return await supervisor.ask(RestartChild(id=id), within=within)


async def list_children(
    supervisor: Ref, *, within: float = WITHIN
) -> tuple[ChildInfo, ...]:
    """The children in start order."""
    return await supervisor.ask(ListChildren(), within=within)
