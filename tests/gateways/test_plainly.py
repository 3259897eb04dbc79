"""What is let through quickly is what the full validation lets through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from fugue_actors.errors import Refused
from fugue_actors.gateways.arguments import decode_arguments, no_number
from fugue_actors.gateways.operations import OPERATIONS

if TYPE_CHECKING:
    from fugue_actors.gateways.operations.operation import Operation

WORDS = ["", "ann", "prefix", "vertical", "{}", "[]", "[1]", "x" * 300]
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 1000),
    st.sampled_from([0.5, 1.0, float("nan"), float("inf"), 1e300, 2**70]),
    st.sampled_from(WORDS),
    st.lists(st.sampled_from([*WORDS, 1, None]), max_size=3),
    st.dictionaries(st.sampled_from(WORDS), st.integers(), max_size=2),
)


def fully(operation: Operation, given: dict[str, Any]) -> Any:
    """What the full validation makes of arguments; None if it refuses them."""
    decoded = decode_arguments(given, operation.takes)
    is_fine = no_number(decoded, operation.takes) is None
    if is_fine and operation.validators[False].is_valid(decoded):
        return decoded
    return None


@given(st.data())
def test_the_quick_test_lets_nothing_through_that_is_wrong(data: st.DataObject) -> None:
    """And changes nothing, so that both ways lead to the same request."""
    operation = data.draw(st.sampled_from([*OPERATIONS.values()]))
    names = st.sampled_from([*operation.takes["properties"], "unknown"])
    given = data.draw(st.dictionaries(names, values, max_size=4))
    decoded = fully(operation, given)
    if operation.do_fit[False](given):
        assert given == decoded
    if decoded is None:
        with pytest.raises(Refused):
            operation.check(given, as_tool=False)
    else:
        assert operation.check(given, as_tool=False) == decoded


def test_a_persons_key_is_let_through_quickly() -> None:
    """It is what there is most of, and whoever pressed it waits for the echo."""
    operation = OPERATIONS["send_input"]
    for more in ({"keys": ["a"]}, {"text": "ls", "paste": False}, {"wait_seconds": 0}):
        assert operation.do_fit[False]({"pane": "p1", "live": True, **more})
    assert not operation.do_fit[True]({"pane": "p1", "live": True})
