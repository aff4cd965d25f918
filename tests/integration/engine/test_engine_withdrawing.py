"""The end of a release, and what the public is told of it: one entry, by the gate of the process as ever."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, refused
from workflow import InvalidInput
from workflow.events import StatementMade, TransitionMade
from workflow.exchange import read_request
from workflow.ledger import decode

NOTICE = "Stop using it: it leaks what it was trained on."


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path).people()
    lab.allow(lab.load())
    yield lab
    lab.audited()
    lab.close()


def out(lab: Lab) -> Lab:
    lab.in_review()
    lab.approve_publish()
    lab.advance("publish")
    return lab


def withdrawn(lab: Lab, notice: str | None = NOTICE, **settings: Any) -> Any:
    given = {"role": "lead", "actor": "lee", "rationale": WHY, **settings}
    return lab.tick().withdraw("aurora", notice, **given)


def test_it_ends_and_the_public_is_told_in_one_entry(lab: Lab) -> None:
    outcome = withdrawn(out(lab))

    said, moved = outcome.events
    assert isinstance(said, StatementMade) and said.public
    assert isinstance(moved, TransitionMade) and (moved.source, moved.dest) == ("public", "withdrawn")
    status = lab.engine.status("aurora")
    assert (status.stage, status.exposed) == ("withdrawn", "weights")
    assert [(item.text, item.public, item.entry) for item in status.statements] == [(NOTICE, True, outcome.entry)]


def test_what_was_out_does_not_end_without_a_notice(lab: Lab) -> None:
    out(lab)
    before = lab.entries()

    with pytest.raises(InvalidInput, match=r"was out \(up to weights\)"):
        withdrawn(lab, None)
    assert lab.entries() == before


def test_what_was_never_out_ends_with_or_without_one(lab: Lab) -> None:
    lab.in_review()

    (moved,) = withdrawn(lab, None).events

    assert isinstance(moved, TransitionMade) and lab.stage() == "withdrawn"


def test_the_gate_decides_as_ever_and_what_it_refuses_is_on_record_and_half_done_in_nothing(tmp_path: Path) -> None:
    lab = Lab(tmp_path).people()
    ways = ["testing", "review", "delay", "hosted", "public"]
    gate = [CALLED_BY_LEAD, {"sign_offs": {"role": "safety", "count": "1"}}]
    lab.allow(lab.load(withdraw={"from": ways, "to": "withdrawn", "gate": gate}))
    lab.in_review()

    with refused("gate-denied", "open"):
        withdrawn(lab)
    assert (lab.stage(), lab.engine.status("aurora").statements) == ("review", ())
    lab.sign("mara", "withdraw")
    withdrawn(lab)
    with refused("invalid-transition"):
        withdrawn(lab)
    lab.audited()
    lab.close()


def test_whoever_tells_the_public_holds_the_role_that_they_tell_it_in(lab: Lab) -> None:
    out(lab)

    with refused("no-role"):
        withdrawn(lab, role="legal")
    assert lab.stage() == "public"


def test_a_trigger_that_leads_elsewhere_withdraws_nothing_and_of_several_one_is_named(tmp_path: Path) -> None:
    lab = Lab(tmp_path).people()
    lab.allow(lab.load(retire={"from": "review", "to": "withdrawn", "gate": [CALLED_BY_LEAD]}))
    lab.in_review()

    with pytest.raises(InvalidInput, match="withdraw, retire all withdraw aurora from review"):
        withdrawn(lab)
    with pytest.raises(InvalidInput, match="`return` does not withdraw it"):
        withdrawn(lab, trigger="return")
    withdrawn(lab, trigger="retire")
    assert lab.stage() == "withdrawn"
    lab.audited()
    lab.close()


def test_a_repeated_request_is_done_once(lab: Lab) -> None:
    out(lab)

    first, again = (withdrawn(lab, command_id="the-end") for _ in range(2))

    assert (again.entry, again.replayed) == (first.entry, True)


# Where signatures are demanded.


def test_the_notice_is_signed_with_the_move(keyed: Keyed) -> None:
    keyed.in_review()

    with refused("unsigned"):
        keyed.tick()
        keyed.claimed.withdraw("aurora", NOTICE, role="lead", actor="lee", rationale=WHY)
    outcome = withdrawn(keyed)

    assert outcome.proof == "sshsig"
    said = decode(keyed.claimed.signed_entry(outcome.entry).statement.encode())["predicate"]
    assert said["details"]["withdraws"] == {"by": "withdraw", "from": "review", "to": "withdrawn"}
    assert said["meaning"] == (
        f"I, lee, as lead, withdraw aurora in the ledger {keyed.origin} by `withdraw` from review to withdrawn, and "
        "state in public what the text text says."
    )
    keyed.audited()


def test_it_is_signed_elsewhere_like_any_other_act(keyed: Keyed) -> None:
    keyed.in_review()
    request = keyed.tick().draft(
        lambda engine: engine.withdraw("aurora", NOTICE, role="lead", actor="lee", rationale=WHY)
    )
    reply = read_request(request.to_bytes()).reply(keyed.hands["lee"])

    outcome = keyed.claimed.collect(reply)

    assert [event.type for event in outcome.events] == ["statement_made", "transition_made"]
    assert keyed.stage() == "withdrawn"
    keyed.audited()


def test_what_was_signed_to_withdraw_is_no_statement_and_withdraws_nothing_else(keyed: Keyed) -> None:
    keyed.in_review()
    request = keyed.tick().draft(
        lambda engine: engine.withdraw("aurora", NOTICE, role="lead", actor="lee", rationale=WHY)
    )
    reply = read_request(request.to_bytes()).reply(keyed.hands["lee"])
    keyed.advance("return")

    with refused("other-statement"):
        keyed.claimed.collect(reply)
    assert keyed.stage() == "testing"
    keyed.audited()


@pytest.mark.parametrize("elsewhere", [False, True], ids=["here", "elsewhere"])
def test_a_gate_that_looks_at_the_files_is_looked_at_before_anything_is_signed(tmp_path: Path, elsewhere: bool) -> None:
    lab = Keyed.staffed(tmp_path)
    gate = [CALLED_BY_LEAD, "candidate_unchanged"]
    lab.allow(lab.signed(withdraw={"from": ["testing", "review", "public"], "to": "withdrawn", "gate": gate}))
    lab.in_review()

    def ended(engine: Any) -> Any:
        return engine.withdraw("aurora", NOTICE, role="lead", actor="lee", rationale=WHY)

    if elsewhere:
        reply = read_request(lab.tick().draft(ended).to_bytes()).reply(lab.hands["lee"])
        outcome = lab.claimed.collect(reply)
    else:
        outcome = ended(lab.tick())
    assert outcome.proof == "sshsig" and lab.stage() == "withdrawn"
    lab.audited()
    lab.close()
