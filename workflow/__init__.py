"""Holdfast: a staged-release workflow engine for AI models.

Nothing leaves until everyone who must has signed, for these exact bytes, and the history of how it came to leave can be
checked by anyone.

    import workflow

    with workflow.open_engine("sqlite:///holdfast.db") as engine:
        answer = engine.explain("aurora-7b", "release", actor="lee")
        for verdict in answer.blockers:
            print(verdict.policy, [reason.text for reason in verdict.reasons])
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflow.api.base import StrPath, make
from workflow.checkpoints import Log, Vouched, Witness, WitnessRequest, vouch
from workflow.checkpoints.log import When, check_when
from workflow.clock import Clock, SystemClock
from workflow.commands import RATIONALE
from workflow.engine import Engine
from workflow.errors import (
    ChainBroken,
    CheckpointMissing,
    ConcurrentUpdate,
    DefinitionError,
    ExposureUnknown,
    GateDenied,
    HistoryForked,
    InvalidInput,
    InvalidTransition,
    LedgerError,
    LogUnusable,
    NotFound,
    OutcomeUnknown,
    PolicyErrored,
    Problem,
    ProtectionMissing,
    PublishingFailed,
    Refused,
    SchemaOutdated,
    SignatureInvalid,
    SignOffRejected,
    StorageError,
    WitnessConflict,
    WorkflowError,
)
from workflow.events import LedgerCreated
from workflow.facts import CharteredProcess
from workflow.ledger import is_word
from workflow.observe import Looker, Observer
from workflow.outcome import Outcome
from workflow.pipeline import Pipeline
from workflow.policy import Policy, Reason, Verdict
from workflow.process import Exposure, Process
from workflow.proof import Signer
from workflow.publishing import PlanFile, Publisher
from workflow.registry import Registry, shipped
from workflow.rulebook import Rulebook
from workflow.signing import SshKeygen
from workflow.storage import MovedAway, look_at_storage, open_storage
from workflow.texts import check_text
from workflow.views import (
    Assumptions,
    AuditProblem,
    AuditReport,
    CheckpointView,
    ConditionView,
    ConsistencyProof,
    CopyView,
    DatabaseView,
    Explanation,
    HistoryItem,
    HistoryPage,
    InboxItem,
    InclusionProof,
    Page,
    ReleasedView,
    ReleaseLine,
    SignedEntry,
    Status,
)

if TYPE_CHECKING:
    from workflow.deployed import verify_deployed
    from workflow.exchange import ActRequest, Reply, Request, read_request
    from workflow.inquiry.packed import PackQuestions, open_pack
    from workflow.pack import PackReader, verify_pack
    from workflow.possession import Possession, possess
    from workflow.rehearsal import Applied, Rehearsal
    from workflow.roster_views import RosterView
    from workflow.views.deployed import DeployedReport
    from workflow.views.inquiry import Coverage, ExceptionView, LedgerDiff, ReleaseSlips, Waiting, WhoCould
    from workflow.views.packs import LinesView, PackReport, PackView

__all__ = [
    "ActRequest",
    "Applied",
    "Assumptions",
    "AuditProblem",
    "AuditReport",
    "ChainBroken",
    "CheckpointMissing",
    "CheckpointView",
    "Clock",
    "ConcurrentUpdate",
    "ConsistencyProof",
    "CopyView",
    "Coverage",
    "DatabaseView",
    "DefinitionError",
    "DeployedReport",
    "Engine",
    "ExceptionView",
    "Explanation",
    "Exposure",
    "ExposureUnknown",
    "GateDenied",
    "HistoryForked",
    "HistoryItem",
    "HistoryPage",
    "InboxItem",
    "InclusionProof",
    "InvalidInput",
    "InvalidTransition",
    "LedgerDiff",
    "LedgerError",
    "LinesView",
    "LogUnusable",
    "NotFound",
    "Outcome",
    "OutcomeUnknown",
    "PackQuestions",
    "PackReader",
    "PackReport",
    "PackView",
    "Page",
    "PlanFile",
    "Policy",
    "PolicyErrored",
    "Possession",
    "Problem",
    "Process",
    "ProtectionMissing",
    "Publisher",
    "PublishingFailed",
    "Reason",
    "Refused",
    "Rehearsal",
    "ReleaseLine",
    "ReleaseSlips",
    "ReleasedView",
    "Reply",
    "Request",
    "RosterView",
    "SchemaOutdated",
    "SignOffRejected",
    "SignatureInvalid",
    "SignedEntry",
    "Signer",
    "SshKeygen",
    "Status",
    "StorageError",
    "Verdict",
    "Vouched",
    "Waiting",
    "WhoCould",
    "Witness",
    "WitnessConflict",
    "WitnessRequest",
    "WorkflowError",
    "check_database",
    "copy_ledger",
    "create_ledger",
    "open_engine",
    "open_pack",
    "possess",
    "read_request",
    "verify_deployed",
    "verify_pack",
    "vouch",
]


_LATER: Mapping[str, str] = {
    "ActRequest": "workflow.exchange",
    "Applied": "workflow.rehearsal",
    "Coverage": "workflow.views.inquiry",
    "DeployedReport": "workflow.views.deployed",
    "ExceptionView": "workflow.views.inquiry",
    "LedgerDiff": "workflow.views.inquiry",
    "LinesView": "workflow.views.packs",
    "PackQuestions": "workflow.inquiry.packed",
    "PackReader": "workflow.pack",
    "PackReport": "workflow.views.packs",
    "PackView": "workflow.views.packs",
    "Possession": "workflow.possession",
    "Rehearsal": "workflow.rehearsal",
    "ReleaseSlips": "workflow.views.inquiry",
    "Reply": "workflow.exchange",
    "Request": "workflow.exchange",
    "RosterView": "workflow.roster_views",
    "Waiting": "workflow.views.inquiry",
    "WhoCould": "workflow.views.inquiry",
    "open_pack": "workflow.inquiry.packed",
    "possess": "workflow.possession",
    "read_request": "workflow.exchange",
    "verify_deployed": "workflow.deployed",
    "verify_pack": "workflow.pack",
}
"""What few need, and where it stands: it is imported when it is asked for, so that nobody else waits for it."""

if not TYPE_CHECKING:  # to a type checker, a module with this function would have every name there is

    def __getattr__(name: str) -> Any:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_LATER[name]), name)
        return found


def __dir__() -> list[str]:
    """What is public, and nothing of what it is made of."""
    return list(__all__)


def open_engine(
    url: str,
    *,
    policies: Sequence[str] = (),
    observers: Mapping[str, Looker] | None = None,
    clock: Clock | None = None,
    pinned: Mapping[int, str] | None = None,
    publishers: Mapping[str, Publisher] | None = None,
    log_key: StrPath | None = None,
    log_heads: StrPath | None = None,
    checkpoints: When = "asked",
) -> Engine:
    """Opens the ledger at an address such as ``sqlite:///holdfast.db``.

    It reads no ``holdfast.toml``: what stands there for the command line (pins, the log's key, checkpoints, policies)
    holds here only where it is said here.

    Args:
        url: where the ledger is.
        policies: the user's own policies that may be imported, as ``module:Class``.
        observers: how to look at what those policies need, by the kind of the need.
        clock: where the time comes from; by default the database server's, or the machine's own where there is none.
        pinned: the hashes that entries must have, by their number: that of the genesis, which is entry 1, and of those
            by which the administrators' keys were recorded (:meth:`Engine.anchors` tells them).
        publishers: publishers of the user's own, by the names that processes call them by, such as ``acme:hub``.
        log_key: the file of the ledger's own key, which checkpoints are signed with. It is read when one is made.
        log_heads: the directory that remembers which were given out; by default ``heads`` beside the key.
        checkpoints: ``always`` makes one after every change too; where that fails, the change stands all the same
            (:class:`CheckpointMissing`). It needs a ``log_key``.

    No ``holdfast.toml`` is read: what stands there holds for the command line alone, and has to be handed in here.

    Raises:
        InvalidInput: ``checkpoints`` is no such word, or ``always`` without a key.
        ChainBroken: an entry is not the one that is pinned.
        NotFound: there is no ledger there.
        SchemaOutdated: another version of Holdfast made it.
        StorageError: what is there is something else, or cannot be used.
    """
    check_when(checkpoints, log_key)
    log = None if log_key is None else Log(Path(log_key), Path(log_heads) if log_heads else None, checkpoints)
    engine = _engine(url, policies, observers, clock, publishers, create=False, log=log)
    try:
        engine.check_pins(pinned or {})
    except BaseException:
        engine.close()
        raise
    return engine


def create_ledger(
    url: str,
    *,
    administrators: Sequence[str],
    rationale: str,
    actor: str | None = None,
    threshold: int = 1,
    origin: str | None = None,
    policies: Sequence[str] = (),
    observers: Mapping[str, Looker] | None = None,
    clock: Clock | None = None,
    publishers: Mapping[str, Publisher] | None = None,
) -> Engine:
    """Makes a ledger and writes its first entry: who administers it, and the charter of the ready-made processes.

    Args:
        url: where it is to be.
        administrators: by handle; they change the roster and the charter.
        rationale: why this ledger is made.
        actor: who makes it; by default the first administrator.
        threshold: how many administrators a change takes.
        origin: what the ledger calls itself in everything that is signed; by default a random name of its own.
        policies: as for :func:`open_engine`.
        observers: as for :func:`open_engine`.
        clock: as for :func:`open_engine`.
        publishers: as for :func:`open_engine`.

    Appends: ``LedgerCreated``.

    Raises:
        InvalidInput: there is a ledger already, or the administrators cannot reach the threshold.
    """
    named = tuple(dict.fromkeys(administrators))
    if not 1 <= threshold <= len(named):
        raise InvalidInput(
            f"a threshold of {threshold} cannot be reached by {len(named)} administrators",
            remedy="name at least as many administrators",
        )
    from workflow.definition import load_process  # slow to import, and to open a ledger does not need it

    processes = [load_process(path, Registry()) for path in shipped().values()]
    charter = tuple(
        CharteredProcess(process=item.digest, name=item.name, exposure=item.highest_exposure) for item in processes
    )
    genesis = make(
        LedgerCreated, nonce=secrets.token_hex(16), administrators=named, threshold=threshold, charter=charter
    )
    chosen = origin or f"holdfast.local/{secrets.token_hex(8)}"
    # What cannot be recorded is found before there is a database.
    check_text(RATIONALE, rationale)
    if not is_word(chosen):
        raise InvalidInput(
            f"a ledger is not called {chosen[:80]!r}",
            remedy="an origin has 1 to 255 printable ASCII characters, no blanks",
        )
    engine = _engine(url, policies, observers, clock, publishers, create=True)
    try:
        engine.begin(
            genesis,
            actor=actor or named[0],
            origin=chosen,
            rationale=rationale,
            blobs=[item.canonical for item in processes],
        )
    except BaseException:
        engine.close()
        raise
    return engine


def check_database(url: str) -> DatabaseView:
    """Looks at the database of a ledger as an operator does: quickly, and at what stands around it too.

    That is whether it can be reached, its schema, its protection, its tables and keys, whether the end that is kept is
    the last entry's, what becomes of a commit when the machine stops, and what the user or role may do. It reads no
    entry but the last: whether all of them are in order, :meth:`Engine.audit` says.

    Raises:
        NotFound: there is no ledger there.
        SchemaOutdated: a newer Holdfast made it.
        StorageError: it cannot be reached, or is something else.
    """
    seen = tuple(ConditionView.model_validate(asdict(item)) for item in look_at_storage(url))
    wrong = [item for item in seen if item.state == "not"]
    damaged = any(item.damage for item in wrong)
    return DatabaseView(outcome="damaged" if damaged else "failed" if wrong else "ok", conditions=seen)


def copy_ledger(
    source: str,
    target: str,
    *,
    retire: bool = False,
    retired: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> CopyView:
    """Copies a ledger into an empty database, byte for byte, from SQLite to PostgreSQL or the other way or to the same.

    Every byte is checked against its hash while it is read, what is derived from the entries is made anew, and all of
    the copy is read again and compared before it is committed: it is whole, or nothing of it is there.

    Two copies that are both written to are two histories, and only one of them can be the ledger. So either have the
    source retired, or see to it that nobody writes to the copy, or to the source, ever again.

    Args:
        source: the address of the ledger.
        target: the address that it is to be copied to: of an empty database, or one that is not there yet.
        retire: whether the source is closed for good in the moment in which the copy is whole: nobody can append to it
            or open it any more. The same call again, where the copy is there already, does just that.
        retired: copies a source that was retired, because what it was moved to is lost.
        progress: is told how many entries are done, of how many.

    Raises:
        InvalidInput: the target holds another ledger, or is the source.
        NotFound: there is no ledger at the source.
        ConcurrentUpdate: others wrote to the source meanwhile. Nothing of the copy is kept.
        LedgerError: the source is damaged, or lacks its protection. Nothing of the copy is kept.
        StorageError: one of the two cannot be used.
    """
    from workflow.copying import copy, moved_before

    if source == target:
        raise InvalidInput("a ledger is copied to another database than its own", remedy="name a new one")
    try:
        storage = open_storage(source, retired_is_fine=retired)
    except MovedAway as moved:
        if not retire:
            raise
        with closing(open_storage(source, retired_is_fine=True)) as old:
            return moved_before(old, partial(open_storage, target), moved, progress=progress)
    with closing(storage):
        opened = partial(open_storage, target, create=True)
        return copy(storage, opened, retire=retire, retired=retired, progress=progress)


def _engine(
    url: str,
    policies: Sequence[str],
    observers: Mapping[str, Looker] | None,
    clock: Clock | None,
    publishers: Mapping[str, Publisher] | None,
    *,
    create: bool,
    log: Log | None = None,
) -> Engine:
    storage = open_storage(url, create=create)
    chosen = clock or storage.clock() or SystemClock()
    return Engine(
        Pipeline(storage, Rulebook(Registry(policies)), chosen, Observer(chosen, observers or {}, publishers)), log=log
    )
