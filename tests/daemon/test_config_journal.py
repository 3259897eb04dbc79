"""What `config.toml` says of how long events are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fugue_actors import config
from fugue_actors.errors import Refused
from fugue_actors.journal.tidying import Keep

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a home of this test's own."""
    monkeypatch.setenv("FUGUE_HOME", str(tmp_path))
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("", Keep(days=30, megabytes=512)),
        ("[journal]\nkeep_days = 0.5\n", Keep(days=0.5, megabytes=512)),
        ("[journal]\nkeep_megabytes = 9\n", Keep(days=30, megabytes=9)),
    ],
)
def test_events_are_kept_for_a_month_or_as_long_as_is_said(
    file: Path, text: str, keep: Keep
) -> None:
    """And half a gigabyte of them."""
    file.write_text(text, encoding="utf-8")
    assert config.load().keep == keep


@pytest.mark.parametrize("setting", ["keep_days = 0", "keep_megabytes = 0.5"])
def test_what_makes_no_sense_is_refused_by_name(file: Path, setting: str) -> None:
    """File, key and what it should be."""
    file.write_text(f"[journal]\n{setting}\n", encoding="utf-8")
    key = setting.split(" ", maxsplit=1)[0]
    with pytest.raises(Refused, match=f"journal.{key} must be a"):
        config.load()
