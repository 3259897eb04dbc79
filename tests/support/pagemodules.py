"""The page's modules outside of a browser: those that know no page run in Node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

import fugue_actors

STATIC: Final = Path(fugue_actors.__file__).parent / "gateways" / "control" / "static"
LEAST_VERSION: Final = 20
WITHIN: Final = 120.0


def node() -> str:
    """Node's program; skips the test where there is none that is new enough."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("no node")
    asked = subprocess.run(
        [found, "--version"], capture_output=True, encoding="ascii", check=True
    )
    if int(asked.stdout[1:].split(".")[0]) < LEAST_VERSION:
        pytest.skip(f"node {asked.stdout.strip()} is too old")
    return found


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    """Node with arguments; scripts find the page's modules where `STATIC` says."""
    return subprocess.run(
        [node(), "--no-warnings", "--experimental-default-type=module", *arguments],
        input=given,
        env={**os.environ, "STATIC": STATIC.as_uri()},
        capture_output=True,
        encoding="utf-8",
        timeout=WITHIN,
        check=False,
    )


def ask(module: str, expression: str, given: Any) -> Any:
    """What an expression gives for a value, both as JSON.

    Args:
        module: The file's name, without its ending; its exports are `page`.
        expression: In JavaScript, of `page` and `given`.
        given: The value.
    """
    script = (
        f"const page = await import(`${{process.env.STATIC}}/{module}.js`);"
        "let text = ''; for await (const part of process.stdin) text += part;"
        "const given = JSON.parse(text);"
        f"console.log(JSON.stringify({expression}));"
    )
    ran = run("--input-type=module", "--eval", script, given=json.dumps(given))
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)
