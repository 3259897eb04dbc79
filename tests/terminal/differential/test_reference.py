"""The reference's table of differences is the list that the tests keep."""

from __future__ import annotations

from pathlib import Path

from terminaldifferences import table

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "terminal.md"


def test_the_reference_lists_the_differences_that_are_tested() -> None:
    """Print the table with `python tests/support/terminaldifferences.py`."""
    assert table() in PAGE.read_text(encoding="utf-8")
