"""How secrets look: the shapes of well-known keys, and what is said to be one. Pure.

A shape is a regular expression; its group `secret` is what has to be hidden, or all of it.
`KEYS` are so particular that what they match is hidden wherever any part of it occurs again.
`SAID` only says that a secret follows, which can be an ordinary word: that is hidden where it
stands, and elsewhere what of it is more than that.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from fugue_actors.errors import Refused

SECRET: Final = "secret"  # noqa: S105 - the name of a group
START: Final = r"(?<![A-Za-z0-9])"


@attrs.frozen
class Shape:
    """How secrets of a kind look.

    Attributes:
        pattern: See the module's docstring.
        is_key: Whether every part of what it matches is hidden wherever it occurs again.
        hint: What is in every text that it can match: it is looked for first, since it is
            found sooner.
    """

    pattern: re.Pattern[str]
    is_key: bool
    hint: re.Pattern[str]


KEYS: Final = (
    r"sk-[A-Za-z0-9_-]{16,}",  # OpenAI, Anthropic and others
    r"gh[pousr]_[A-Za-z0-9]{16,}",
    r"github_pat_[A-Za-z0-9_]{16,}",
    r"glpat-[A-Za-z0-9_-]{16,}",
    r"(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA)[A-Z0-9]{16}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"xapp-[A-Za-z0-9-]{10,}",
    r"AIza[A-Za-z0-9_-]{30,}",
    r"ya29\.[A-Za-z0-9_-]{16,}",
    r"npm_[A-Za-z0-9]{30,}",
    r"pypi-[A-Za-z0-9_-]{16,}",
    r"hf_[A-Za-z0-9]{20,}",
    r"(?:sk|rk|pk|whsec)_(?:(?:live|test)_)?[A-Za-z0-9]{16,}",
    r"SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"fugue_[0-9a-f]{10}_[0-9a-f]{16,}",
    r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?",
)
"""Keys that tell what they are by how they begin."""

NAMES: Final = (
    r"(?:pass(?:word|wd|phrase|code)|pwd|secret|token|credentials?|"
    r"api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|auth[_-]?key|"
    r"client[_-]?secret)"
)
SAID: Final = (
    # PASSWORD=…, "api_key": "…", --token …, db_password := …
    (
        rf"(?i:{NAMES})s?[\"']?\s*(?::=|=>|=)\s*(?P<quote>[\"'])?"
        r"(?P<secret>(?(quote)[^\"']+|[^\s\"']+))"
    ),
    (
        rf"(?i:{NAMES})[\"']?\s*:\s*(?P<quote>[\"'])?"
        r"(?P<secret>(?(quote)[^\"']{4,}|[^\s\"']{6,}))"
    ),
    rf"(?<!\S)--?(?i:[a-z-]*{NAMES})\s+(?P<secret>[^\s-]\S*)",
    (
        r"(?i:authorization)[\"']?\s*[:=]\s*[\"']?(?:(?i:bearer|basic|token|digest|negotiate)\s+)?"
        r"(?P<secret>[^\s\"']+)"
    ),
    # STRIPE_KEY=…, as variables of the environment are called
    (
        r"\b[A-Z][A-Z0-9_]*_(?:KEY|PAT|PASS|PWD|AUTH|DSN)=(?P<quote>[\"'])?"
        r"(?P<secret>(?(quote)[^\"']+|[^\s\"']+))"
    ),
    r"(?<!\S)(?:-u|--user|--proxy-user)\s+[\"']?[^\s:\"']+:(?P<secret>[^\s\"']+)",
    r"(?i:\bbearer)\s+(?P<secret>[A-Za-z0-9._~+/=-]{8,})",
    r"(?i:\b(?:set-)?cookie):\s*(?P<secret>\S.*)",
    r"(?i:x-[a-z-]{0,30}(?:key|token|auth))[\"']?\s*:\s*[\"']?(?P<secret>[^\s\"']+)",
    r"(?<=[A-Za-z0-9+.-])://[^\s/:@]*:(?P<secret>[^\s/@]+)@",
)
"""What says that a secret follows."""

BEGIN: Final = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
END: Final = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY")
ARMOURED: Final = re.compile(r"[A-Za-z0-9+/=-]+|[A-Z][A-Za-z-]+: .*")
"""A line of a private key: its text, a field above it, or the end of a mark that is wrapped."""

LONG_WORD: Final = re.compile(r"[A-Za-z0-9_.-]{15}")
TELLING: Final = re.compile(
    r"pass|pwd|secret|token|credential|key|auth|bearer|cookie|://|_pat=|dsn=|-u|--user",
    re.IGNORECASE,
)
ANYTHING: Final = re.compile("")
SHAPES: Final = (
    *(Shape(re.compile(START + one), is_key=True, hint=LONG_WORD) for one in KEYS),
    *(Shape(re.compile(one), is_key=False, hint=TELLING) for one in SAID),
)


def own_shapes(patterns: list[str] | tuple[str, ...]) -> tuple[Shape, ...]:
    """Shapes that somebody has made up; what they match is hidden wherever it occurs.

    Raises:
        Refused: `InvalidArgument`: one is no regular expression, or matches nothing at all
            everywhere.
    """
    found = []
    for pattern in patterns:
        try:
            compiled = re.compile(pattern)
        except re.error as error:
            raise Refused(
                "InvalidArgument",
                f"{pattern[:100]!r} is no regular expression: {error}",
            ) from error
        if compiled.match("") is not None:
            raise Refused(
                "InvalidArgument",
                f"the pattern {pattern[:100]!r} matches what is empty, so it hides nothing",
            )
        found.append(Shape(compiled, is_key=True, hint=ANYTHING))
    return tuple(found)


@attrs.frozen
class Find:
    """Where a text has a secret.

    Attributes:
        start, end: In the text.
        is_key: As in `Shape`.
    """

    start: int
    end: int
    is_key: bool


def find(text: str, shapes: tuple[Shape, ...] = SHAPES) -> list[Find]:
    """All secrets in a text, in no particular order; they may overlap."""
    found = []
    hints: dict[re.Pattern[str], bool] = {}
    for shape in shapes:
        if shape.hint not in hints:
            hints[shape.hint] = shape.hint.search(text) is not None
        if not hints[shape.hint]:
            continue
        group = SECRET if SECRET in shape.pattern.groupindex else 0
        for match in shape.pattern.finditer(text):
            start, end = match.span(group)
            if start < end:
                found.append(Find(start, end, shape.is_key))
    return found
