"""The daemon's log: the same for people and for programs, and all of it documented."""

from __future__ import annotations

import json
import logging
import re
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from clikit import Cli
from daemonkit import Home, running_home, wait_until

from fugue_actors import logs
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "logs.md"


@pytest.fixture
def written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[[], str]]:
    """What is logged to stderr; logging is as it was, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()  # not closed, as `begin` would
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    yield lambda: capsys.readouterr().err
    logging.captureWarnings(False)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def failure() -> ValueError:
    """An error with a traceback, a cause and line breaks."""
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer\nline") from error
    except ValueError as error:
        return error


def test_a_record_as_json_is_one_line_with_the_keys_of_the_reference(
    written: Callable[[], str],
) -> None:
    """Whatever stands in it, so that any tool that splits lines can read it."""
    logs.begin("INFO", "json")
    extra = {logs.PREFIX + name: f"<{name}>" for name in logs.DETAILS}
    odd = "ü \n\r\x1b\u2028 \ud800"
    logging.getLogger("a.b").warning("%s", odd, extra=extra, exc_info=failure())
    logging.getLogger("a.b").info("plain")
    text = written()
    assert text.isascii()
    full, plain = lines(text)
    assert tuple(full) == logs.KEYS
    assert (full["level"], full["logger"], full["message"]) == ("WARNING", "a.b", odd)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", full["time"])
    assert {name: full[name] for name in logs.DETAILS} == {
        name: f"<{name}>" for name in logs.DETAILS
    }
    assert (full["error"]["type"], full["error"]["message"]) == (
        "ValueError",
        "outer\nline",
    )
    assert "KeyError" in full["error"]["traceback"]
    assert set(plain) == {"time", "level", "logger", "pid", "message"}


def test_the_reference_lists_every_key() -> None:
    """And no other."""
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text("utf-8"), re.MULTILINE)
    assert tuple(rows) == logs.KEYS


def test_every_detail_that_is_logged_is_a_key() -> None:
    """A field that no formatter knows would be lost."""
    source = Path(logs.__file__).parent
    used = {
        name
        for path in source.rglob("*.py")
        for fields in re.findall(r"extra ?= ?\{([^}]*)\}", path.read_text("utf-8"))
        for name in re.findall(r'"fugue_(\w+)":', fields)
    }
    assert used <= set(logs.DETAILS)
    assert {"path", "incident", "exit"} <= used


@pytest.mark.parametrize("form", logs.FORMATS)
def test_an_incident_is_found_by_its_number_in_both_forms(
    written: Callable[[], str], form: str
) -> None:
    """It is all that somebody who reports a bug has in their hands."""
    from fugue_actors.gateways.operations import OPERATIONS
    from fugue_actors.gateways.operations.table import incident

    logs.begin("INFO", form)
    told = incident(OPERATIONS["status"], failure())
    assert told.data is not None
    number = told.data["incident"]
    if form == "json":
        (line,) = lines(written())
        assert line["incident"] == number
        assert "KeyError" in line["error"]["traceback"]
    else:
        head, *rest = written().splitlines()
        assert f"incident {number} in status" in head
        assert rest[-1] == "line"


def test_what_python_itself_would_say_is_json_too(written: Callable[[], str]) -> None:
    """Warnings, and errors that nobody caught, in a thread or in the end."""
    logs.begin("WARNING", "json")
    logging.getLogger("py.warnings").warning("odd")
    error = failure()
    sys.excepthook(ValueError, error, error.__traceback__)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    told = lines(written())
    assert [line["level"] for line in told] == ["WARNING", "CRITICAL", "CRITICAL"]
    assert told[2]["error"]["type"] == "ZeroDivisionError"


@pytest.mark.parametrize(
    ("given", "form"),
    [(None, None), ("", None), ("json", "json"), ("JSON", "json"), ("Text", "text")],
)
def test_the_format_is_read_in_any_case(
    monkeypatch: pytest.MonkeyPatch, given: str | None, form: str | None
) -> None:
    """Nothing said leaves it to the configuration."""
    if given is None:
        monkeypatch.delenv("FUGUE_LOG_FORMAT", raising=False)
    else:
        monkeypatch.setenv("FUGUE_LOG_FORMAT", given)
    assert logs.format_asked() == form


def test_what_is_no_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an unknown level is."""
    monkeypatch.setenv("FUGUE_LOG_FORMAT", "xml")
    with pytest.raises(Refused, match="that is no format") as refused:
        logs.format_asked()
    assert refused.value.code == "InvalidArgument"


# ---- a daemon


@pytest.fixture
def home() -> Iterator[Home]:
    with running_home("[log]\nformat = 'json'\n[monitor]\nport = 0\n") as home:
        yield home


def told(home: Home) -> list[dict[str, Any]]:
    return [json.loads(line) for line in home.log.read_text("utf-8").splitlines()]


@pytest.mark.real
def test_every_line_of_a_daemon_is_json_from_its_start_to_its_end(home: Home) -> None:
    """When an actor crashes, and when it is ended by a signal."""
    with home.control() as control:
        tree = control("tree")["actors"]
        zygotes = [one for one in tree if one["path"].endswith("/zygote")]
        assert len(zygotes) == 1
    (process,) = [
        one for one in home.processes() if "zygote" in " ".join(one.cmdline())
    ]
    process.kill()
    path = zygotes[0]["path"]
    wait_until(lambda: any(one.get("path") == path for one in told(home)))
    assert home.daemon is not None
    home.daemon.send_signal(signal.SIGTERM)
    home.daemon.wait(60)
    found = told(home)
    assert {key for one in found for key in one} <= set(logs.KEYS)
    assert found[-1]["message"].startswith("ended")
    assert {one["pid"] for one in found} == {home.daemon.pid}


@pytest.mark.real
def test_why_a_daemon_does_not_start_is_json_too(home: Home) -> None:
    """Be it that the configuration cannot be read, if the environment asks for it."""
    cli = Cli(home.root)
    done = cli("serve", "--foreground")
    line = json.loads(done.stderr.splitlines()[-1])
    assert (line["level"], line["code"]) == ("CRITICAL", "Unavailable")
    (home.root / "config.toml").write_text("[log]\nformat = 'xml'\n", "utf-8")
    done = cli("serve", "--foreground", FUGUE_LOG_FORMAT="json")
    line = json.loads(done.stderr.splitlines()[-1])
    assert line["code"] == "InvalidArgument"
    assert "log.format" in line["message"]
