"""Values to JSON and back: the one strict converter.

Strict means: no coercion between types, no unknown keys, and an error that names the
place (`$.session.tags[2]`) instead of a traceback.
"""

from __future__ import annotations

from typing import Any, TypeVar, Union, get_args, get_origin

import cattrs
from cattrs.cols import homogenous_tuple_structure_factory
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.strategies import configure_tagged_union

from fugue_actors.errors import RemoteProtocolError
from fugue_actors.protocol.events import Event, MessageSent
from fugue_actors.protocol.layout import Window
from fugue_actors.protocol.values import (
    Addressee,
    Envelope,
    Recipient,
    Session,
    Step,
    Terms,
)

T = TypeVar("T")


def exactly(kind: type[T]) -> Any:
    """A structure hook that accepts this type and nothing that resembles it."""

    def structure(value: Any, _: Any) -> T:
        if type(value) is not kind:
            msg = f"expected {kind.__name__}, got {type(value).__name__}"
            raise TypeError(msg)
        return value

    return structure


def number(value: Any, _: Any) -> float:
    """A float; JSON writes whole ones without a point."""
    if type(value) not in (int, float):
        msg = f"expected a number, got {type(value).__name__}"
        raise TypeError(msg)
    try:
        return float(value)
    except OverflowError as error:
        msg = "a number that is too large"
        raise ValueError(msg) from error


def listed(kind: Any, converter: cattrs.Converter) -> Any:
    """A structure hook for tuples of any length: from a JSON array and nothing else."""
    structure = homogenous_tuple_structure_factory(kind, converter)

    def strictly(value: Any, kind: Any) -> Any:
        if not isinstance(value, list | tuple):
            msg = f"expected an array, got {type(value).__name__}"
            raise TypeError(msg)
        return structure(value, kind)

    return strictly


def is_tuple(kind: Any) -> bool:
    """Whether a type is `tuple[T, ...]`."""
    return get_origin(kind) is tuple and get_args(kind)[1:] == (...,)


def make_converter() -> cattrs.Converter:
    """A converter with this module's strictness and the vocabulary's own names."""
    converter = cattrs.Converter(forbid_extra_keys=True, omit_if_default=False)
    for kind in (int, str, bool):
        converter.register_structure_hook(kind, exactly(kind))
    converter.register_structure_hook(float, number)
    converter.register_structure_hook_factory(is_tuple, listed)
    converter.register_unstructure_hook(
        Envelope,
        make_dict_unstructure_fn(
            Envelope,
            converter,
            sender=override(rename="from"),
            in_reply_to=override(omit_if_default=True),
            thread=override(omit_if_default=True),
            expires_at=override(omit_if_default=True),
            priority=override(omit_if_default=True),
            deliver=override(omit_if_default=True),
            redelivered=override(omit_if_default=True),
        ),
    )
    converter.register_unstructure_hook(
        Window,
        make_dict_unstructure_fn(
            Window,
            converter,
            number=override(omit_if_default=True),
            zoomed=override(omit_if_default=True),
            preset=override(omit_if_default=True),
        ),
    )
    converter.register_unstructure_hook(
        Session,
        make_dict_unstructure_fn(
            Session,
            converter,
            asked_name=override(omit_if_default=True),
            is_below_pane=override(omit_if_default=True),
        ),
    )
    for record in (Addressee, Recipient, Step, Terms, MessageSent):
        # Most of it is the usual: a thousand recipients need not say so each.
        hook = make_dict_unstructure_fn(record, converter, _cattrs_omit_if_default=True)
        converter.register_unstructure_hook(record, hook)
    converter.register_structure_hook(
        Envelope,
        make_dict_structure_fn(
            Envelope,
            converter,
            _cattrs_forbid_extra_keys=True,
            sender=override(rename="from"),
        ),
    )
    configure_tagged_union(Union[get_args(Event)], converter, tag_name="event")  # noqa: UP007 - built from a table
    return converter


CONVERTER = make_converter()


def to_json(value: Any) -> Any:
    """The JSON value of an attrs value of the vocabulary."""
    return CONVERTER.unstructure(value)


def event_to_json(event: Event) -> dict[str, Any]:
    """An event with its name under `event`."""
    shape: dict[str, Any] = CONVERTER.unstructure(event, unstructure_as=Event)
    return shape


def from_json(shape: Any, kind: type[T]) -> T:
    """The value of this type that a JSON value describes.

    Raises:
        RemoteProtocolError: It describes none; the message names the places.
    """
    name = getattr(kind, "__name__", "an event")
    if not isinstance(shape, dict):
        msg = f"expected an object, got {type(shape).__name__} (while reading {name})"
        raise RemoteProtocolError(msg)
    try:
        return CONVERTER.structure(shape, kind)
    except RecursionError as error:
        msg = f"nested too deeply (while reading {name})"
        raise RemoteProtocolError(msg) from error
    except (cattrs.BaseValidationError, TypeError, ValueError, KeyError) as error:
        places = "; ".join(cattrs.transform_error(error))
        raise RemoteProtocolError(f"{places} (while reading {name})") from error


def event_from_json(shape: Any) -> Event:
    """The event a JSON value describes.

    Raises:
        RemoteProtocolError: It describes none.
    """
    known = [kind.__name__ for kind in get_args(Event)]
    if not isinstance(shape, dict) or shape.get("event") not in known:
        msg = "not an event: unknown or missing $.event"
        raise RemoteProtocolError(msg)
    return from_json(shape, Event)  # type: ignore[arg-type]  # a union is no class
