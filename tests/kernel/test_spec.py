"""Specs are values, checked when they are built."""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
from typing import Any

import attrs
import pytest

from fugue_actors.kernel import (
    Actor,
    AutoShutdown,
    Backoff,
    ChildSpec,
    Crashed,
    Intensity,
    Killed,
    MailboxSpec,
    Normal,
    Overflow,
    Restart,
    SpecError,
    Stopped,
    dynamic_supervisor,
    supervisor,
)


def spec(**given: Any) -> ChildSpec:
    return ChildSpec(**{"id": "a", "factory": Actor, **given})


@pytest.mark.req("spec.value")
def test_a_spec_is_an_immutable_printable_value() -> None:
    """It can be compared, printed and passed about, and nobody changes it."""
    assert spec() == spec()
    assert "id='a'" in repr(spec())
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        spec().id = "b"  # type: ignore[misc]  # that is the point


@pytest.mark.req("spec.value")
@pytest.mark.parametrize("id", ["", "A", "-a", "a/b", "a b", "ä", "a" * 65])
def test_an_id_is_a_path_segment(id: str) -> None:
    """What could not stand in a path is refused where it is written."""
    with pytest.raises(SpecError):
        spec(id=id)


@pytest.mark.parametrize("id", ["a", "0", "a-b_c9", "a" * 64])
def test_ordinary_ids_are_taken(id: str) -> None:
    """The other side of the pattern."""
    assert spec(id=id).id == id


@pytest.mark.req("spec.value")
@pytest.mark.parametrize("field", ["shutdown", "start_within"])
@pytest.mark.parametrize("value", [-1.0, math.nan])
def test_times_are_not_negative(field: str, value: float) -> None:
    """A duration is at least zero; infinity is one."""
    with pytest.raises(SpecError, match=field):
        spec(**{field: value})
    assert spec(**{field: math.inf})


@pytest.mark.req("spec.value")
def test_a_permanent_child_is_never_significant() -> None:
    """It always comes back, so its end can never count."""
    with pytest.raises(SpecError, match="significant"):
        spec(significant=True)
    assert spec(significant=True, restart=Restart.TRANSIENT)


def test_a_mailbox_has_a_bound_and_fitting_options() -> None:
    """No mailbox is empty by design, and keys belong to COALESCE."""
    with pytest.raises(SpecError):
        MailboxSpec(bound=0)
    with pytest.raises(SpecError):
        MailboxSpec(overflow=Overflow.COALESCE)
    with pytest.raises(SpecError):
        MailboxSpec(key=str)


def test_a_summary_holds_plain_values() -> None:
    """Reports carry it to logs and wires."""
    assert spec(shutdown=math.inf).summary() == {
        "id": "a",
        "restart": "permanent",
        "shutdown": "inf",
        "overflow": "block",
        "bound": 256,
        "backoff": 0.0,
        "significant": False,
    }


def test_backoff_grows_by_its_factor_up_to_its_maximum() -> None:
    """The delays are those the docs promise, and never overflow."""
    backoff = Backoff(1.0, 10.0, factor=3.0)
    assert [backoff.delay(n) for n in range(4)] == [1.0, 3.0, 9.0, 10.0]
    assert backoff.delay(100_000) == 10.0
    assert Backoff.none().delay(7) == 0.0
    assert Backoff.none().is_none
    assert not backoff.is_none


@pytest.mark.parametrize(
    "given",
    [
        {"initial": -1.0},
        {"initial": 2.0, "maximum": 1.0},
        {"factor": 0.5},
        {"reset_after": -1.0},
    ],
)
def test_a_backoff_that_shrinks_is_refused(given: dict[str, float]) -> None:
    """A backoff only ever waits longer."""
    with pytest.raises(SpecError):
        Backoff(**given)


def test_an_intensity_is_not_negative() -> None:
    """No restarts at all is the least there is."""
    with pytest.raises(SpecError):
        Intensity(-1)
    with pytest.raises(SpecError):
        Intensity(1, -1.0)
    assert not Intensity(0).is_none


@pytest.mark.req("intensity.none")
def test_unlimited_intensity_needs_a_backoff_for_each_child() -> None:
    """Otherwise a child that fails at once would burn a core for ever."""
    slow = spec(id="slow", backoff=Backoff(1.0))
    never = spec(id="never", restart=Restart.TEMPORARY)
    with pytest.raises(SpecError, match="backoff"):
        supervisor("s", [slow, spec(id="quick")], intensity=Intensity.none())
    assert supervisor("s", [slow, never], intensity=Intensity.none())


def test_siblings_have_different_ids() -> None:
    """One path, one address, already in the spec."""
    with pytest.raises(SpecError, match="same id"):
        supervisor("s", [spec(), spec()])


@pytest.mark.parametrize("make", [supervisor, dynamic_supervisor])
def test_auto_shutdown_and_permanent_exclude_each_other(make: Any) -> None:
    """Its parent would restart what has just ended itself."""
    with pytest.raises(SpecError, match="auto-shutdown"):
        make("s", auto_shutdown=AutoShutdown.ANY_SIGNIFICANT)


def test_a_dynamic_supervisor_has_room_for_a_child() -> None:
    """A limit of none is a mistake."""
    with pytest.raises(SpecError):
        dynamic_supervisor("s", max_children=0)


@pytest.mark.parametrize(
    ("restart", "comes_back"),
    [
        (Restart.PERMANENT, [True, True, True, True]),
        (Restart.TRANSIENT, [False, False, True, True]),
        (Restart.TEMPORARY, [False, False, False, False]),
    ],
)
def test_the_restart_table_as_a_value(restart: Restart, comes_back: list[bool]) -> None:
    """The same twelve cells that the supervisor's tests see from outside."""
    exits = [Normal(), Stopped("x"), Crashed(ValueError()), Killed("x")]
    assert [restart.wants(exit) for exit in exits] == comes_back


@pytest.mark.req("spec.offer")
def test_each_actor_module_offers_a_spec() -> None:
    """The composition root reads as the tree because nobody else builds specs."""
    package = importlib.import_module("fugue_actors.actors")
    found = 0
    for info in pkgutil.walk_packages(package.__path__, "fugue_actors.actors."):
        module = importlib.import_module(info.name)
        actors = [
            value
            for value in vars(module).values()
            if inspect.isclass(value)
            and issubclass(value, Actor)
            and value.__module__ == info.name
        ]
        if actors:
            found += 1
            offers = [
                name
                for name, value in vars(module).items()
                if inspect.isfunction(value)
                and value.__annotations__.get("return") in {"ChildSpec", ChildSpec}
            ]
            assert offers, info.name
    assert found
