"""Masking: no secret of the known shapes is in a recording that others get, ever."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from castkit import all_texts, reel_of, texts, typed
from hypothesis import example, given, settings, strategies as st
from strategies import examples, untimed

from fugue_actors.errors import Refused
from fugue_actors.recording import cast, html, notes, recast, svg
from fugue_actors.recording.html import Styles
from fugue_actors.recording.masking import mask
from fugue_actors.recording.notes import Note
from fugue_actors.recording.secrets import SHAPES, find, own_shapes

LETTERS = string.ascii_letters + string.digits


def runs(length: int, alphabet: str = LETTERS) -> st.SearchStrategy[str]:
    """Random characters of a key."""
    return st.text(alphabet, min_size=length, max_size=length + 20)


KEYS: dict[str, st.SearchStrategy[str]] = {
    "openai": runs(20).map("sk-proj-{}".format),
    "anthropic": runs(40).map("sk-ant-api03-{}".format),
    "github": runs(36).map("ghp_{}".format),
    "github fine": runs(30).map("github_pat_{}".format),
    "gitlab": runs(20).map("glpat-{}".format),
    "aws": st.text(
        string.ascii_uppercase + string.digits, min_size=16, max_size=16
    ).map("AKIA{}".format),
    "slack": runs(20).map("xoxb-{}".format),
    "google": runs(35).map("AIza{}".format),
    "npm": runs(36).map("npm_{}".format),
    "pypi": runs(30).map("pypi-{}".format),
    "hugging face": runs(30).map("hf_{}".format),
    "stripe": runs(20).map("sk_live_{}".format),
    "fugue": runs(64, "0123456789abcdef").map("fugue_0123456789_{}".format),
    "jwt": st.tuples(runs(20), runs(20), runs(20)).map(
        lambda parts: "eyJ" + ".".join(parts)
    ),
}
SEQUENCE = re.compile(r"\\u001b\[[0-9;?]* ?[A-Za-z]|\\[bfnrt]")
any_key = st.one_of(*KEYS.values())
words = st.sampled_from(["", "see ", "key: ", "$ export A=", "│ ", "  - "])


def everything_written(reel: Any) -> str:
    """All that the three exports say, in a form in which it can be searched.

    Sequences end with letters that are none of the text after them.
    """
    page = html.encoded(reel, Styles()).decode()
    lines = "".join(recast.lines(reel, with_markers=True))
    return SEQUENCE.sub(" ", page + lines) + svg.animated(reel)


def rows_joined(reel: Any) -> list[str]:
    """Each picture as one text, without what a row's end puts between."""
    return ["".join(row.strip("│ ") for row in rows) for rows in all_texts(reel)]


def assert_hidden(reel: Any, secret: str) -> None:
    """No picture and no export has eight characters of a secret in a row."""
    texts = {everything_written(reel), *rows_joined(reel)}
    for start in range(len(secret) - 7):
        part = secret[start : start + 8]
        assert all(part not in text for text in texts)


@pytest.mark.parametrize("kind", KEYS)
@untimed
@given(st.data())
def test_a_key_is_masked_wherever_it_stands(kind: str, data: st.DataObject) -> None:
    """At any place of a row, so wrapped anywhere, and with any text before it."""
    key = data.draw(KEYS[kind])
    columns = data.draw(st.integers(20, 60))
    indent = " " * data.draw(st.integers(0, columns - 1))
    reel = reel_of(typed(indent + data.draw(words) + key), columns=columns, lines=9)
    assert_hidden(mask(reel), key)


@settings(untimed, max_examples=60)
@given(key=any_key, cuts=st.lists(st.integers(1, 40), max_size=5), data=st.data())
def test_a_key_in_many_colours_is_masked(
    key: str, cuts: list[int], data: st.DataObject
) -> None:
    """Highlighters colour parts of words; a row is searched as one text."""
    text, last = "", 0
    for cut in sorted({min(cut, len(key)) for cut in cuts}):
        colour = data.draw(st.integers(31, 37))
        text += f"\x1b[{colour}m{key[last:cut]}"
        last = cut
    reel = reel_of(typed(f"{text}\x1b[0m{key[last:]} and more"), lines=9)
    assert_hidden(mask(reel), key)


@settings(untimed, max_examples=30)
@given(key=any_key)
def test_a_key_is_masked_while_it_is_typed(key: str) -> None:
    """Character by character: frames before know what frames after show whole.

    What is not secret yet is the form that all keys of a kind share.
    """
    reel = mask(reel_of(typed("$ login ", *key), columns=200))
    assert_hidden(reel, key)
    for rows in all_texts(reel):
        assert rows[0].replace("•", "").rstrip() in ("", "$ login", "$")


@settings(untimed, max_examples=30)
@given(
    name=st.sampled_from(
        ["password=", "API_TOKEN=", "api_key: ", '"secret": "', "--token "]
    ),
    value=st.text(string.ascii_lowercase + string.digits, min_size=8, max_size=20),
)
def test_what_is_said_to_be_secret_is_masked_while_it_is_typed(
    name: str, value: str
) -> None:
    """Down to its first character; and nothing of it is seen while it is deleted."""
    line = f"$ x {name}"
    erased = ["\b \b"] * len(value)
    reel = mask(reel_of(typed(line, *value, *erased), columns=80))
    shown = [rows[0] for rows in all_texts(reel)]
    assert all(row.replace("•", "").rstrip() == line.rstrip() for row in shown if row)
    assert any("•" * len(value) in row for row in shown)


SAYINGS = [
    "Authorization: Bearer {}",
    "curl -H 'Authorization: Bearer {}'",
    "export DB_PASSWORD={}",
    "password: {}",
    "x --token {}",
    "https://bob:{}@host",
    "X-Api-Key: {}",
    "curl -u bob:{} host",
]
CLEAR = "\x1b[2J\x1b[H"


@examples(60)
@example(
    saying="export DB_PASSWORD={}",
    secret="0000000m0000000",
    before="",
    after="",
    columns=9,
    cut_columns=9,
    start=0,
    end=8,
)
@given(
    saying=st.sampled_from(SAYINGS),
    secret=st.text(LETTERS, min_size=8, max_size=40).filter(
        lambda text: any(map(str.isdigit, text))
    ),
    before=st.sampled_from(["", "hello ", "log: connected with ", "│ ", "┃"]),
    after=st.sampled_from(["", " there", ".", " │"]),
    columns=st.integers(9, 60),
    cut_columns=st.integers(9, 60),
    start=st.integers(0, 32),
    end=st.integers(8, 40),
)
def test_a_part_of_what_is_said_to_be_secret_is_masked_in_any_picture(
    saying: str,
    secret: str,
    before: str,
    after: str,
    columns: int,
    cut_columns: int,
    start: int,
    end: int,
) -> None:
    """Wrapped anywhere; or cut so, in a window that is wider than what was wrapped."""
    start = min(start, len(secret) - 8)
    end = max(start + 8, min(end, len(secret)))
    row = f"{before}{secret[start:end]}{after}"
    cut = [row[i : i + cut_columns] for i in range(0, len(row), cut_columns)]
    told = Note("message", {"sender": "ann", "text": row})
    wide = reel_of(
        [
            cast.Event(0.1, cast.OUTPUT, saying.format(secret)),
            cast.Event(0.2, cast.OUTPUT, CLEAR + "\r\n".join(cut)),
            cast.Event(0.3, cast.OUTPUT, CLEAR + row),
            cast.Event(0.4, cast.HAPPENED, notes.encoded(told)),
            cast.Event(0.5, cast.MARKER, row),
        ],
        columns=100,
        lines=9,
    )
    narrow = reel_of(
        [
            cast.Event(0.1, cast.OUTPUT, saying.format(secret)),
            cast.Event(0.2, cast.RESIZE, f"{columns}x20"),
            cast.Event(0.3, cast.OUTPUT, CLEAR + row),
        ],
        columns=100,
        lines=20,
    )
    parts = {secret[i : i + 8] for i in range(len(secret) - 7)}
    written = everything_written(mask(wide)) + everything_written(mask(narrow))
    assert not [part for part in parts if part in written]
    if before.strip() != "│" and not after.endswith("│"):
        assert_hidden(mask(narrow), secret)


@pytest.mark.parametrize("border", ["", "│ "])
@pytest.mark.parametrize("said", ["Authorization: Bearer", "> bearer", "a Bearer"])
def test_a_bearer_is_followed_to_the_next_row_of_a_window_that_became_wider(
    said: str, border: str
) -> None:
    """For one picture its pane is still as narrow as it was, so the row is not full."""
    rows = f"{border}{said} abcdef\r\n{border}0123456789XYZ there"
    reel = mask(reel_of(typed(rows), columns=80))
    assert texts(reel, reel.frames[-1])[:2] == [
        f"{border}{said} ••••••",
        f"{border}••••••••••••• there",
    ]


@pytest.mark.parametrize("below", ["Accept: */*", "for all who come", "> Host: a1"])
def test_what_stands_below_a_bearer_stays(below: str) -> None:
    """A header ends with its row, and a sentence goes on with words."""
    reel = mask(reel_of(typed(f"this is a bearer\r\n{below}"), columns=80))
    assert texts(reel, reel.frames[-1])[1] == below
    reel = mask(reel_of(typed(f"Bearer abc123def456\r\n{below}"), columns=80))
    assert texts(reel, reel.frames[-1])[1] == below


@pytest.mark.parametrize(
    ("said", "later"),
    [
        ("password: correct-horse-1x", "correct-ho as people write it"),
        ("DB_DSN=postgres://localhost/db1", "the postgres of localhost"),
        ("token = AccessTokenSource", "an AccessToken of a Source"),
        ("token: authentication", "it authenticates"),
        ("password = 'Enter your password:'", "please enter your password"),
        ("Cookie: session=1; theme=dark", "the theme=light of a session"),
    ],
)
def test_words_of_what_is_said_to_be_secret_stay(said: str, later: str) -> None:
    """Code says of many a word that it is a secret; others have to be read."""
    reel = mask(reel_of(typed(said, CLEAR + later), columns=80))
    assert texts(reel, reel.frames[-1])[0] == later


@settings(untimed, max_examples=40)
@given(key=any_key, columns=st.integers(14, 40))
def test_a_key_in_a_box_is_masked(key: str, columns: int) -> None:
    """Agents draw boxes around what is typed, and wrap it themselves."""
    inner = columns - 4
    parts = [key[i : i + inner] for i in range(0, len(key), inner)]
    rows = "".join(f"│ {part.ljust(inner)} │\r\n" for part in parts)
    reel = reel_of(typed(rows), columns=columns, lines=len(parts) + 2)
    assert_hidden(mask(reel), key)


@settings(untimed, max_examples=40)
@given(key=any_key, columns=st.integers(20, 40))
def test_a_key_in_a_pane_beside_another_is_masked(key: str, columns: int) -> None:
    """What stands in the next pane is not what goes on below."""
    parts = [key[i : i + columns] for i in range(0, len(key), columns)]
    rows = "\r\n".join(f"{part.ljust(columns)}┃other pane" for part in parts)
    reel = reel_of(typed(rows), columns=columns + 11, lines=len(parts) + 2)
    masked = mask(reel)
    assert_hidden(masked, key)
    # Its last letter can be the first of what a key's part goes on with below.
    assert "other pan" in texts(masked, masked.frames[-1])[0]


@settings(untimed, max_examples=30)
@given(key=any_key, lines=st.integers(2, 5))
def test_what_is_left_of_a_key_that_scrolls_away_is_masked(
    key: str, lines: int
) -> None:
    """The rows that remain do not look like a key by themselves."""
    lines += len(key) // 20
    pushes = ["\r\n", *["more\r\n"] * (lines + 3)]
    reel = reel_of(typed(f"key {key}", *pushes), columns=20, lines=lines)
    assert_hidden(mask(reel), key)


@settings(untimed, max_examples=30)
@given(key=any_key)
def test_a_key_is_masked_in_all_that_is_told(key: str) -> None:
    """Title, messages, markers and what the header says, also if no picture shows it."""
    note = Note("message", {"sender": "ann", "text": f"use {key}", "recipients": [key]})
    events = [
        cast.Event(0.1, cast.OUTPUT, "ok"),
        cast.Event(0.2, cast.HAPPENED, notes.encoded(note)),
        cast.Event(0.3, cast.MARKER, f"got {key}"),
    ]
    header = cast.Header(
        columns=40,
        lines=4,
        title=f"about {key}",
        environment={"KEY": key},
        about={"nested": [{"deep": key}]},
    )
    reel = mask(reel_of(events))
    assert_hidden(reel, key)
    from fugue_actors.recording.reel import develop

    masked = mask(develop(header, events))
    assert_hidden(masked, key)
    assert masked.header.title.startswith("about ")


@pytest.mark.parametrize(
    "line",
    [
        "export STRIPE_KEY={}",
        'GH_PAT="{}" make',
        "DB_PASS='{}'",
        "curl -u bob:{} http://host",
        "curl --user 'bob:{}' http://host",
        "aws_secret_access_key = {}",
        '{{"client_secret": "{}"}}',
        "mysql --password {}",
        "postgres://bob:{}@host/db",
        "password := '{}'",
    ],
)
def test_what_commands_and_files_say_to_be_secret_is_masked(line: str) -> None:
    """As people write it every day."""
    secret = "qwerty123ABC"
    reel = mask(reel_of(typed(line.format(secret)), columns=80))
    assert_hidden(reel, secret)
    assert "•" * len(secret) in texts(reel, reel.frames[-1])[0]


@pytest.mark.parametrize(
    "header",
    ["Authorization: Bearer {}", "authorization: token {}", "X-Api-Key: {}"],
)
@pytest.mark.parametrize("frame", ['-H "{}"', "{}", "> {}"])
def test_credentials_in_headers_are_masked(header: str, frame: str) -> None:
    """As `curl -v` shows them."""
    secret = "abc123def456ghi789"
    reel = mask(reel_of(typed(frame.format(header.format(secret))), columns=80))
    assert_hidden(reel, secret)


def test_the_password_in_an_address_is_masked_and_its_user_is_not() -> None:
    """Who it is tells less than nothing that could be read."""
    reel = mask(reel_of(typed("git clone https://bob:hunter2xyz@host/x"), columns=80))
    (row, *_) = texts(reel, reel.frames[-1])
    assert row == "git clone https://bob:••••••••••@host/x"


PEM = "\r\n".join(
    [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        *("b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ" + str(n) * 4 for n in range(5)),
        "QUJD",
        "-----END OPENSSH PRIVATE KEY-----",
    ]
)


@pytest.mark.parametrize("columns", [80, 40, 30])
def test_what_stands_between_the_marks_of_a_private_key_is_masked(columns: int) -> None:
    """Also its short last line, and what is left of it when the first mark is gone."""
    pushes = ["\r\nmore"] * 12
    reel = mask(reel_of(typed(PEM, *pushes), columns=columns, lines=12))
    assert_hidden(reel, "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ")
    assert all("QUJD" not in row for rows in all_texts(reel) for row in rows)


def test_what_stands_in_the_pane_beside_a_key_stays() -> None:
    """A key that fills its pane goes on below it, not at the beginning of the next row."""
    key = "sk-ant-api03-abcdefghijklm"
    rows = [
        f"{'hello'.ljust(20)}│{key}",
        f"{'tick 1'.ljust(20)}│{'nopqrstuv'.ljust(26)}",
    ]
    reel = mask(reel_of(typed("\r\n".join(rows)), columns=47))
    assert texts(reel, reel.frames[-1])[:2] == [
        f"{'hello'.ljust(20)}│{'•' * 26}",
        f"{'tick 1'.ljust(20)}│{'•' * 9}",
    ]


def test_what_is_no_secret_stays() -> None:
    """A recording of which half is dots is of no use to anybody."""
    lines = [
        "$ git commit -m 'fix the token counter'",
        "tokens: 12k  passwords are hashed",
        "password: string;",
        "task-management-system-with-many-words",
        "sha256:9f86d081884c7d659a2feaa0c55ad015",
        "import secrets, token_type, api_keys",
        "the string is long",
    ]
    reel = reel_of(typed("\r\n".join(lines)), columns=80, lines=9)
    masked = texts(mask(reel), mask(reel).frames[-1])
    assert masked[:2] == lines[:2]
    assert masked[3:7] == lines[3:7]


def test_own_patterns_mask_what_they_match_and_of_a_group_only_that() -> None:
    """As `record.mask` and `--mask` give them."""
    shapes = (*SHAPES, *own_shapes([r"ACME-\d+", r"user=(?P<secret>\w+)"]))
    reel = mask(reel_of(typed("ACME-12345 user=robert ok")), shapes)
    assert texts(reel, reel.frames[-1])[0] == "•••••••••• user=•••••• ok"


@pytest.mark.parametrize("pattern", ["(", "", "a*", "x?"])
def test_a_pattern_that_can_hide_nothing_is_refused(pattern: str) -> None:
    """Whoever gives one believes to be safe."""
    with pytest.raises(Refused) as refused:
        own_shapes([pattern])
    assert refused.value.code == "InvalidArgument"


def test_a_mask_is_as_wide_as_what_it_hides() -> None:
    """Wide characters take two columns, and what follows stays in its place."""
    shapes = own_shapes(["漢字+"])
    reel = mask(reel_of(typed("a漢字字b")), shapes)
    assert texts(reel, reel.frames[-1])[0] == "a••••••b"


@pytest.mark.parametrize("blank", [" ", "\n"])
@pytest.mark.parametrize("length", [1, 10, 30])
def test_a_message_is_not_cut_within_a_key(length: int, blank: str) -> None:
    """So few characters of it would look like no key, and be shown."""
    key = "sk-ant-api03-abcdefghijklmnopqrstuvwxyz"
    before = "word " * 500
    before = before[: notes.LONGEST_TEXT - 2 - length] + blank
    told = notes.cut(f"{before}{key} and more")
    assert told == before + notes.CUT
    whole = before[: -len(key)].rstrip() + blank + key
    assert notes.cut(f"{whole} {'more ' * 500}").startswith(whole)


def test_a_long_word_is_cut_where_it_must_be() -> None:
    """There is no blank near at which that could be done."""
    told = notes.cut("data " + "x" * 9_999)
    assert (len(told), told[-3:]) == (notes.LONGEST_TEXT, "xx" + notes.CUT)


@pytest.mark.parametrize("scheme", ["https", "git+ssh", "a" * 100, "x." * 50 + "x"])
def test_the_password_in_an_address_is_found_behind_any_scheme(scheme: str) -> None:
    """However long that is."""
    text = f"{scheme}://bob:hunter2xyz@host"
    assert [text[one.start : one.end] for one in find(text)] == ["hunter2xyz"]


@pytest.mark.parametrize("part", ["a.", "x-", "x-a"])
def test_secrets_are_looked_for_in_one_pass(part: str) -> None:
    """A program must not be able to have an export last for hours by what it prints."""
    assert find(part * 100_000 + " token") == []
