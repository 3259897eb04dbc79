"""Messages: the list, one of them, and writing one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st
from modekit import opened, picture, press, state_of
from modelkit import SINCE, add_message, model_of

from fugue_actors.client import Change
from fugue_actors.errors import Refused
from fugue_actors.tui.commands import run
from fugue_actors.tui.events import Paste
from fugue_actors.tui.letters import threaded
from fugue_actors.tui.modes import ONLY_LOOKS, Close, Copy, Notice, Open, Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fugue_actors.tui.state import State


@pytest.fixture(autouse=True)
def zone() -> Iterator[pytest.MonkeyPatch]:
    """This machine's clock is that of UTC, unless a test has it be another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "UTC")
        time.tzset()
        yield patch
    time.tzset()


@pytest.fixture
def state() -> State:
    """A person who reads what a team writes."""
    model = model_of(
        ("ann", [["a"]]), ("bob", [["b"]]), ("me", []), ann=["worker"], bob=["worker"]
    )
    model.states["s-me"]["unread"] = 2
    add_message(model, 1, "ann", {"bob": "answered"}, text="tests are red")
    add_message(
        model,
        2,
        "bob",
        {"ann": "consumed", "me": "queued"},
        text="fixed\x1b[2J",
        in_reply_to="m0001",
    )
    add_message(
        model, 3, "ann", {"me": "queued"}, text="日本 which?", type="help_request"
    )
    return state_of(model)


def test_the_list_says_who_said_what_and_what_became_of_it(state: State) -> None:
    """What waits for the person is marked; texts are shown as texts."""
    assert picture(opened(state, "show-letters"), 60, 6) == [
        " messages, 2 for you unread                             1/3",
        "● 12:03 … queued   ann → me  help_request  日本 which?",
        "● 12:02 ✓1 …1      bob → ann, me  fixed\ufffd[2J",
        "  12:01 ↩ answered ann → bob  tests are red",
        "",
        " Enter opens   r replies   c writes   t threads   q leaves",
    ]


def test_answers_stand_below_what_they_answer(state: State) -> None:
    """The thread with the newest message comes first."""
    letters = opened(state, "show-letters")
    press(state, letters, "t")
    assert picture(letters, 60, 6)[1:4] == [
        "● 12:03 … queued   ann → me  help_request  日本 which?",
        "  12:01 ↩ answered ann → bob  tests are red",
        "● 12:02 ✓1 …1      └ bob → ann, me  fixed\ufffd[2J",
    ]


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 20)), max_size=20),
    st.sets(st.integers(0, 20)),
)
def test_threads_lose_no_message(answers: list[int | None], hidden: set[int]) -> None:
    """Whatever answers what, and whatever a filter hides: each once, below its own."""
    known = {
        f"m{number:02}": {} if above is None else {"in_reply_to": f"m{above:02}"}
        for number, above in enumerate(answers)
        if above is None or above < number
    }
    ids = [key for key in sorted(known, reverse=True) if int(key[1:]) not in hidden]
    found = threaded(ids, known)
    assert sorted(found, reverse=True) == ids
    order = list(found)
    for key, depth in found.items():
        above = known[key].get("in_reply_to")
        if above in found:
            assert order.index(above) < order.index(key)
            assert depth == found[above] + 1
        else:
            assert depth == 0


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("u", ["m0003", "m0002"]),
        ("/bob<Enter>", ["m0002", "m0001"]),
        ("/answered<Enter>", ["m0001"]),
        ("/help ann<Enter>", ["m0003"]),
    ],
)
def test_the_list_can_be_narrowed(state: State, keys: str, expected: list[str]) -> None:
    """By what nobody has read, by who, by state, by text."""
    letters = opened(state, "show-letters")
    press(state, letters, keys)
    assert list(letters.entries()) == expected


def test_a_new_message_does_not_move_the_choice(state: State) -> None:
    """Else one would open another one than one looked at."""
    letters = opened(state, "show-letters")
    press(state, letters, "j")
    add_message(state.model, 4, "bob", {"ann": "queued"})
    picture(letters, 60, 6)
    assert letters.listing.selected == "m0002"


STATUS: Any = {
    "id": "m0002",
    "from": {"session_id": "s-bob", "session_name": "bob", "attested": "process"},
    "target": {"tag": "worker"},
    "type": "build",
    "payload": {"ok": False, "log": "a\x07"},
    "sent_at": SINCE,
    "in_reply_to": "m0001",
    "priority": "high",
    "recipients": [
        {
            "session_id": "s-ann",
            "session_name": "ann",
            "state": "consumed",
            "at": SINCE,
            "evidence": "its next request\x1b",
            "redelivered": True,
            "steps": [{"state": "queued", "at": SINCE}],
        }
    ],
    "waiting": ["cy"],
}


def test_a_message_is_opened_with_every_step(state: State) -> None:
    """What the model has is shown at once, and all of it when the daemon has answered."""
    letters = opened(state, "show-letters")
    press(state, letters, "j")
    opening, asked = press(state, letters, "<Enter>")
    assert isinstance(opening, Open)
    letter: Any = opening.mode
    assert asked == Request(
        name="message_status", args={"message_id": "m0002"}, asker=letter
    )
    assert " fixed\ufffd[2J" in picture(letter, 80, 20)
    letter.answered(asked, STATUS)
    assert picture(letter, 80, 20)[1:17] == [
        "      from  bob (process)",
        "        to  tag:worker",
        "      type  build",
        "      sent  2026-11-21 12:00:00",
        "   answers  m0001",
        "  priority  high",
        "",
        " {",
        '   "ok": false,',
        '   "log": "a\\u0007"',
        " }",
        "",
        " ann (again)         consumed  2026-11-21 12:00:00  its next request\ufffd",
        "                     queued    2026-11-21 12:00:00",
        "  could still get it: cy",
        "",
    ]


def test_times_are_those_of_the_clock_beside_them(
    state: State, zone: pytest.MonkeyPatch
) -> None:
    """The status line has local time; a list with another one would be misread."""
    zone.setenv("TZ", "XXX-2")
    time.tzset()
    letters = opened(state, "show-letters")
    assert picture(letters, 60, 6)[1].startswith("● 14:03 ")
    letter: Any = press(state, letters, "<Enter>")[0].mode
    letter.message = {**STATUS, "expires_at": "soon"}
    shown = picture(letter, 80, 20)
    assert "      sent  2026-11-21 14:00:00" in shown
    assert "   expires  soon" in shown


def test_an_open_message_follows_what_becomes_of_it(state: State) -> None:
    """And only that: others are no reason to ask."""
    letters = opened(state, "show-letters")
    [opening, asked] = press(state, letters, "<Enter>")
    letter: Any = opening.mode
    assert list(letter.changed(Change(documents={"messages": {"m0001"}}))) == []
    assert list(letter.changed(Change(documents={"messages": {"m0003"}}))) == [asked]
    gone = Refused("MessageNotFound", "nothing is known of it")
    assert list(letter.refused(asked, gone)) == [
        Notice("nothing is known of it", is_error=True)
    ]
    assert press(state, letter, "y") == [
        Copy("日本 which?"),
        Notice("copied what it says"),
    ]
    assert press(state, letter, "q") == [Open(letters)]


def test_taking_all_as_read_is_proven_by_another_request(state: State) -> None:
    """The daemon takes nothing for received that was only sent."""
    letters = opened(state, "show-letters")
    [asked] = press(state, letters, "R")
    assert asked == Request(name="poll_messages", args={"max": 1000})
    assert list(letters.answered(asked, {"messages": [{}, {}]})) == [
        Notice("2 messages taken as read"),
        Request(name="acknowledge"),
    ]
    assert list(letters.answered(asked, {"messages": []})) == [
        Notice("nothing waits for you")
    ]


# ---- writing


def sent(actions: list[Any]) -> dict[str, Any]:
    """The arguments of the message that is to be sent."""
    [request] = actions
    assert request.name == "send_orchestration", request
    return {key: value for key, value in request.args.items() if value is not None}


def test_a_message_is_written_field_by_field(state: State) -> None:
    """To whom with completion, a type, and a text of several lines."""
    compose = opened(state, "write-letter")
    press(state, compose, "tag:w<Tab><Enter><C-u>task_assi<Tab><Enter>one<Enter>two")
    assert picture(compose, 50, 8) == [
        " a new message",
        "   to tag:worker",
        " type task_assignment",
        " text one",
        "      two",
        "",
        "",
        " C-d sends   Tab goes on   Escape gives it up",
    ]
    given = sent(press(state, compose, "<C-d>"))
    assert given["target"] == {"tag": "worker"}
    assert given["message"]["task_assignment"]["description"] == "one\ntwo"


def test_the_menu_shows_whom_a_word_could_mean(state: State) -> None:
    """Below the field, over what stands there."""
    compose = opened(state, "write-letter")
    press(state, compose, "tag")
    assert picture(compose, 50, 5) == [
        " a new message",
        "   to tag",
        " type tag:worker  all with it: ann, bob",
        " text",
        " C-d sends   Tab goes on   Escape gives it up",
    ]


def test_an_answer_goes_to_who_wrote(state: State) -> None:
    """With what it answers, and the list is there again afterwards."""
    letters = opened(state, "show-letters")
    [opening] = press(state, letters, "r")
    compose: Any = opening.mode
    assert compose.title == "an answer to ann: 日本 which?"
    actions = press(state, compose, "the first<C-d>")
    assert sent(actions) == {
        "target": {"session": "ann"},
        "msg_type": "message",
        "payload": {"text": "the first"},
        "in_reply_to": "m0003",
    }
    receipt = {"recipients": [{"session_name": "ann", "state": "queued"}]}
    assert list(compose.answered(actions[0], receipt)) == [
        Open(letters),
        Notice("sent to ann (queued)"),
    ]


def test_nothing_is_sent_twice_or_by_a_paste(state: State) -> None:
    """Keys have a meaning, pastes are text."""
    compose = opened(state, "write-letter bob")
    assert list(compose.key(Paste("one\x04\ntwo"))) == []
    assert sent(press(state, compose, "<C-d>"))["payload"] == {"text": "one\ntwo"}
    assert press(state, compose, "<C-d>") == []


def test_a_refusal_loses_nothing(state: State) -> None:
    """It can be changed and sent again."""
    compose = opened(state, "write-letter nobody hello")
    actions = press(state, compose, "<C-d>")
    error = Refused("NoRecipients", "nobody matches", hint="name another")
    assert list(compose.refused(actions[0], error)) == [
        Notice("nobody matches; name another", is_error=True)
    ]
    press(state, compose, "<S-Tab><S-Tab><C-u>bob")
    assert sent(press(state, compose, "<C-d>"))["target"] == {"session": "bob"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("<Enter><Enter>hello<C-d>", "to whom?"),
        ("bob<C-d>", "there is nothing to send"),
        ("tag:<Enter><Enter>x<C-d>", "'tag:' names no tag"),
        ("bob<Enter><C-u>task_complete<Enter>x<C-d>", "a task_complete names its task"),
    ],
)
def test_what_cannot_be_sent_is_said(state: State, keys: str, said: str) -> None:
    """Without a request."""
    [notice] = press(state, opened(state, "write-letter"), keys)
    assert isinstance(notice, Notice)
    assert notice.is_error
    assert said in notice.text


def test_what_was_written_is_given_up_only_after_a_question(state: State) -> None:
    """An empty message is left at once, whoever it could be for; a choice is undone."""
    compose = opened(state, "write-letter")
    press(state, compose, "<Tab>")
    assert compose.fields[0].text == "ann"
    assert press(state, compose, "<Escape>") == []
    assert compose.fields[0].text == ""
    press(state, compose, "b")
    assert compose.menu.is_open
    assert press(state, compose, "<Escape>") == [Close(compose)]
    compose = opened(state, "write-letter bob")
    assert press(state, compose, "<Escape>") == [Close(compose)]
    press(state, compose, "hello")
    [opening] = press(state, compose, "<Escape>")
    assert press(state, opening.mode, "n") == [Close()]
    assert press(state, opening.mode, "y") == [Close(), Close(compose)]


@given(st.lists(st.sampled_from([*"ab日", "<Enter>", "<Up>", "<Left>", "<Tab>"])))
def test_the_cursor_is_always_in_the_picture(keys: list[str]) -> None:
    """Whatever is written, in a window that is too small for it."""
    from fugue_actors.drawing import Canvas
    from fugue_actors.protocol.tiling import Rectangle

    state = state_of(model_of(("ann", [["a"]])))
    compose = opened(state, "write-letter ann")
    press(state, compose, "".join(keys))
    for columns, lines in ((12, 5), (7, 4), (60, 20)):
        canvas = Canvas(columns, lines)
        cursor = compose.draw(canvas, Rectangle(0, 0, columns, lines))
        assert 0 <= cursor.x <= columns
        assert 0 <= cursor.y < lines


def test_who_only_looks_is_refused_before_a_letter_is_written(state: State) -> None:
    """Not when all of it has been typed."""
    state = state_of(state.model, is_read_only=True)
    letters = opened(state, "show-letters")
    assert press(state, letters, "c") == press(state, letters, "r") == [ONLY_LOOKS]
    letter = press(state, letters, "<Enter>")[0].mode
    letter.message = state.model.messages[letter.message_id]
    assert list(letter.command("reply", [])) == [ONLY_LOOKS]
    assert list(run(state, ["write-letter", "ann", "hi"])) == [ONLY_LOOKS]
