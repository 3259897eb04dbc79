"""The host protocol on the wire: strict, bounded, and the same as in every released version."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, reject, strategies as st

from fugue_actors.errors import Refused, RemoteProtocolError, Unavailable
from fugue_actors.protocol import hosting
from fugue_actors.protocol.hostwire import KINDS, Frame, Unknown, decode, encode

GOLDEN = Path(__file__).parent / "golden" / "hosting-v1.jsonl"

values = st.one_of([st.from_type(kind) for kind in KINDS.values()])
numbers = st.none() | st.integers()


@given(values, numbers, numbers)
def test_every_value_comes_back_as_it_was(
    value: Any, id: int | None, re: int | None
) -> None:
    """Nothing is lost, nothing is added, and one value is one line."""
    try:
        line = encode(value, id=id, re=re)
    except ValueError:  # not a number, or infinite
        reject()
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert decode(line) == Frame(value, id=id, re=re)


@pytest.mark.parametrize("name", ["a\udcffb", "\ud83d", "\ud83d\ude00", "\u2028\n\0"])
def test_strings_need_not_be_proper_unicode(name: str) -> None:
    """Arguments and directories are names of files, and those are bytes."""
    program = hosting.SpawnProgram(argv=(name,), cwd=name, env={name: name})
    start = hosting.StartHost(pane_id="p", directory="/", key="k", program=program)
    assert decode(encode(start)).value == start


def golden() -> list[tuple[str, str]]:
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    return [(json.loads(line)["kind"], line) for line in lines]


@pytest.mark.parametrize(("kind", "line"), golden())
def test_frames_of_version_1_are_read_and_written_unchanged(
    kind: str, line: str
) -> None:
    """A host of an earlier release still runs when its daemon is replaced."""
    frame = decode(line.encode())
    assert isinstance(frame.value, KINDS[kind])
    assert encode(frame.value, id=frame.id, re=frame.re).decode() == line + "\n"


def test_there_is_a_golden_frame_of_every_kind() -> None:
    """A kind without one could change unnoticed."""
    assert {kind for kind, _ in golden()} == set(KINDS)


def test_fields_nobody_knows_are_skipped() -> None:
    """A newer peer of the same version may say more."""
    line = b'{"kind":"resize_terminal","columns":80,"lines":24,"pixels":[640,480]}'
    assert decode(line).value == hosting.ResizeTerminal(columns=80, lines=24)


def test_a_kind_nobody_knows_is_named_and_not_an_error() -> None:
    """A newer peer of the same version may say things that an older one can only skip."""
    frame = decode(b'{"kind":"teleport","to":[1],"re":4}')
    assert frame == Frame(Unknown("teleport"), re=4)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[1]",
        b"\xff",
        b"{",
        b'{"kind":"done"',
        b"[" * 100_000,
        b"{}",
        b'{"kind":7}',
        b'{"kind":"done","id":"1"}',
        b'{"kind":"done","re":1.5}',
        b'{"kind":"done","id":true}',
        b'{"kind":"resize_terminal","columns":80}',
        b'{"kind":"resize_terminal","columns":"80","lines":24}',
        b'{"kind":"resize_terminal","columns":80.0,"lines":24}',
        b'{"kind":"read_screen","styled":1}',
        b'{"kind":"kill_program","grace":NaN}',
        b'{"kind":"kill_program","grace":Infinity}',
        b'{"kind":"kill_program","grace":true}',
        b'{"kind":"write_input","data":"%%%"}',
        b'{"kind":"write_input","data":[1]}',
        b'{"kind":"hello","key":"k","generation":1,"versions":7}',
        b'{"kind":"start_host","pane_id":"p","directory":"/","key":"k","program":"sh"}',
    ],
)
def test_what_is_not_a_frame_is_an_error_of_the_peer(line: bytes) -> None:
    """And nothing else: no other exception leaves the codec."""
    with pytest.raises(RemoteProtocolError):
        decode(line)


@given(st.binary(max_size=40) | st.text(max_size=40).map(str.encode))
def test_no_bytes_raise_anything_else(line: bytes) -> None:
    """A peer must not be able to crash a host or a daemon."""
    try:
        decode(line)
    except RemoteProtocolError:
        return


def test_the_number_of_a_bad_request_is_known_so_that_it_can_be_answered() -> None:
    """The peer waits for an answer to that number."""
    with pytest.raises(RemoteProtocolError) as error:
        decode(b'{"kind":"hello","id":12}')
    assert error.value.data == {"id": 12}


def test_secrets_are_not_shown() -> None:
    """A key or an agent's environment must not get into a log by way of a repr."""
    program = hosting.SpawnProgram(argv=("sh",), cwd="/", env={"TOKEN": "hidden"})
    start = hosting.StartHost(
        pane_id="p", directory="/run", key="hidden", program=program
    )
    shown = repr([start, hosting.Hello(versions=(1,), key="hidden", generation=1)])
    assert "hidden" not in shown
    assert "hidden" not in repr(hosting.WriteInput(data=b"hidden"))
    assert "hidden" not in repr(hosting.TypeInput(text=b"hidden"))


def test_errors_come_back_as_what_they_were() -> None:
    """Code, message and hint survive; an outage stays an outage."""
    refused = hosting.Failed.of(Refused("Busy", "full", hint="wait")).exception()
    assert isinstance(refused, Refused)
    assert (refused.code, refused.message, refused.hint) == ("Busy", "full", "wait")
    unavailable = hosting.Failed.of(Unavailable("gone")).exception()
    assert isinstance(unavailable, Unavailable)
