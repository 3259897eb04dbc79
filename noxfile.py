"""All checks and tests: `nox` runs what CI runs, `nox -l` lists the rest."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_existing_virtualenvs = True
nox.options.error_on_external_run = True
nox.options.error_on_missing_interpreters = False
nox.options.sessions = ["lint", "types", "layers", "docs", "tests"]

PYTHONS = ["3.11", "3.12", "3.13"]
HERE = Path(__file__).parent
CODE = ["fugue_actors", "tests", "examples", "noxfile.py"]
# Tests of real processes mostly wait, so twice as many as there are processors have something
# to do. The tests of a file may share a daemon; the order of files is that of tests/conftest.py.
IN_PARALLEL = [
    *("-n", str(min(6, 2 * (os.cpu_count() or 1)))),
    *("--dist", "loadfile", "--no-loadscope-reorder"),
]


@nox.session
def lint(session: nox.Session) -> None:
    """Format and lint."""
    session.install("ruff>=0.15")
    session.run("ruff", "format", "--check", *CODE)
    session.run("ruff", "check", *CODE)


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    session.install(".", "mypy>=2.0", "types-psutil", "types-jsonschema")
    session.run("mypy", *session.posargs)


@nox.session
def layers(session: nox.Session) -> None:
    """Imports point down, and each library has one home."""
    session.install("-e", ".", "import-linter>=2.5")
    session.run("lint-imports")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The installed package, tested; on the first Python its coverage must not fall."""
    session.install(".[test]")
    session.env["PYTHONWARNDEFAULTENCODING"] = "1"
    agents = installed_by_npm(session, "agents", "FUGUE_NO_AGENTS")
    if agents is not None:
        session.env["FUGUE_TEST_AGENTS"] = str(agents)
    tools = installed_by_npm(session, "page-tools", "FUGUE_NO_PAGE_TOOLS")
    if tools is not None:
        session.env["FUGUE_TEST_AXE"] = str(tools)
    if session.python != PYTHONS[0] or session.posargs:
        session.run("pytest", *(session.posargs or IN_PARALLEL))
        return
    # Not `python -m pytest`: that would put the checkout before what is installed.
    pytest = str(Path(session.bin) / "pytest")
    session.run("coverage", "erase")
    session.run("coverage", "run", pytest, *IN_PARALLEL)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def quick(session: nox.Session) -> None:
    """Tests without real processes."""
    session.install("-e", ".[test]")
    session.run("pytest", "-m", "not slow and not real", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation; a warning is an error."""
    session.install(".[docs]")
    session.run("sphinx-build", "-n", "-W", "-q", "docs", "docs/_build/html")


@nox.session
def bench(session: nox.Session) -> None:
    """Speed and memory: medians of several runs, printed as a table."""
    session.install(".[test]")
    session.run("python", "tests/bench/run.py", *session.posargs)


@nox.session
def differential(session: nox.Session) -> None:
    """The terminal next to tmux: small streams, random ones and real programs."""
    session.install(".[test]")
    session.run("pytest", "tests/terminal/differential", *session.posargs)


@nox.session
def fuzz(session: nox.Session) -> None:
    """Forty million random bytes for the terminal, then ten times as many random examples."""
    session.install(".[test]")
    session.run("python", "tests/support/terminalfuzz.py", *session.posargs)
    session.env.setdefault("FUGUE_TEST_TIMES", "10")
    parts = ["terminal", "drawing", "recording", "protocol", "actors"]
    session.run("pytest", "-m", "not real", *(f"tests/{part}" for part in parts))


@nox.session
def chaos(session: nox.Session) -> None:
    """`kill -9`, cut wires and full disks, more often than the tests do it."""
    session.install(".[test]")
    session.env.setdefault("FUGUE_TEST_KILLS", "50")
    session.env.setdefault("FUGUE_TEST_FAULTS", "40")
    session.env.setdefault("FUGUE_TEST_ATTACHES", "200")
    options = ["-o", "faulthandler_timeout=0", "--durations=3", "-rA"]
    files = ["test_survival.py", "test_faults.py", "test_attach_endurance.py"]
    paths = [f"tests/scenarios/{file}" for file in files]
    session.run("pytest", *options, *paths, *session.posargs)


@nox.session
def screenshots(session: nox.Session) -> None:
    """The pictures of page and terminal, as they are: look at each before a commit."""
    session.install(".[test]")
    session.run("python", "docs/pictures.py")
    session.run("python", "docs/attached.py")


def installed_by_npm(session: nox.Session, what: str, unwanted: str) -> Path | None:
    """Where `.ci/install-<what>` has put it; None without npm or if not wanted."""
    if shutil.which("npm") is None or os.environ.get(unwanted):
        return None
    target = HERE / ".nox" / what
    session.run("bash", f".ci/install-{what}", str(target), external=True)
    return target
