"""Verifies a pack: everything that can be told from it, by whom it is vouched for, and what was not looked at."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from os import PathLike

from workflow.audit import Part, Remembered, audit
from workflow.audit.report import NOT_REMEMBERED
from workflow.checkpoints import NamedKey
from workflow.errors import LedgerError, WorkflowError
from workflow.folding import Folder
from workflow.pack.anchors import Anchors, named_by_itself, vouched
from workflow.pack.beside import strays, unknown_parents
from workflow.pack.reach import reach
from workflow.pack.reading import PackReader
from workflow.pins import Pins, broken_pins, checked_pins
from workflow.registry import Registry
from workflow.rulebook import Rulebook
from workflow.views import AuditProblem, AuditReport
from workflow.views.deployed import VoucherView
from workflow.views.packs import AnchorView, PackReport

NOBODY = (
    "which ledger this is: nobody vouches for it here. Name a key of the ledger, a witness, a pin or a checkpoint that "
    "you have from elsewhere"
)

ONLY_PINS = (
    "what does not follow from the pinned entries: a pin stands for its entry, and for those before it in its stream"
)

GOES_ON = (
    "which ledger this is: the pinned entries are in it, and anybody can go on from them by themselves. Pin the "
    "genesis and the entries of the administrators' keys, or the last entry of the release"
)

MADE = "when and by which version the pack was made: that is what its maker says"

_OF_BYTES = frozenset({"altered", "missing", "out-of-place", "tree", "unreadable"})


def verify_pack(
    path: str | PathLike[str],
    *,
    log_keys: Sequence[str] = (),
    witnesses: Sequence[str] = (),
    pinned: Mapping[int, str] | None = None,
    checkpoints: Sequence[bytes] = (),
    remembered: tuple[int, str] | None = None,
    policies: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> PackReport:
    """Verifies a pack, without any ledger: its bytes, proofs, signatures, texts and files, and every decision again.

    Its ``outcome`` is ``ok`` only where somebody vouches for its being of that ledger: anybody can make up another.

    Args:
        path: where it is.
        log_keys: the ledger's own keys, as verifier keys (vkeys); the checkpoint must be signed by one of them.
        witnesses: verifier keys of witnesses who must have cosigned it.
        pinned: the hashes that entries must have, by their number.
        checkpoints: signed notes that were kept: the pack's tree must continue theirs.
        remembered: a size of the ledger and the root that it had then, kept elsewhere.
        policies: the user's own policies that may be imported, as ``module:Class``.
        progress: is told how many entries were checked, of how many.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no pack, or an anchor is none.
        LedgerError: it is so damaged that nothing can be said of its entries.
    """
    kept = Remembered(*remembered) if remembered is not None else None
    anchors = Anchors.of(log_keys, witnesses, checkpoints, checked_pins(pinned or {}), kept)
    found: list[AuditProblem] = []
    with PackReader.open(path, found.append) as pack:
        pack.check_blobs()
        found += strays(pack)
        views, signed_by = _vouched(pack, anchors, found)
        there = {seq: digest for seq, digest in anchors.pins.items() if pack.entry(seq) is not None}
        part = Part(pack.streams, pack, withheld=pack.withheld, heard=pack.heard)
        report = audit(pack, Rulebook(Registry(policies)), (), progress, None, there, part)
        named = {problem.entry for problem in found if problem.entry is not None}
        # What was found of an entry's bytes is not said once more in other words.
        found += [item for item in report.problems if item.entry not in named or item.kind not in _OF_BYTES]
        wrong = {broken.at for broken in broken_pins(pack, there)}
        return _report(pack, report, _held(views, anchors.pins, wrong), found, signed_by, anchors.pins)


def _vouched(
    pack: PackReader, anchors: Anchors, found: list[AuditProblem]
) -> tuple[tuple[AnchorView, ...], str | None]:
    """What the anchors say, and the key that the ledger itself names, where it signed the checkpoint."""
    views: list[AnchorView] = []
    signed_by = None
    try:
        named = _named(pack)
        views += vouched(pack, anchors, named)
        signed_by = named_by_itself(pack, named)
    except LedgerError as error:
        # What is wrong with the pack's own checkpoint is a problem, whoever holds which key.
        found.append(AuditProblem(kind="tree", message=error.message))
    found += [
        AuditProblem(kind="tree", message=f"{view.kind} {view.name}: {view.text}")
        for view in views
        if view.state == "failed"
    ]
    return tuple(views), signed_by


def _named(pack: PackReader) -> tuple[NamedKey, ...]:
    """The keys that the ledger names; none where its roster cannot be told, which the audit says."""
    try:
        return Folder().roster(pack).log_keys
    except WorkflowError:
        return ()


def _held(views: Sequence[AnchorView], pins: Pins, wrong: Collection[int]) -> tuple[AnchorView, ...]:
    """The anchors, with what became of the pinned entries that are not as they were pinned."""
    failed = {f"{seq}:{pins[seq]}" for seq in wrong}
    return tuple(
        view.model_copy(update={"state": "failed", "text": "the entry is another one; or that pin is another ledger's"})
        if view.kind == "pin" and view.name in failed
        else view
        for view in views
    )


def _reached(pack: PackReader, pinned: Collection[int]) -> tuple[VoucherView, ...]:
    """What the pinned entries stand for; nothing where that cannot be told, because of damage that the audit names."""
    try:
        return tuple(reach(pack, pinned))
    except WorkflowError:
        return ()


def _report(
    pack: PackReader,
    report: AuditReport,
    views: tuple[AnchorView, ...],
    found: Sequence[AuditProblem],
    signed_by: str | None,
    pins: Pins,
) -> PackReport:
    entries = [problem.entry for problem in found if problem.entry is not None]
    verified = {(view.kind, view.name) for view in views if view.state == "verified"}
    pinned = [seq for seq, digest in pins.items() if ("pin", f"{seq}:{digest}") in verified]
    reached = _reached(pack, pinned)
    seen = [view.size for view in views if view.state == "verified" and view.size is not None]
    sizes = [*seen, *(item.size for item in reached if item.size is not None)]
    vouches = bool(seen or reached)
    parents = tuple(unknown_parents(pack))
    undone = report.outcome == "incomplete" or parents or any(view.state == "not checked" for view in views)
    undone = undone or not vouches
    beyond = pack.size - max(sizes) if sizes else 0
    left_out = pack.contents.left_out
    return PackReport(
        outcome="failed" if found else "incomplete" if undone else "ok",
        pack=pack.view,
        audit=report,
        anchors=views,
        signed_by=signed_by,
        vouched=vouches,
        vouched_to=max(sizes) if sizes else None,
        problems=tuple(found),
        first_bad=min(entries) if entries else None,
        withheld=(
            *(f"the text {item.name} of entry {item.entry}" for item in left_out.texts),
            *(f"the evidence {item.blob[:12]} of entry {item.entry}" for item in left_out.evidence),
        ),
        not_checked=(
            *(f"{view.kind} {view.name}: {view.text}" for view in views if view.state == "not checked"),
            *(() if vouches else (GOES_ON if pinned else NOBODY,)),
            *((ONLY_PINS,) if vouches and not seen else ()),
            *((f"the last {beyond} entries of the tree: who vouches for it saw it before them",) if beyond else ()),
            *((f"whether anything was recorded after these {max(seen)} entries",) if seen else ()),
            MADE,
            *parents,
            *report.not_recomputed,
            *(line for line in report.not_covered if not (seen and line == NOT_REMEMBERED)),
        ),
    )
