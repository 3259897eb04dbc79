"""Trees of splits: built, pruned and put right. Pure.

Every function gives a tree in normal form: no split with fewer than two parts, none
inside a split of the same direction, ratios that add up to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from fugue_actors.protocol.layout import Leaf, Part, Split, leaves

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from fugue_actors.protocol.layout import Direction, Node

LEAST_RATIO: Final = 1e-9
"""A share of nothing could not be shared again."""


def joined(direction: Direction, parts: Iterable[Part]) -> Node | None:
    """Parts side by side as a tree in normal form; None if there are none."""
    flat: list[Part] = []
    for part in parts:
        inner = part.node
        if isinstance(inner, Split) and inner.direction == direction:
            flat += [
                attrs.evolve(each, ratio=each.ratio * part.ratio)
                for each in inner.parts
            ]
        else:
            flat.append(part)
    if len(flat) < 2:
        return flat[0].node if flat else None
    return Split(direction=direction, parts=normal(flat))


def grafted(node: Node, pane_id: str, graft: Node) -> Node:
    """A tree with another one in the place of a pane."""
    if isinstance(node, Leaf):
        return graft if node.pane_id == pane_id else node
    parts = [
        attrs.evolve(part, node=grafted(part.node, pane_id, graft))
        for part in node.parts
    ]
    tree = joined(node.direction, parts)
    assert tree is not None
    return tree


def pruned(node: Node, pane_id: str) -> Node | None:
    """A tree without a pane; None if nothing is left of it."""
    return sound(node, set(leaves(node)) - {pane_id})


def renamed(node: Node, names: Mapping[str, str]) -> Node:
    """A tree with other panes in the place of some."""
    if isinstance(node, Leaf):
        return Leaf(pane_id=names.get(node.pane_id, node.pane_id))
    parts = (attrs.evolve(p, node=renamed(p.node, names)) for p in node.parts)
    return attrs.evolve(node, parts=tuple(parts))


def sound(node: Node, panes: set[str]) -> Node | None:
    """A tree with these of its panes, each once, in normal form; None if it has none."""
    if isinstance(node, Leaf):
        if node.pane_id not in panes:
            return None
        panes.discard(node.pane_id)
        return node
    parts = []
    for part in node.parts:
        inner = sound(part.node, panes)
        if inner is not None:
            is_usable = LEAST_RATIO <= part.ratio <= 1 / LEAST_RATIO
            parts.append(Part(ratio=part.ratio if is_usable else 1.0, node=inner))
    return joined(node.direction, parts)


def holding(node: Split, pane_id: str) -> int:
    """Which part of a split a pane is in."""
    return next(i for i, p in enumerate(node.parts) if pane_id in leaves(p.node))


def with_part(node: Split, place: int, child: Node) -> Split:
    parts = list(node.parts)
    parts[place] = attrs.evolve(parts[place], node=child)
    return attrs.evolve(node, parts=tuple(parts))


def normal(parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with ratios above nothing that add up to 1."""
    total = sum(part.ratio for part in parts)
    ratios = [max(part.ratio / total, LEAST_RATIO) for part in parts]
    total = sum(ratios)
    return tuple(
        attrs.evolve(part, ratio=ratio / total)
        for part, ratio in zip(parts, ratios, strict=True)
    )
