"""What `config.toml` says of panes without a daemon."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fugue_actors import config
from fugue_actors.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a home of this test's own."""
    monkeypatch.setenv("FUGUE_HOME", str(tmp_path))
    return tmp_path / "config.toml"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("", None),
        ('[panes]\norphans = "stay"\n', None),
        ("[panes]\norphan_hours = 2\n", None),
        ('[panes]\norphans = "end"\n', 24 * 3600.0),
        ('[panes]\norphans = "end"\norphan_hours = 2\n', 7200.0),
        ('[panes]\norphans = "end"\norphan_hours = 0.5\n', 1800.0),
    ],
)
def test_panes_wait_for_ever_unless_they_are_to_end(
    file: Path, text: str, limit: float | None
) -> None:
    """A day is the default of those that end."""
    file.write_text(text, encoding="utf-8")
    assert config.load().orphan_limit == limit


@pytest.mark.parametrize(
    ("setting", "wanted"),
    [
        ('orphans = "die"', 'must be "stay" or "end"'),
        ("orphans = 1", 'must be "stay" or "end"'),
        ('orphan_hours = "1"', "must be a number above 0, up to 1000000"),
        ("orphan_hours = 0", "must be a number above 0, up to 1000000"),
        ("orphan_hours = -1.5", "must be a number above 0, up to 1000000"),
        ("orphan_hours = inf", "must be a number above 0, up to 1000000"),
        ("orphan_hours = nan", "must be a number above 0, up to 1000000"),
        ("orphan_hours = true", "must be a number above 0, up to 1000000"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(
    file: Path, setting: str, wanted: str
) -> None:
    """File, key and what it should be."""
    file.write_text(f"[panes]\n{setting}\n", encoding="utf-8")
    key = setting.split(" ", maxsplit=1)[0]
    with pytest.raises(Refused) as refused:
        config.load()
    assert refused.value.message == f"{file}: panes.{key} {wanted}"
