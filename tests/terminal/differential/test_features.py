"""Each thing a terminal must do, in small streams, with tmux as the judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from judging import compared
from programs import PROGRAMS
from terminalcases import CASES, SIZE
from terminaldifferences import LISTED, check

if TYPE_CHECKING:
    from terminalcases import Stream
    from tmuxjudge import Server

pytestmark = pytest.mark.real

STREAMS = {
    f"{feature} / {name}": stream
    for feature, streams in CASES.items()
    for name, stream in streams.items()
}


@pytest.mark.parametrize(("name", "stream"), STREAMS.items(), ids=STREAMS)
def test_a_stream_shows_what_it_shows_in_tmux(
    tmux: Server, name: str, stream: Stream
) -> None:
    """Text, looks, cursor, history, title and modes agree, unless it is said why not."""
    check(name, compared(tmux, stream, SIZE))


def test_only_cases_that_exist_are_listed() -> None:
    """A renamed case would otherwise leave its excuse behind."""
    programs = {f"program / {name}" for name in PROGRAMS}
    assert not LISTED.keys() - STREAMS.keys() - programs
