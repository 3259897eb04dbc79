"""The page's model: it folds frames into the same truth as every other client."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from pageserver import package_files, served
from plainfold import COLLECTIONS, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browserpage import Page

pytestmark = [pytest.mark.real, pytest.mark.slow]

KEYS = ("a", "b", "__proto__")
HISTORIES = 300
FRAMES = 25

# Plays histories to a model each; gives what the models hold in the end.
PLAY = """
import("/static/model.js").then(({ Model, COLLECTIONS }) => histories.map((frames) => {
  const model = new Model();
  for (const frame of frames) model.apply(frame);
  return [...COLLECTIONS, "screens"].map((name) => [name, [...model[name]]]);
}))
"""


class Chance:
    """Frames as a daemon could send them, at random."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.seq = 0

    def history(self) -> list[dict[str, Any]]:
        """Some frames, in order."""
        kinds = (self.put, self.drop, self.screens, self.screens, self.drop)
        frames = [self.snapshot()]
        for _ in range(self.random.randrange(FRAMES)):
            is_lost = self.random.random() < 0.05
            frames.append(self.snapshot() if is_lost else self.random.choice(kinds)())
        return frames

    def frame(self, **content: Any) -> dict[str, Any]:
        """A frame with the next number."""
        self.seq += 1
        return {"seq": self.seq, **content}

    def some(self, names: tuple[str, ...]) -> list[str]:
        """Any of these."""
        return [name for name in names if self.random.random() < 0.5]

    def documents(self) -> dict[str, Any]:
        """Documents by their keys."""
        return {key: {"state": self.random.randrange(9)} for key in self.some(KEYS)}

    def snapshot(self) -> dict[str, Any]:
        """All collections."""
        return self.frame(snapshot={name: self.documents() for name in COLLECTIONS})

    def put(self) -> dict[str, Any]:
        """New and changed documents."""
        return self.frame(
            put={name: self.documents() for name in self.some(COLLECTIONS)}
        )

    def drop(self) -> dict[str, Any]:
        """Documents and screens that are no more."""
        names = self.some((*COLLECTIONS, "screens"))
        return self.frame(drop={name: self.some(KEYS) for name in names})

    def screens(self) -> dict[str, Any]:
        """Whole and changed screens."""
        return self.frame(screens={key: self.screen() for key in self.some(KEYS)})

    def screen(self) -> dict[str, Any]:
        """One screen, or what changed on it."""
        random = self.random
        rows = {
            str(row): [{"text": random.choice("xyz"), "bold": True}]
            for row in range(5)
            if random.random() < 0.5
        }
        whole = {
            "columns": random.randrange(1, 9),
            "lines": random.randrange(1, 5),
            "cursor": {"x": random.randrange(4), "y": 0},
            "alternate": random.random() < 0.5,
            "modes": {},
            "next": random.randrange(99),
        }
        if random.random() < 0.4:
            return {"full": True, **whole, "rows": rows}
        changed = {key: value for key, value in whole.items() if random.random() < 0.3}
        return {**changed, "rows": rows}


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """Where the page's own files are."""
    with served({"/": "<!doctype html><title>x</title>", **package_files()}) as origin:
        yield origin


@pytest.mark.parametrize("seed", range(3))
async def test_the_page_comes_to_the_same_truth_as_every_client(
    page: Page, origin: str, seed: int
) -> None:
    """Two people who look at one daemon must see one truth; the plain fold says which."""
    chance = Chance(seed)
    histories = [chance.history() for _ in range(HISTORIES)]
    await page.go(origin)
    page.faults.allow("favicon")
    # As on the wire: parsed from text, so that no key means anything else.
    data = json.dumps(json.dumps(histories))
    told = await page.evaluate(f"const histories = JSON.parse({data}); {PLAY}")
    for frames, model in zip(histories, told, strict=True):
        assert {name: dict(pairs) for name, pairs in model} == folded(frames), frames
