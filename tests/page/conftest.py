"""A real browser, started once for each module, and a fresh page for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import axe
import chromium as browser
import pytest
from daemonkit import Home, running_home
from visiting import ANY_PORT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import trio
    from browserpage import Page
    from chromium import Chromium


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    """The browser that the tests of a module share; each has a context of its own."""
    program = browser.find()
    if program is None:
        pytest.skip("no Chromium: see .ci/install-programs, FUGUE_TEST_CHROMIUM")
    with browser.started(program) as running:
        yield running


@pytest.fixture
async def page(chromium: Chromium, nursery: trio.Nursery) -> AsyncIterator[Page]:
    """An empty page of a person that nothing is known of; it must not complain."""
    async with chromium.page(nursery) as page:
        yield page
        assert page.complaints == []


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    """A running daemon with a page, which the tests of a module share."""
    with running_home(ANY_PORT) as home:
        yield home


@pytest.fixture(scope="session")
def axe_source() -> str:
    """axe-core, where it is installed."""
    try:
        return axe.script()
    except axe.UnavailableError as reason:
        pytest.skip(str(reason))
