"""What the kernel has to say about its actors, as values and as log lines.

Each exit makes one `ExitReport`, and its traceback stands in that report's log line and
nowhere else. Bodies of messages are never in a report.
"""

from __future__ import annotations

import logging
import traceback
from typing import TypeAlias

import attrs

from fugue_actors.kernel.exits import Crashed, Exit, Killed, leaves

logger = logging.getLogger(__name__)


@attrs.frozen(kw_only=True)
class ExitReport:
    """One incarnation has ended.

    Attributes:
        path: Of the actor.
        incarnation: Which run of it.
        supervisor: Path of its supervisor; `None` for the root.
        context: `start_error`, `child_terminated`, `shutdown_error`, or `intensity`
            when a supervisor gave up.
        exit: How it ended.
        spec: The child spec as plain values.
        further: What else went wrong while it ended.
        is_traced: Whether the traceback belongs here; false where a supervisor only
            passes on its child's failure.
    """

    path: str
    incarnation: int
    supervisor: str | None
    context: str
    exit: Exit
    spec: dict[str, str | float | bool]
    further: tuple[BaseException, ...] = ()
    is_traced: bool = True


@attrs.frozen(kw_only=True)
class RefusedReport:
    """An actor refused a message that nobody waits for."""

    path: str
    incarnation: int
    message_type: str
    code: str
    message: str


Report: TypeAlias = ExitReport | RefusedReport


def log(report: Report) -> None:
    """Write `report` to the log, once."""
    extra = {"fugue_path": report.path, "fugue_incarnation": report.incarnation}
    if isinstance(report, RefusedReport):
        logger.warning(
            "%s refused %s: %s (%s)",
            report.path,
            report.message_type,
            report.message,
            report.code,
            extra={**extra, "fugue_msg_type": report.message_type},
        )
        return
    exit = report.exit
    error = exit.error if isinstance(exit, Crashed) else None
    failed = isinstance(exit, Crashed | Killed) or report.context == "intensity"
    logger.log(
        logging.ERROR if failed else logging.DEBUG,
        "%s#%d: %s: %s",
        report.path,
        report.incarnation,
        report.context,
        exit,
        extra={**extra, "fugue_exit": str(exit)},
        exc_info=error if report.is_traced else None,
    )
    for more in report.further:
        logger.error(
            "%s#%d: and while it ended",
            report.path,
            report.incarnation,
            extra=extra,
            exc_info=more,
        )
    if error is not None:
        # The exit is kept for watchers and snapshots; the state of the dead actor that
        # its traceback's frames hold on to is not.
        for leaf in leaves(error):
            traceback.clear_frames(leaf.__traceback__)
