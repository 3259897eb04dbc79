"""The actor kernel: supervised actors on trio.

It knows nothing of panes, agents or messages, and imports nothing of this package but
its errors. `docs/reference/semantics.md` is its contract. Enter at `open_kernel`.
"""

from __future__ import annotations

from fugue_actors.errors import (
    ActorCrashed,
    ActorGone,
    ActorRestarting,
    AskTimeout,
    FugueError,
    KernelBug,
    MailboxFull,
    Refused,
    Unavailable,
)
from fugue_actors.kernel.actor import Actor
from fugue_actors.kernel.deadletters import DeadLetter, DeadLetters
from fugue_actors.kernel.dynamic import DynamicSupervisor, dynamic_supervisor
from fugue_actors.kernel.envelope import Envelope
from fugue_actors.kernel.exits import (
    Crashed,
    Exit,
    Killed,
    Normal,
    Stopped,
    leaves,
)
from fugue_actors.kernel.faults import (
    AlreadyStarted,
    AskCycle,
    NoSuchActor,
    NoSuchChild,
    SpecError,
    StartAborted,
    StartTimeout,
)
from fugue_actors.kernel.fixed import Supervisor, supervisor
from fugue_actors.kernel.mailbox import Mailbox, MailboxStatistics
from fugue_actors.kernel.observe import (
    ActorInfo,
    KernelSnapshot,
    LoopWatcher,
    render,
    watch_loop,
)
from fugue_actors.kernel.ref import Ref
from fugue_actors.kernel.registry import Registry
from fugue_actors.kernel.reply import Reply, Request
from fugue_actors.kernel.reports import ExitReport, RefusedReport, Report
from fugue_actors.kernel.shielding import cleanup
from fugue_actors.kernel.signals import obey_signals
from fugue_actors.kernel.spec import (
    AutoShutdown,
    Backoff,
    ChildSpec,
    Intensity,
    MailboxSpec,
    Overflow,
    Restart,
    Strategy,
)
from fugue_actors.kernel.supervision import (
    ChildInfo,
    list_children,
    restart_child,
    start_child,
    stop_child,
)
from fugue_actors.kernel.timers import Timer
from fugue_actors.kernel.tree import Kernel, open_kernel
from fugue_actors.kernel.watches import Down, Watch

__all__ = [
    "Actor",
    "ActorCrashed",
    "ActorGone",
    "ActorInfo",
    "ActorRestarting",
    "AlreadyStarted",
    "AskCycle",
    "AskTimeout",
    "AutoShutdown",
    "Backoff",
    "ChildInfo",
    "ChildSpec",
    "Crashed",
    "DeadLetter",
    "DeadLetters",
    "Down",
    "DynamicSupervisor",
    "Envelope",
    "Exit",
    "ExitReport",
    "FugueError",
    "Intensity",
    "Kernel",
    "KernelBug",
    "KernelSnapshot",
    "Killed",
    "LoopWatcher",
    "Mailbox",
    "MailboxFull",
    "MailboxSpec",
    "MailboxStatistics",
    "NoSuchActor",
    "NoSuchChild",
    "Normal",
    "Overflow",
    "Ref",
    "Refused",
    "RefusedReport",
    "Registry",
    "Reply",
    "Report",
    "Request",
    "Restart",
    "SpecError",
    "StartAborted",
    "StartTimeout",
    "Stopped",
    "Strategy",
    "Supervisor",
    "Timer",
    "Unavailable",
    "Watch",
    "cleanup",
    "dynamic_supervisor",
    "leaves",
    "list_children",
    "obey_signals",
    "open_kernel",
    "render",
    "restart_child",
    "start_child",
    "stop_child",
    "supervisor",
    "watch_loop",
]
