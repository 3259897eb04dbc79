"""axe-core in a page, whose own Content-Security-Policy stays as strict as it is.

The script comes from `.ci/install-page-tools`, or from where `FUGUE_TEST_AXE` says. It
runs in a world of its own, which sees the document but not the page's variables.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from browserpage import value_of

if TYPE_CHECKING:
    from browserpage import Page

HEAVY: Final = ("serious", "critical")
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


class UnavailableError(Exception):
    """axe-core is not installed; says why."""


def script() -> str:
    """axe-core's source.

    Raises:
        UnavailableError: It is not installed.
    """
    given = os.environ.get("FUGUE_TEST_AXE")
    if given is None:
        raise UnavailableError(
            "no axe-core: see .ci/install-page-tools, FUGUE_TEST_AXE"
        )
    path = Path(given, "node_modules", "axe-core", "axe.min.js")
    if path.exists():
        return path.read_text("utf-8")
    reason = Path(given, "unavailable")
    why = reason.read_text("utf-8").strip() if reason.exists() else "not installed"
    raise UnavailableError(f"no axe-core in {given}: {why}")


async def violations(page: Page, source: str) -> list[str]:
    """What axe-core finds wrong with a page, a line each: impact, rule, elements."""
    tree = await page.call("Page.getFrameTree")
    world = await page.call(
        "Page.createIsolatedWorld", frameId=tree["frameTree"]["frame"]["id"]
    )
    options = json.dumps(
        {
            "runOnly": {"type": "tag", "values": RULES},
            "resultTypes": ["violations"],
            "preload": False,  # it would fetch the style sheets anew
        }
    )
    run = f"axe.run(document, {options}).then(found => found.violations)"
    answers = [
        await page.call(
            "Runtime.evaluate",
            expression=expression,
            contextId=world["executionContextId"],
            awaitPromise=True,
            returnByValue=True,
        )
        for expression in (f"{source};0", run)
    ]
    found: list[dict[str, Any]] = value_of(answers[1])
    # It tries inline styles of its own, which the page's policy forbids as it should.
    page.faults.allow(r"Applying inline style violates")
    return [
        f"{one['impact']}: {one['id']}: {one['help']}: "
        + " | ".join(node["html"][:160] for node in one["nodes"][:5])
        for one in found
    ]


def heavy(found: list[str]) -> list[str]:
    """Those that shut people out."""
    return [one for one in found if one.startswith(HEAVY)]
