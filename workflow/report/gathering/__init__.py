"""Gathers a report from a reader of a ledger, whatever is behind it: a database, or a file that was exported of one."""

from __future__ import annotations

from datetime import datetime

from workflow.process import Exposure
from workflow.report.gathering import course, decisions, dissent, gates, measured, pressure, standing, summary
from workflow.report.gathering.scene import scene_of
from workflow.report.views import Proof, Report
from workflow.rulebook import Rulebook
from workflow.storage.base import Reader
from workflow.views import AuditReport


def gather(
    reader: Reader,
    rulebook: Rulebook,
    release: str,
    *,
    at: datetime,
    audit: AuditReport | None,
    source: str,
    version: str,
) -> Report:
    """Everything that a report says of a release.

    Args:
        reader: the ledger.
        rulebook: runs the rules that say where the release stands now. What gates said is taken as it was recorded.
        release: by name.
        at: the clock's reading.
        audit: what was checked of the ledger, and what was found; None where nothing was.
        source: what was read, in words.
        version: of Holdfast.

    Raises:
        NotFound: there is no release of that name.
        LedgerError: an entry that the report rests on is damaged.
    """
    scene = scene_of(reader, rulebook, release, at)
    moves = course.moves(scene)
    processes = course.processes(scene, moves)
    attempts = gates.gates(scene)
    decided = decisions.sign_offs(scene, attempts)
    refused = dissent.dissent(scene)
    contested = dissent.against(scene, scene.recorded.exposed)
    aside, gone, judged = standing.set_aside(scene), standing.erased(scene), measured.measurements(scene)
    changes = pressure.roster_changes(scene, moves)
    head = reader.head().frontier
    return Report(
        release=release,
        made_at=scene.at,
        made_by=version,
        summary=summary.held_to(summary.summary(scene, moves, contested), audit),
        exceptions=summary.exceptions(scene, aside, gone, refused, judged),
        signers=decisions.signers(attempts, moves, decided),
        status=scene.status,
        candidates=course.candidates(scene),
        processes=processes,
        moves=moves,
        stays=course.stays(scene),
        gates=attempts,
        refusals=gates.refusals(scene),
        sign_offs=decided,
        keys=decisions.keys(scene),
        against=dissent.against(scene, Exposure.WEIGHTS),
        dissent=refused,
        holds=standing.holds(scene),
        requirements=standing.requirements(scene),
        measurements=judged,
        opinions=standing.opinions(scene),
        set_aside=aside,
        pressure=pressure.pressure(scene, attempts, moves, decided, processes, changes),
        roster_changes=changes,
        erased=gone,
        lines=gates.lines(scene),
        proof=Proof(
            origin=scene.world.origin,
            entries=head.size,
            root=head.root().hex(),
            stream_entries=len(scene.line.read),
            source=source,
            audit=audit,
        ),
    )
