"""The page's modules that know no page: their own tests, and what they share with the daemon."""

from __future__ import annotations

import importlib.util
import itertools
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pagemodules
import pytest

from fugue_actors.protocol.hosting import Modes
from fugue_actors.terminal import keys
from fugue_actors.terminal.emulator import Emulator

if TYPE_CHECKING:
    from fugue_actors.terminal.emulator.rows import Row

HERE: Final = Path(__file__).resolve().parent
DOCS: Final = HERE.parent.parent / "docs"

PIECES: Final = (
    *"aZ 0~é│█ß漢か한ｱ😀👩👍❤✔☎©1#",
    "e\u0301",
    "\u200d",
    "\ufe0f",
    "\ufe0e",
    "\u200b",
    "👩\u200d👩\u200d👧",
    "❤\ufe0f",
    "☎\ufe0f",
    "1\ufe0f\u20e3",
    "👍🏽",
    "🇩🇪",
    "🇩",
    "กำ",
    "नि",
    "שלום",
)

PRESSED: Final = (
    *"aZ0-;[]^_?/@ éфß",
    "Enter",
    "Tab",
    "Escape",
    "Backspace",
    "ArrowUp",
    "Home",
    "PageDown",
    "Insert",
    "Delete",
    "F1",
    "F5",
    "F12",
)


@pytest.mark.parametrize(
    "script", sorted(path.name for path in (HERE / "modules").glob("*.test.mjs"))
)
def test_modules_that_know_no_page_do_what_they_say(script: str) -> None:
    """Order, colours and places are decided in plain functions, which have tests in JavaScript."""
    ran = pagemodules.run("--test", str(HERE / "modules" / script))
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_page_has_the_emulators_widths() -> None:
    """A character one column off shifts the rest of its row; the table is a copy."""
    spec = importlib.util.spec_from_file_location("widths", DOCS / "widths.py")
    assert spec is not None
    assert spec.loader is not None
    widths = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(widths)
    written = widths.WRITTEN.read_text("utf-8")
    if f"wcwidth {widths.wcwidth.__version__};" not in written:
        pytest.skip("written with another version of wcwidth")
    assert written == widths.module(), "stale: run docs/widths.py"


def cells_of(row: Row) -> list[list[Any]]:
    """A row's cells with their columns, as the emulator has them."""
    cells: list[list[Any]] = []
    for cell in row.cells():
        if cell.data:
            cells.append([cell.data, 1])
        else:
            cells[-1][1] = 2
    return cells


def test_the_page_lays_out_cells_as_the_emulator_does() -> None:
    """Marks, joined emoji, flags: rows of anything have each cell in the same column."""
    chance = random.Random(5)
    texts, expected = [], []
    for _ in range(400):
        emulator = Emulator(columns=200, lines=2)
        emulator.feed("".join(chance.choices(PIECES, k=12)).encode())
        row = emulator.rows[0]
        texts.append("".join(cell.data for cell in row.cells()))
        expected.append(cells_of(row))
    shown = (
        "given.map((text) => page.cells(text).map((cell) => [cell.text, cell.width]))"
    )
    found = pagemodules.ask("cells", shown, texts)
    for text, mine, theirs in zip(texts, expected, found, strict=True):
        assert theirs == mine, ascii(text)


def test_every_key_that_the_page_sends_is_one_that_terminals_have() -> None:
    """A key whose name is refused would be lost under the fingers of whoever types."""
    presses = [
        {
            "key": key,
            "code": "KeyA",
            "ctrlKey": control,
            "altKey": alt,
            "shiftKey": shift,
            "metaKey": False,
            "isComposing": False,
        }
        for key, control, alt, shift in itertools.product(
            PRESSED, (False, True), (False, True), (False, True)
        )
    ]
    for flags in (0, 1):
        screen = f"{{modes: {{keyboard_flags: {flags}}}}}"
        found = pagemodules.ask(
            "keys",
            "given.map((press) => page.meaningOf("
            f"{{...press, getModifierState: () => false}}, {screen}))",
            presses,
        )
        names = {each["name"] for each in found if each["kind"] == "key"}
        assert {"C-a", "M-a", "Escape", "S-Tab", "F5", "C-S-Up"} <= names
        for name in names:
            keys.encode_key(name, Modes(keyboard_flags=flags))
