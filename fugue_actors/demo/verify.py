"""Whether what the demo promises truly happened. PURE.

Three witnesses are compared, none of which can know what another says: the daemon's
ledger of messages, the reports the agents left behind, and what stands on the screens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from fugue_actors.demo import cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Message = dict[str, Any]

# Whoever answers a message has proved that it got it.
RECEIVED = ("consumed", "answered")


@attrs.frozen(kw_only=True)
class Evidence:
    """What was found when the agents had finished.

    Attributes:
        created: Session ids by name, as they were given out.
        sessions: The daemon's list of sessions, by name.
        messages: The daemon's ledger, oldest first.
        reports: What each agent left behind, by name.
        screens: What each pane shows, by name.
        trees: Directories of the worktrees, by name.
        is_kept: The agents were told to stay.
    """

    created: dict[str, str]
    sessions: dict[str, dict[str, Any]]
    messages: list[Message]
    reports: dict[str, dict[str, Any]]
    screens: dict[str, list[str]]
    trees: dict[str, str]
    is_kept: bool = False


@attrs.frozen(kw_only=True)
class Step:
    """One promise, and what shows that it was kept or not."""

    step: str
    ok: bool
    evidence: str


class MissingError(Exception):
    """Something that should have happened did not; the text says what."""


def all_steps(found: Evidence) -> list[Step]:
    """Judge every step of the story."""
    return [judge(title, check, found) for title, check in CHECKS.items()]


def judge(title: str, check: Callable[[Evidence], str], found: Evidence) -> Step:
    """One step: its check gives the evidence, or says what is missing."""
    try:
        return Step(step=title, ok=True, evidence=check(found))
    except MissingError as missing:
        return Step(step=title, ok=False, evidence=str(missing))
    except (KeyError, TypeError, ValueError) as error:
        # A witness that says less than it should is no witness.
        return Step(step=title, ok=False, evidence=f"nothing about {error}")


def need(condition: object, otherwise: str) -> None:
    """Go on only if this is so."""
    if not condition:
        raise MissingError(otherwise)


def names(parts: Iterable[cast.Part] = cast.WORKERS) -> set[str]:
    """Session names of some parts."""
    return {part.name for part in parts}


def sent(found: Evidence, sender: str, kind: str, **fields: Any) -> list[Message]:
    """The ledger's messages of one sender and type, with these fields."""
    return [
        message
        for message in found.messages
        if message["from"]["session_name"] == sender
        and message["type"] == kind
        and all(message.get(key) == value for key, value in fields.items())
    ]


def the_one(messages: list[Message], what: str) -> Message:
    """The only message of these."""
    need(len(messages) == 1, f"{len(messages)} messages instead of one: {what}")
    return messages[0]


def consumed_by(message: Message, expected: set[str]) -> str:
    """Make sure that exactly these got it and proved that they did."""
    states = {one["session_name"]: one["state"] for one in message["recipients"]}
    need(
        set(states) == expected,
        f"{message['type']} went to {listed(states)}, not to {listed(expected)}",
    )
    pending = {name: state for name, state in states.items() if state not in RECEIVED}
    need(not pending, f"{message['type']} was not consumed: {pending}")
    return f"{message['type']} consumed by {listed(states)}"


def answered_by(message: Message, expected: set[str]) -> str:
    """Make sure that exactly these got it and answered it."""
    consumed_by(message, expected)
    states = {one["session_name"]: one["state"] for one in message["recipients"]}
    silent = {name: state for name, state in states.items() if state != "answered"}
    need(not silent, f"{message['type']} was not answered: {silent}")
    return f"{message['type']} answered by {listed(states)}"


def listed(words: Iterable[str]) -> str:
    """Words in a fixed order."""
    return ", ".join(sorted(words)) or "nobody"


def programs_in_panes(found: Evidence) -> str:
    """Each session has one pane with a program of its own."""
    pids = set()
    for name in sorted(names(cast.PARTS)):
        [pane] = found.sessions[name]["panes"]
        state = "running" if found.is_kept else "exited"
        ended = pane["exit"]
        if ended is not None and ended["code"] != 0:
            last = found.screens[name][-1:]
            raise MissingError(f"{name} ended with {ended}; its last words: {last}")
        need(pane["state"] == state, f"{name}'s pane is {pane['state']}")
        pids.add(pane["pid"])
    need(len(pids) == len(cast.PARTS), f"they share processes: {pids}")
    end = "still running" if found.is_kept else "all exited with 0"
    return f"processes {listed(map(str, pids))}, {end}"


def identities(found: Evidence) -> str:
    """Each agent was told the id its session was created with, by attestation."""
    for name in sorted(names(cast.PARTS)):
        session_id = found.created[name]
        me = found.reports[name]["whoami"]
        need(me["session_id"] == session_id, f"{name} was told it is {me}")
        need(me["attested"] == "process", f"{name} is attested as {me['attested']}")
    return f"{listed(found.created)}, each attested by its process"


def screens(found: Evidence) -> str:
    """Each program wrote to its own terminal."""
    for name in sorted(names(cast.PARTS)):
        lines = found.screens[name]
        want = f"I am {name}, attested: process"
        need(want in lines, f"{name}'s screen lacks {want!r}")
        need("done" in lines, f"{name}'s screen lacks 'done'")
    return f"{sum(map(len, found.screens.values()))} lines on four screens"


def tags(found: Evidence) -> str:
    """Tags that an agent gave itself are seen by itself and by the daemon."""
    for part in cast.PARTS:
        want = sorted(part.tags)
        own = sorted(found.reports[part.name]["tags"])
        listing = sorted(found.sessions[part.name]["tags"])
        need(own == listing == want, f"{part.name}: {own} and {listing}, not {want}")
    return "; ".join(f"{part.name}: {', '.join(part.tags)}" for part in cast.PARTS)


def tasks(found: Evidence) -> str:
    """Each task, sent to a tag, reached the one session with that tag."""
    for worker in cast.WORKERS:
        target = {"tag": worker.skill}
        message = the_one(
            sent(found, cast.LEAD, "task_assignment", target=target),
            f"the task for tag {worker.skill}",
        )
        consumed_by(message, {worker.name})
        task, file = message["payload"]["task_id"], worker.file
        need(found.reports[cast.LEAD]["tasks"][task] == file, f"{task} is not {file}")
    return ", ".join(f"tag:{one.skill} reached {one.name}" for one in cast.WORKERS)


def statuses(found: Evidence) -> str:
    """Each worker reported that it works, and in the end that it is through."""
    for worker in cast.WORKERS:
        reported = [
            message
            for message in sent(found, worker.name, "status_update")
            if message["target"] == {"orchestrator": True}
        ]
        told = [message["payload"]["status"] for message in reported]
        need(told == ["working", "complete"], f"{worker.name} reported {told}")
        for message in reported:
            consumed_by(message, {cast.LEAD})
        said = found.sessions[worker.name]["status"]["status"]
        need(said == "complete", f"{worker.name} is listed as {said}")
    return f"working, then complete, from {listed(names())}"


def help_given(found: Evidence) -> str:
    """Who asked for help got an answer to that very question."""
    for worker in cast.WORKERS:
        if worker.asks is None:
            continue
        question = the_one(
            sent(found, worker.name, "help_request", payload={"context": worker.asks}),
            f"{worker.name}'s question",
        )
        answered_by(question, {cast.LEAD})
        answer = the_one(
            sent(found, cast.LEAD, "help_response", in_reply_to=question["id"]),
            f"the answer to {worker.name}",
        )
        consumed_by(answer, {worker.name})
        need(answer["payload"] == {"text": cast.HELP_ANSWER}, "another answer")
    return f"asked and answered: {cast.HELP_ANSWER}"


def hint_passed(found: Evidence) -> str:
    """One worker told another something, without the orchestrator."""
    for worker in cast.WORKERS:
        if worker.tells is not None:
            target = {"session": worker.tells}
            message = the_one(
                sent(found, worker.name, "note", target=target), "the hint"
            )
            consumed_by(message, {worker.tells})
    return f"told by name: {cast.HINT}"


def broadcast(found: Evidence) -> str:
    """The announcement reached everybody in the repository but its sender."""
    message = the_one(sent(found, cast.LEAD, "broadcast"), "the broadcast")
    return consumed_by(message, names())


def worktree(found: Evidence) -> str:
    """A message to a worktree reached those who work there, and nobody else."""
    notes = [
        message
        for message in sent(found, cast.LEAD, "note")
        if "worktree" in message["target"]
    ]
    message = the_one(notes, "the message to a worktree")
    tree = found.trees[cast.WORKERS[0].tree or ""]
    need(message["target"]["worktree"] == tree, f"it went to {message['target']}")
    return consumed_by(message, set(cast.NEIGHBOURS))


def sync(found: Evidence) -> str:
    """Every worker answered the sync request."""
    question = the_one(sent(found, cast.LEAD, "sync_request"), "the sync request")
    answered_by(question, names())
    for name in names():
        answer = the_one(
            sent(found, name, "status_update", in_reply_to=question["id"]),
            f"{name}'s answer",
        )
        consumed_by(answer, {cast.LEAD})
    return f"asked once, answered by {listed(names())}"


def completions(found: Evidence) -> str:
    """Each result answers the task it was given and says what is true of the file."""
    results = []
    for worker in cast.WORKERS:
        task = the_one(
            sent(found, cast.LEAD, "task_assignment", target={"tag": worker.skill}),
            f"{worker.name}'s task",
        )
        message = the_one(sent(found, worker.name, "task_complete"), "one result")
        consumed_by(message, {cast.LEAD})
        payload = message["payload"]
        same = payload["task_id"] == task["payload"]["task_id"]
        need(same and payload["success"], f"{worker.name}'s result is {payload}")
        truth = cast.summary(worker.file, cast.FILES[worker.file])
        need(payload["summary"] == truth, f"{payload['summary']!r} is not {truth!r}")
        results.append(truth)
    return "; ".join(results)


def ledger_agrees(found: Evidence) -> str:
    """Each agent received exactly what the ledger says it did, once and in order."""
    total = 0
    for name in sorted(names(cast.PARTS)):
        report = found.reports[name]
        booked = [
            message["id"]
            for message in found.messages
            if any(
                one["session_name"] == name and one["state"] in RECEIVED
                for one in message["recipients"]
            )
        ]
        got = report["received"]
        need(got == booked, f"{name} got {len(got)} messages, the ledger {len(booked)}")
        total += len(got)
    pending = [
        message["id"]
        for message in found.messages
        if any(one["state"] not in RECEIVED for one in message["recipients"])
    ]
    need(not pending, f"{len(pending)} messages are not consumed")
    return f"{len(found.messages)} messages, {total} deliveries, all proven"


CHECKS: dict[str, Callable[[Evidence], str]] = {
    "four programs ran in panes of their own": programs_in_panes,
    "each found out who it is": identities,
    "each wrote to its own screen": screens,
    "each tagged itself": tags,
    "tasks were assigned by tag": tasks,
    "workers reported their status": statuses,
    "a worker asked for help and received it": help_given,
    "a worker told another by name": hint_passed,
    "a broadcast reached the repository": broadcast,
    "a worktree was addressed": worktree,
    "a sync request was answered by all": sync,
    "every task was completed": completions,
    "agents received what the ledger says": ledger_agrees,
}
