"""A real agent, a model that is scripted, and a daemon in a home of its own.

Nothing here reaches a network or an account: the agents' model is on loopback, and
their home directory is empty. `.ci/install-agents` says where the agents come from.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from agentkit import API_KEY, FUGUE, Stage

import fugue_actors

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(fugue_actors.__file__).parent.parent


@pytest.fixture
def claude() -> Path:
    """The real Claude Code, where it is installed."""
    given = os.environ.get("FUGUE_TEST_AGENTS")
    if given is None:
        found = shutil.which("claude")
        if found is None:
            pytest.skip("no Claude Code: see .ci/install-agents, FUGUE_TEST_AGENTS")
        return Path(found)
    program = Path(given, "node_modules", ".bin", "claude").absolute()
    if not program.exists():
        reason = Path(given, "unavailable")
        why = reason.read_text("utf-8").strip() if reason.exists() else "not installed"
        pytest.skip(f"no Claude Code in {given}: {why}")
    return program


@pytest.fixture
def stage() -> Iterator[Stage]:
    """An empty home; its daemon is started by whoever needs it, and ended here."""
    with tempfile.TemporaryDirectory(prefix="fugue-") as directory:
        root = Path(directory).resolve()
        project = root / "project"
        project.mkdir()
        settings = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [API_KEY[-20:]], "rejected": []},
            "projects": {os.fspath(project): {"hasTrustDialogAccepted": True}},
        }
        (root / ".claude.json").write_text(json.dumps(settings), "utf-8")
        environment = {
            "HOME": os.fspath(root),
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.fspath(PACKAGE),
            "FUGUE_HOME": os.fspath(root / "fugue"),
            "LANG": "C.UTF-8",
        }
        yield Stage(home=root, project=project, environment=environment)
        subprocess.run(
            [*FUGUE, "stop", "--kill"],
            check=False,
            capture_output=True,
            env=environment,
            timeout=60,
        )
