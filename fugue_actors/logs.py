"""What the daemon logs: lines for people, or one JSON object a line for programs.

Both say the same, and neither ever holds a secret: what is logged are paths, types, ids
and errors, never what agents said, typed or were given in their environments.
"""

from __future__ import annotations

import datetime
import json
import logging
import os
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any, Final

from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from types import TracebackType

LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
TEXT: Final = "text"
JSON: Final = "json"
FORMATS: Final = (TEXT, JSON)

LINE: Final = "%(asctime)s %(levelname)s %(name)s: %(message)s"
PREFIX: Final = "fugue_"
DETAILS: Final = ("path", "incarnation", "msg_type", "exit", "incident", "code")
"""What a record may say besides its message: fields of it, with `PREFIX` before them."""
KEYS: Final = ("time", "level", "logger", "pid", "message", *DETAILS, "error")
"""All keys of a line of JSON."""

logger = logging.getLogger(__name__)


class JsonFormatter(logging.Formatter):
    """A record as one line of JSON, in plain ASCII."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        time = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        shape: dict[str, Any] = {
            "time": time,
            "level": record.levelname,
            "logger": record.name,
            "pid": record.process,
            "message": record.getMessage(),
        }
        for name in DETAILS:
            value = getattr(record, PREFIX + name, None)
            if value is not None:
                shape[name] = value
        if record.exc_info and record.exc_info[1] is not None:
            shape["error"] = described(record.exc_info[1])
        return json.dumps(shape, default=str)


def described(error: BaseException) -> dict[str, str]:
    """An exception as a value: its type, its message, and all of its traceback."""
    return {
        "type": type(error).__name__,
        "message": str(error),
        "traceback": "".join(traceback.format_exception(error)),
    }


def level_asked() -> str:
    """How much is logged: `FUGUE_LOG`, or `INFO`.

    Raises:
        Refused: `InvalidArgument`: there is no such level.
    """
    level = os.environ.get("FUGUE_LOG", "").upper() or "INFO"
    if level not in LEVELS:
        known = ", ".join(LEVELS)
        raise Refused(
            "InvalidArgument",
            f"FUGUE_LOG is {level!r}, and that is no level",
            hint=f"use one of {known}",
        )
    return level


def format_asked() -> str | None:
    """How it is written: `FUGUE_LOG_FORMAT`; None if that does not say.

    Raises:
        Refused: `InvalidArgument`: there is no such format.
    """
    asked = os.environ.get("FUGUE_LOG_FORMAT", "").lower()
    if asked and asked not in FORMATS:
        raise Refused(
            "InvalidArgument",
            f"FUGUE_LOG_FORMAT is {asked!r}, and that is no format",
            hint=f"use one of {', '.join(FORMATS)}",
        )
    return asked or None


def begin(level: str, format: str) -> None:
    """Log to stderr from now on, whatever was set up before.

    In JSON every line is an object, so what Python itself would write goes the same way.
    """
    handler = logging.StreamHandler(sys.stderr)
    is_json = format == JSON
    handler.setFormatter(JsonFormatter() if is_json else logging.Formatter(LINE))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(is_json)
    if is_json:
        sys.excepthook = log_uncaught
        threading.excepthook = log_uncaught_in_thread


def log_uncaught(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Log what is about to end the process."""
    logger.critical("the daemon ends", exc_info=error)


def log_uncaught_in_thread(told: threading.ExceptHookArgs) -> None:
    """Log what has ended a thread."""
    logger.critical("a thread has ended", exc_info=told.exc_value)


def refuse(line: str, code: str, format: str) -> None:
    """Say why the daemon does not start, be it that nothing else was logged yet."""
    if format == JSON:
        begin(logging.getLevelName(logging.CRITICAL), format)
        logger.critical("%s", line, extra={PREFIX + "code": code})
    else:
        sys.stderr.write(f"{line}\n")
