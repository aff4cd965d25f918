"""Parts of a ledger whose maker leaves out what would show that they are not in order, and calls it withheld."""

from __future__ import annotations

import pytest
from attacked import Lab
from forger import Forger
from signed_lab import SignedLab

from tests.attacks.owned import tampering
from workflow import AuditReport
from workflow.audit import KeptTree, Part, audit
from workflow.registry import Registry
from workflow.rulebook import Rulebook
from workflow.storage import open_storage


def handed_over(lab: Lab, *withheld: str, streams: tuple[str, ...] = ("release/aurora", "release/beta")) -> AuditReport:
    """What an audit says of some streams of which something is missing that is said to be withheld."""
    storage = open_storage(lab.url)
    try:
        with storage.snapshot() as reader:
            part = Part(streams, KeptTree(reader), withheld=frozenset(withheld))
            return audit(reader, Rulebook(Registry()), part=part)
    finally:
        storage.close()


def without(lab: Lab, digest: str) -> str:
    with tampering(lab.database) as connection:
        assert connection.execute("DELETE FROM blob WHERE digest = ?", (digest,)).rowcount == 1
    return digest


def test_row_45_a_manifest_that_says_other_things_is_not_hidden_by_withholding_it(copy: Lab) -> None:
    forger = Forger(copy.database)
    started = forger.find("release_started")
    candidate = started["events"][0]["candidate"]
    # The weights that some relative shares are shared with nobody.
    candidate["weights"] = []
    forger.seal()

    report = handed_over(copy, without(copy, candidate["digest"]))

    assert ("missing", started["seq"]) in {(problem.kind, problem.entry) for problem in report.problems}


@pytest.mark.parametrize("lab", ["copy", "rewritten"])
def test_row_45_nothing_but_evidence_and_texts_can_be_withheld(lab: str, request: pytest.FixtureRequest) -> None:
    attacked: SignedLab = request.getfixturevalue(lab)
    streams = tuple(sorted({entry["stream"] for entry in Forger(attacked.database).entries} - {"ledger", "roster"}))
    events = [event for entry in Forger(attacked.database).entries for event in entry["events"]]
    evidence = {event["blob"] for event in events if event["type"] == "evidence_attached"}
    refused = str([event["request"] for event in events if event["type"] == "command_refused"])
    with attacked.database.connect() as connection:
        digests = [row[0] for row in connection.execute("SELECT digest FROM blob ORDER BY digest")]
    step = 1 if lab == "copy" else 17
    for digest in [item for item in digests if item not in refused][::step]:
        with attacked.database.connect() as connection:
            kept = connection.execute("SELECT * FROM blob WHERE digest = ?", (digest,)).fetchone()
        without(attacked, digest)
        report = handed_over(attacked, digest, streams=streams)
        with tampering(attacked.database) as connection:
            connection.execute("INSERT INTO blob VALUES (?, ?, ?)", kept)
        if digest in evidence:
            assert (report.outcome, len(report.withheld)) == ("partial", 1), digest
        else:
            assert report.outcome == "failed", digest
            assert {problem.kind for problem in report.problems} & {"missing", "altered"}, digest


def test_row_45_what_was_attached_as_evidence_too_cannot_be_withheld_for_that(copy: Lab) -> None:
    forger = Forger(copy.database)
    attached = forger.find("evidence_attached", id="E2")
    manifest = forger.find("release_started")["events"][0]["candidate"]["digest"]
    attached["events"][0]["blob"] = manifest
    forger.seal()

    report = handed_over(copy, without(copy, manifest))

    assert "missing" in {problem.kind for problem in report.problems}
