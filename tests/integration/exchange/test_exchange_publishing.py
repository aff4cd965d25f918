"""Where a process is signed, a permit to publish is signed by whoever it is for, and so is what somebody found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.forger import Forger
from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, TWO_OF_SAFETY, WHY, definition, refused
from tests.integration.exchange.keyed_lab import KeyedLab
from tests.support.hands import Hand
from workflow import Engine, ExposureUnknown, InvalidInput, LedgerError, PlanFile
from workflow.exchange import read_request
from workflow.ledger import decode
from workflow.publishing import Found


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


def made(tmp_path: Path, out: Path) -> KeyedLab:
    """A release in review, hosted by a publisher, with everybody's signatures."""
    transitions = definition(CALLED_BY_LEAD, TWO_OF_SAFETY, "candidate_unchanged")["transitions"]
    transitions["host"]["publish"] = {"publisher": "local_directory", "below": [str(out)]}
    lab = KeyedLab(tmp_path, transitions=transitions).begun()
    for person in ("mara", "jun"):
        basis = lab.basis("host")
        lab.as_(person).sign_off("aurora", "host", role="safety", actor=person, rationale=WHY, basis=basis)
    return lab


@pytest.fixture
def keyed(tmp_path: Path, out: Path) -> Iterator[KeyedLab]:
    lab = made(tmp_path, out)
    yield lab
    lab.audited()
    lab.close()


def to_host(engine: Engine, out: Path, **settings: Any) -> Any:
    return engine.plan("aurora", "host", to=str(out / "aurora"), actor="lee", rationale=WHY, **settings)


def planned(lab: KeyedLab, out: Path) -> PlanFile:
    permit = to_host(lab.as_("lee"), out).permit
    assert isinstance(permit, PlanFile)
    return permit


def test_a_permit_is_nobody_s_word_until_they_signed_it(keyed: KeyedLab, out: Path) -> None:
    with refused("unsigned"):
        to_host(keyed.tick(), out)
    with refused("signature-invalid"):
        to_host(keyed.as_("mara"), out)

    assert keyed.engine.status("aurora").publications == ()


class Unreachable:
    """A signer of somebody's own, which answers nothing of use."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def sign(self, statement: bytes, namespace: str) -> bytes:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]


@pytest.mark.parametrize("answer", [ConnectionError("no answer"), None])
def test_a_signer_that_fails_is_one_clear_error_and_nothing_is_recorded(
    keyed: KeyedLab, out: Path, answer: object
) -> None:
    with pytest.raises(InvalidInput, match=r"the signer (failed: ConnectionError|answered NoneType)") as caught:
        to_host(keyed.tick().signing_with(Unreachable(answer)), out)

    assert "nothing was recorded" in str(caught.value.remedy)
    assert keyed.engine.status("aurora").publications == ()


def test_a_plan_says_that_it_is_signed(keyed: KeyedLab, out: Path) -> None:
    assert to_host(keyed.as_("lee"), out).proof == "sshsig"


def test_what_is_signed_names_the_destination_and_says_it_in_words(keyed: KeyedLab, out: Path) -> None:
    plan = planned(keyed, out)
    signed = decode(keyed.engine.signed_entry(plan.entry).statement.encode())["predicate"]

    assert signed["details"] == {
        "destination": str(out / "aurora"),
        "exposure": "hosted",
        "publisher": "local_directory",
    }
    assert f"once, by local_directory to {out / 'aurora'}, until {plan.expires}." in signed["meaning"]
    assert {item["when"] for item in signed["ceases"]} == {
        "key_compromised",
        "candidate_replaced",
        "process_migrated",
        "round_ended",
        "basis_moved",
        "expired",
    }


def test_a_signed_permit_is_applied_without_a_key(keyed: KeyedLab, out: Path) -> None:
    done = keyed.tick().apply(planned(keyed, out), target="aurora", actor="lee", rationale=WHY)

    assert done.state == "confirmed"
    assert keyed.stage() == "hosted"


def test_a_permit_whose_key_was_stopped_is_good_for_nothing(keyed: KeyedLab, out: Path) -> None:
    plan = planned(keyed, out)
    keyed.as_(ADMINISTRATOR).suspend_key(keyed.hands["lee"].fingerprint, actor=ADMINISTRATOR, rationale=WHY)

    with refused("permit-unsound"):
        keyed.tick().apply(plan, target="aurora", actor="lee", rationale=WHY)


def test_a_permit_can_be_asked_of_somebody_elsewhere(keyed: KeyedLab, out: Path) -> None:
    request = read_request(
        keyed.tick().draft(lambda engine: to_host(engine, out)).to_bytes()  # type: ignore[arg-type]
    )
    assert "plan to publish aurora" in request.meaning  # type: ignore[union-attr]
    outcome = keyed.collect(request.reply(keyed.hands["lee"]))  # type: ignore[union-attr,call-arg,arg-type]

    plan = keyed.engine.permit("aurora", outcome.events[0].id)  # type: ignore[union-attr]
    assert keyed.tick().apply(plan, target="aurora", actor="lee", rationale=WHY).state == "confirmed"


def test_what_somebody_found_is_signed_where_it_is_asked_too(
    keyed: KeyedLab, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = planned(keyed, out)
    with monkeypatch.context() as patch:
        patch.setattr("workflow.publishing.local_directory._Copy.publish", _fails)
        looks = iter([Found("staged")])
        patch.setattr("workflow.publishing.local_directory._Copy.look", lambda _: next(looks, Found("unknown")))
        patch.setattr("workflow.publishing.local_directory._Copy.verify", lambda *_: plan.candidate)
        with pytest.raises(ExposureUnknown):
            keyed.tick().apply(plan, target="aurora", actor="lee", rationale=WHY)

    def found(engine: Engine, by: str) -> Any:
        return engine.reconcile("aurora", "L1", found="not_published", role="safety", actor=by, rationale=WHY)

    with refused("unsigned"):
        found(keyed.tick(), "mara")
    request = keyed.tick().draft(lambda engine: found(engine, "mara"))
    assert ("begun", f"L1 by lee, entry {plan.entry + 1}: to {out / 'aurora'}") in [
        (note.label, note.text) for note in request.about
    ]
    outcome = keyed.collect(request.reply(keyed.hands["mara"]))

    assert outcome.proof == "sshsig"
    assert keyed.engine.status("aurora").publications[0].state == "not_published"


def _fails(_: object) -> None:
    raise InvalidInput("the directory is gone")


def test_somebody_else_s_signature_is_no_permit(keyed: KeyedLab, out: Path) -> None:
    with refused("signature-invalid"):
        to_host(keyed.tick().signing_with(Hand("mallory")), out)


def claimed(forger: Forger) -> None:
    """The permit is nobody's signature any more."""
    forger.find("plan_made")["proof"] = {"kind": "claimed"}


def elsewhere(forger: Forger) -> None:
    """What was signed names another destination than what is recorded."""
    forger.find("plan_made")["events"][0]["destination"] = "/srv/elsewhere"


def later(forger: Forger) -> None:
    """What was signed ended sooner."""
    forger.find("plan_made")["events"][0]["binding"]["expires"] = "2099-01-01T00:00:00.000000Z"


@pytest.mark.parametrize("forge", [claimed, elsewhere, later])
def test_a_permit_that_was_written_past_the_engine_stops_the_release_and_is_named(
    tmp_path: Path, out: Path, forge: Callable[[Forger], None]
) -> None:
    lab = made(tmp_path, out)
    plan = planned(lab, out)
    lab.close()
    forger = Forger(tmp_path / "ledger.db")

    forge(forger)
    forger.seal()

    with lab.open() as engine:
        with pytest.raises(LedgerError):
            engine.apply(plan, target="aurora", actor="lee", rationale=WHY)
        assert engine.audit().first_bad == plan.entry
    assert list(out.iterdir()) == []
