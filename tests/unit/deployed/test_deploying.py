"""What decides whether a host may load files: a table of what is known, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from workflow import Exposure
from workflow.artifact import Manifest, ManifestFile, compare
from workflow.attestation import Attested
from workflow.deploying import Known, against, files_of, of_release, other_files, outcome_of
from workflow.views import AgainstView, ApprovalView, DecisionView, ReleasedView
from workflow.views.deployed import VoucherView

NOW = datetime(2026, 7, 10, 12, tzinfo=UTC)
LOG = VoucherView(kind="log key", name="lab.example", size=50)
PIN = VoucherView(kind="pin", name="the administrators' keys, entry 5")
OWN_PIN = VoucherView(kind="pin", name="entry 40", size=40)
HOLD = AgainstView(kind="hold", id="H1", release="aurora", entry=48, by="mara")
INCIDENT = AgainstView(kind="incident", id="other/R2", release="other", entry=49, by="jun")


def decided(entry: int = 40, *, key: str | None = None) -> DecisionView:
    at = NOW - timedelta(days=6)
    return DecisionView(
        entry=entry,
        hash=f"{entry:064x}",
        at=NOW - timedelta(days=5),
        by="lee",
        key=None,
        trigger="publish",
        source="review",
        dest="public",
        exposure=Exposure.WEIGHTS,
        process="a" * 64,
        process_label="guarded@1",
        approvals=(ApprovalView(person="mara", role="safety", entry=35, at=at, key=key),),
    )


def standing(**changes: Any) -> ReleasedView:
    facts: dict[str, Any] = {
        "origin": "lab.example",
        "release": "aurora",
        "label": "1.0",
        "candidate": "c" * 64,
        "process": "a" * 64,
        "process_label": "guarded@1",
        "asked": Exposure.HOSTED,
        "standing": "released",
        "stage": "public",
        "reached": Exposure.WEIGHTS,
        "decision": decided(),
        "ended": None,
        "ended_at": None,
        "ended_by": None,
        "against": (),
    }
    return ReleasedView(**{**facts, **changes})


WITHDRAWN = standing(standing="withdrawn", ended=45, ended_at=NOW, ended_by="lee", stage="withdrawn")
ATTESTED = Attested(standing(), size=60, root="b" * 64, at=NOW - timedelta(hours=1), key="lab.example")


@dataclass(frozen=True)
class Case:
    known: Known
    outcome: str
    codes: tuple[str, ...] = ()
    max_age: timedelta | None = None
    despite: frozenset[str] = field(default_factory=frozenset)
    asked: Exposure = Exposure.HOSTED


def known(found: ReleasedView | None = None, *vouched: VoucherView, attested: Attested | None = None) -> Known:
    entries = [(30, NOW - timedelta(days=9)), (40, NOW - timedelta(days=5))]
    return Known(found or standing(), entries, vouched or (LOG,), attested)


WEEK, DAY = timedelta(days=7), timedelta(days=1)
NOT_VOUCHED = replace(known(), vouched=())
LATE = VoucherView(kind="witness", name="w", size=39, at=NOW)
AHEAD = replace(known(), entries=[(40, NOW + timedelta(hours=1))])

CASES = {
    "released and vouched for": Case(known(), "ok"),
    "pins vouch for who signs, and all signed": Case(known(standing(decision=decided(key="SHA256:x")), PIN), "ok"),
    "pins vouch for who signs, and somebody claims": Case(known(None, PIN), "unknown", ("not-vouched",)),
    "a pin vouches for the release up to it": Case(known(None, OWN_PIN), "ok"),
    "a pin vouches for nothing after it": Case(
        known(standing(decision=decided(41)), OWN_PIN), "unknown", ("beyond-checkpoint",)
    ),
    "nobody vouches": Case(NOT_VOUCHED, "unknown", ("not-vouched",)),
    "decided after what is vouched for": Case(known(None, LATE), "unknown", ("beyond-checkpoint",)),
    "a pin makes up for that no more": Case(known(None, LATE, PIN), "unknown", ("beyond-checkpoint",)),
    "withdrawn": Case(known(WITHDRAWN), "no", ("withdrawn",)),
    "withdrawn, whoever vouches or not": Case(
        replace(NOT_VOUCHED, found=WITHDRAWN), "no", ("withdrawn", "not-vouched")
    ),
    "pulled back": Case(known(standing(standing="pulled_back")), "no", ("pulled-back",)),
    "refused": Case(known(standing(standing="refused", decision=None)), "no", ("refused",)),
    "never released": Case(known(standing(standing="not_released", decision=None)), "no", ("not-released",)),
    "a hold": Case(known(standing(against=(HOLD,))), "unknown", ("hold",)),
    "a hold that is accepted": Case(known(standing(against=(HOLD,))), "ok", despite=frozenset({"H1"})),
    "another hold than is accepted": Case(
        known(standing(against=(HOLD,))), "unknown", ("hold",), None, frozenset({"H2"})
    ),
    "an incident elsewhere": Case(
        known(standing(against=(HOLD, INCIDENT))), "unknown", ("incident",), None, frozenset({"H1"})
    ),
    "fresh enough": Case(known(), "ok", max_age=WEEK),
    "too old": Case(known(), "unknown", ("too-old",), DAY),
    "a witness that was there just now makes no release fresh": Case(
        known(None, LOG, VoucherView(kind="witness", name="w", size=50, at=NOW)),
        "unknown",
        ("too-old",),
        DAY,
    ),
    "an attestation makes it fresh": Case(known(attested=ATTESTED), "ok", max_age=DAY),
    "attested as withdrawn since": Case(
        known(attested=replace(ATTESTED, found=WITHDRAWN)), "no", ("withdrawn",), max_age=DAY
    ),
    "attested with another decision": Case(
        known(attested=replace(ATTESTED, found=standing(decision=decided(47)))), "unknown", ("other-decision",)
    ),
    "attested as not so far out": Case(
        known(attested=replace(ATTESTED, found=standing(reached=Exposure.VETTED))), "no", ("not-released",)
    ),
    "attested with a hold": Case(
        known(attested=replace(ATTESTED, found=standing(against=(HOLD,)))), "unknown", ("hold",)
    ),
    "from times that are still to come": Case(AHEAD, "unknown", ("clock",), WEEK),
    "a few minutes ahead": Case(replace(AHEAD, entries=[(40, NOW + timedelta(minutes=2))]), "ok", max_age=WEEK),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_host_loads_only_what_is_released_vouched_for_fresh_and_undisputed(case: Case) -> None:
    reasons = [
        *of_release(case.known, case.asked, now=NOW, max_age=case.max_age),
        *against(case.known, case.despite),
    ]

    assert tuple(reason.code for reason in reasons) == case.codes
    assert outcome_of(reasons) == case.outcome
    assert all(reason.text and reason.remedy for reason in reasons)


def file(path: str, content: str) -> ManifestFile:
    return ManifestFile("weights", path, 1, content * 64)


RELEASED = Manifest((file("a.bin", "a"), file("b.bin", "b")))


@pytest.mark.parametrize(
    ("there", "states", "said"),
    [
        ((file("a.bin", "a"), file("b.bin", "b")), ["same", "same"], None),
        ((file("a.bin", "a"), file("b.bin", "c")), ["same", "differs"], "1 with other bytes"),
        ((file("a.bin", "a"),), ["same", "missing"], "1 missing"),
        ((file("a.bin", "a"), file("b.bin", "b"), file("c.bin", "c")), ["same", "same", "extra"], "1 that was not"),
        ((file("b.bin", "b"), file("d.bin", "a")), ["missing", "same", "extra"], "1 missing, 1 that was not released"),
    ],
)
def test_neither_a_part_of_the_files_nor_more_than_them_are_the_released_ones(
    there: tuple[ManifestFile, ...], states: list[str], said: str | None
) -> None:
    files = files_of(RELEASED, compare(RELEASED, Manifest(there)))
    reasons = other_files(files, "aurora")

    assert [item.state for item in files] == states
    assert outcome_of(reasons) == ("ok" if said is None else "no")
    assert said is None or said in reasons[0].text
