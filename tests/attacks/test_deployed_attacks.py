"""What is told of a decision outside, attacked by who owns the database, a pack, or the place where files lie."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from attacked import WHY, Lab
from forger import Forger, Json

from tests.attacks.owned import tampering
from tests.support.log_keys import SoftLogKey
from workflow import Exposure, LedgerError, PolicyErrored

KEY = SoftLogKey("lab.example")


def without_a_sign_off(forger: Forger) -> Json:
    """The publication without a sign-off that it rested on."""
    forger.entries.remove(forger.find("text_erased"))
    forger.entries.remove(forger.find("sign_off_recorded", id="S6"))
    return forger.find("transition_made", trigger="publish")


def never_withdrawn(forger: Forger) -> Json:
    """The withdrawal of another release becomes its publication."""
    made = forger.find("transition_made", trigger="publish")
    entry = forger.find("transition_made", trigger="withdraw")
    entry["events"], entry["verdicts"], entry["observations"] = made["events"], made["verdicts"], made["observations"]
    return entry


@pytest.mark.parametrize(
    ("release", "forgery"), [("aurora", without_a_sign_off), ("beta", never_withdrawn)], ids=["fewer", "instead"]
)
def test_row_44_a_move_that_the_rules_would_not_have_made_is_attested_by_nobody(
    copy: Lab, release: str, forgery: Callable[[Forger], Json]
) -> None:
    forger = Forger(copy.database)
    entry = forgery(forger)
    forger.seal()

    with pytest.raises(LedgerError, match=f"nothing is signed about {release}: entry {entry['seq']} "):
        copy.open().attest(release, KEY)


def test_row_44_a_release_is_not_attested_whose_withdrawal_was_taken_out(copy: Lab) -> None:
    with copy.database.connect() as connection:
        before = connection.execute("SELECT * FROM release WHERE slug = 'aurora'").fetchone()
    engine = copy.open()
    withdrawn = engine.withdraw("aurora", "it ends", role="lead", actor="lee", rationale=WHY)
    engine.statement("beta", "it goes on", role="lead", actor="lee")
    copy.close()
    with tampering(copy.database) as connection:
        connection.execute("DELETE FROM entry WHERE seq = ?", (withdrawn.entry,))
        connection.execute("DELETE FROM release WHERE slug = 'aurora'")
        connection.execute(f"INSERT INTO release VALUES ({', '.join('?' * len(before))})", before)  # noqa: S608
    engine = copy.open()
    assert engine.released("aurora").standing == "released"

    with pytest.raises(LedgerError, match=f"nothing is signed about aurora: entry {withdrawn.entry} is missing"):
        engine.attest("aurora", KEY)


def test_row_44_nothing_is_attested_over_damage_in_what_decides(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE blob SET content = x'7b7d' WHERE words(content) LIKE '%run_id%'")

    with pytest.raises(LedgerError, match="nothing is signed about aurora"):
        copy.open().attest("aurora", KEY)


def test_row_44_what_cannot_be_decided_again_is_attested_by_nobody(copy: Lab) -> None:
    forger = Forger(copy.database)
    report = forger.find("evidence_attached", id="E1")["events"][0]["report"]
    report["metrics"][0]["value"], report["reader"] = "0.01", "inspect@99"
    forger.seal()

    with pytest.raises(PolicyErrored, match="nothing is signed about aurora") as error:
        copy.open().attest("aurora", KEY)
    assert error.value.outcome == "error"


def test_row_44_a_refusal_of_the_same_files_that_came_later_is_told_and_attested(copy: Lab) -> None:
    lab = copy
    engine = lab.open()
    assert engine.released("aurora").against == ()
    lab.start("second", folder=lab.model(files=24))
    engine.sign_off("second", "publish", role="safety", actor="mara", decision="reject", rationale=WHY)

    found = engine.released("aurora", exposure=Exposure.WEIGHTS)

    assert [(item.kind, item.id, item.by) for item in found.against] == [("refusal", "second/S1", "mara")]
    # It is no word on steps that lead less far than the one that was refused.
    assert engine.released("aurora", exposure=Exposure.HOSTED).against == ()
    said = json.loads(base64.b64decode(json.loads(engine.attest("aurora", KEY, exposure=Exposure.WEIGHTS))["payload"]))
    assert said["predicate"]["verificationResult"] == "FAILED"
