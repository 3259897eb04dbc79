"""Who controls a pane: what can be asked about it, and how a write is turned away.

`controlling` answers, within the pane's actor. Enter at the plain functions.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from fugue_actors.actors.arbiter import MACHINES, Activity, Reason, Writer
from fugue_actors.errors import Refused
from fugue_actors.kernel import Ref, Request
from fugue_actors.protocol.values import Control

ASK_WITHIN: Final = 10.0
BUSY: Final[dict[Reason, str]] = {
    "prefix": "a person is about to give a command at",
    "typing": "a person types in",
    "layout": "a person arranges the panes around",
    "draft": "a person has begun to type and not finished in",
}


@attrs.frozen(kw_only=True)
class TakeControl(Request[Control]):
    """Control from now on; answered when that is told to all.

    Attributes:
        writer: Who asks.
        connection: Control ends with it.
        take_over: Whether to take it from whoever has it.
        exclusive: Whether all that others want to write is refused meanwhile.
    """

    writer: Writer
    connection: Ref
    take_over: bool = False
    exclusive: bool = False


@attrs.frozen(kw_only=True)
class ReleaseControl(Request[bool]):
    """Do not control any more; whether the asker did.

    Attributes:
        gives_way: Whether others may write at once, over what was begun to be typed.
    """

    writer: Writer
    gives_way: bool = False


@attrs.frozen(kw_only=True)
class Standing:
    """Who may write into a pane at this moment, as far as it is not open to all.

    Attributes:
        control: Who controls it.
        draft: Whether a person has begun to type and not finished.
        remaining: Seconds for which agents have to wait at least.
        waiting: How many writes wait.
    """

    control: Control | None
    draft: bool
    remaining: float
    waiting: int


@attrs.frozen(kw_only=True)
class ReadControl(Request[Standing]):
    """Say who may write."""


@attrs.frozen(kw_only=True)
class NoteActivity:
    """A person does something at a pane that is no input for its program."""

    activity: Activity
    writer: Writer


async def take(
    pane: Ref,
    writer: Writer,
    connection: Ref,
    *,
    take_over: bool = False,
    exclusive: bool = False,
) -> Control:
    """Control a pane.

    Raises:
        Refused: `HumanControl`: somebody else does, and it is not to be taken over;
            `PaneExited`.
    """
    request = TakeControl(
        writer=writer, connection=connection, take_over=take_over, exclusive=exclusive
    )
    return await pane.ask(request, within=ASK_WITHIN)


async def release(pane: Ref, writer: Writer, *, give_way: bool = False) -> bool:
    """Let go of a pane; whether it was controlled by whoever asks.

    Args:
        pane: Which.
        writer: Who asks.
        give_way: Whether others may write at once: as if the person had not just typed,
            and over what they have begun and not finished.

    Raises:
        Refused: `HumanControl`: another operator controls, whose draft it may be.
    """
    request = ReleaseControl(writer=writer, gives_way=give_way)
    return await pane.ask(request, within=ASK_WITHIN)


async def read(pane: Ref) -> Standing:
    """Who may write into a pane at this moment."""
    return await pane.ask(ReadControl(), within=ASK_WITHIN)


async def note(pane: Ref, activity: Activity, writer: Writer) -> None:
    """Say that a person does something at a pane."""
    await pane.tell(NoteActivity(activity=activity, writer=writer))


def human_control(
    pane_id: str,
    reason: Reason,
    writer: Writer,
    *,
    control: Control | None,
    remaining: float | None = None,
) -> Refused:
    """Why nothing of a write gets to a pane.

    Args:
        pane_id: Which.
        reason: What is in its way.
        writer: Whose write it is.
        control: Who controls the pane.
        remaining: Seconds until it may be tried again, if that is known.
    """
    data: dict[str, Any] = {"reason": reason}
    if remaining is not None:
        data["remaining"] = round(max(0.0, remaining), 3)
    if control is not None:
        data |= {
            "operator": control.operator,
            "operator_id": control.operator_id,
            "since": control.since,
            "exclusive": control.exclusive,
        }
    if reason == "control":
        who = "somebody" if control is None else control.operator
        message = f"{who} controls pane {pane_id}; nothing was written"
    else:
        message = f"{BUSY[reason]} pane {pane_id}; nothing was written"
    hint = hint_of(reason, writer, remaining)
    return Refused("HumanControl", message, hint=hint, data=data)


def hint_of(reason: Reason, writer: Writer, remaining: float | None) -> str:
    """What to do about it."""
    is_machine = writer.kind in MACHINES
    if remaining is not None:
        return f"try again in {max(remaining, 0.1):.1f} s, or give more wait_seconds"
    if reason == "draft" and not is_machine:
        return "finish what was begun, or give it up: `fugue control PANE --yield`"
    if is_machine:
        return (
            "leave the pane to the person and try again later; what can wait goes as a "
            "message, which needs no pane"
        )
    return "take over: `fugue control PANE --take`"
