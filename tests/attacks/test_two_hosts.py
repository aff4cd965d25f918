"""Two hosts on one ledger: what one remembers, against what the other has written since."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from attacked import BOTH, WHY, Lab, refused, why
from signed_lab import SignedLab

import workflow
from tests.support.parts import ScriptedClock
from workflow import Engine, Refused

pytestmark = BOTH


@contextmanager
def another(lab: Lab) -> Iterator[Engine]:
    """The ledger as another host has it, with its own memory."""
    with workflow.open_engine(lab.url, clock=ScriptedClock(lab.clock.now())) as engine:
        yield engine


def between(engine: Engine, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Has something happen elsewhere when a command has looked at everything, right before it takes the lock."""
    storage = engine._pipeline.storage
    lock, waiting = storage.lock, [act]

    def late(*ahead: Any) -> Any:
        if waiting:
            waiting.pop()()
        return lock(*ahead)

    monkeypatch.setattr(storage, "lock", late)


def agreed(engine: Engine, proposed: workflow.Outcome) -> None:
    engine.approve_change(proposed.events[0].id, actor="ben", rationale=WHY)  # type: ignore[attr-defined]


def replaced(engine: Engine, lab: Lab) -> None:
    folder = lab.model("other", weights="other weights")
    engine.replace_candidate("aurora", folder, authors=["kim"], actor="lee", rationale=WHY)


ABOUT: dict[str, Any] = {"actor": "ana", "rationale": WHY}
MEANWHILE: dict[str, tuple[Callable[[Engine, Lab], object], set[str]]] = {
    "an approval is taken back": (
        lambda engine, lab: engine.withdraw_sign_off("aurora", "S1", actor="mara", rationale=WHY),
        {"sign-offs-missing"},
    ),
    "somebody says no": (
        lambda engine, lab: engine.sign_off(
            "aurora", "publish", role="safety", actor="priya", decision="reject", rationale=WHY
        ),
        {"rejected"},
    ),
    "somebody stops it": (
        lambda engine, lab: engine.hold("aurora", role="security", actor="sam", rationale=WHY),
        {"hold"},
    ),
    "somebody demands more": (
        lambda engine, lab: engine.require("aurora", "say why", role="legal", actor="ivy", rationale=WHY),
        {"requirement-open"},
    ),
    "a signer loses the role": (
        lambda engine, lab: agreed(engine, engine.revoke("mara", ["safety"], **ABOUT)),
        {"sign-offs-missing"},
    ),
    "a signer leaves": (
        lambda engine, lab: agreed(engine, engine.remove_person("sam", **ABOUT)),
        {"sign-offs-missing"},
    ),
    "the files are others": (replaced, {"sign-offs-missing"}),
    "the process leaves the charter": (
        lambda engine, lab: agreed(
            engine, engine.disallow_process(engine.status("aurora").process, actor="ana", rationale=WHY)
        ),
        {"not-chartered"},
    ),
    "it goes back": (lambda engine, lab: engine.advance("aurora", "back", actor="mara", rationale=WHY), set()),
    "it is withdrawn": (lambda engine, lab: engine.advance("aurora", "withdraw", actor="mara", rationale=WHY), set()),
    "it is published": (lambda engine, lab: engine.advance("aurora", "publish", actor="lee", rationale=WHY), set()),
}


@pytest.mark.parametrize("when", ["before", "while it looks"])
@pytest.mark.parametrize("what", MEANWHILE)
def test_row_56_what_another_host_wrote_meanwhile_is_decided_on(
    lab: Lab, what: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = lab.ready()
    assert engine.explain("aurora", "publish", actor="lee").allowed
    act, reasons = MEANWHILE[what]
    with another(lab) as elsewhere:
        assert elsewhere.status("aurora").stage == "review"
        if when == "before":
            act(elsewhere, lab)
        else:
            between(engine, lambda: act(elsewhere, lab), monkeypatch)

        refusal = refused(engine)

        assert reasons <= {code for _, code in why(refusal)}
        assert reasons or refusal.reason == "invalid-transition"
        assert elsewhere.audit().outcome == "ok"
        assert elsewhere.status("aurora").stage == engine.status("aurora").stage


def test_row_56_a_text_that_another_host_erased_is_shown_by_nobody(lab: Lab) -> None:
    engine = lab.ready()
    entry = engine.history("aurora")[0]
    assert WHY in str(entry)
    with another(lab) as elsewhere:
        elsewhere.erase(entry.entry, "rationale", actor="ana", rationale=WHY)

        [shown] = [item for item in engine.history("aurora") if item.entry == entry.entry]
        assert WHY not in str(shown)


@pytest.mark.parametrize("when", ["before", "while it looks"])
@pytest.mark.parametrize("how", ["suspended", "revoked"])
def test_row_56_a_key_that_another_host_ended_meanwhile_signs_nothing(
    signed: SignedLab, how: str, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = signed.engine
    assert engine is not None
    asked, fingerprint = signed.approval("mara"), signed.hands["mara"].fingerprint

    def ended() -> None:
        with another(signed) as elsewhere:
            if how == "suspended":
                elsewhere.signing_with(signed.hands["ana"]).suspend_key(fingerprint, **ABOUT)
                return
            proposed = elsewhere.signing_with(signed.hands["ana"]).revoke_key(fingerprint, **ABOUT)
            agreed(elsewhere.signing_with(signed.hands["ben"]), proposed)

    if when == "before":
        ended()
    else:
        between(engine, ended, monkeypatch)

    with pytest.raises(Refused):
        asked.bring()
    assert signed.counted() == set()


def test_row_56_a_signed_approval_does_not_open_a_gate_whose_signer_s_key_another_host_ended(
    signed: SignedLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = signed.engine
    assert engine is not None
    signed.approve()
    assert engine.explain("aurora", "publish", actor="lee").allowed

    def ended() -> None:
        with another(signed) as elsewhere:
            elsewhere.signing_with(signed.hands["ana"]).suspend_key(signed.hands["sam"].fingerprint, **ABOUT)

    between(engine, ended, monkeypatch)

    assert "sign-offs-missing" in {code for _, code in why(refused(engine))}


def test_row_56_the_same_reply_brought_to_two_hosts_counts_once(
    signed: SignedLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = signed.engine
    assert engine is not None
    asked, size, entries = signed.approval("mara"), signed.size(), []
    with another(signed) as elsewhere:
        twin = SignedLab(signed.directory, signed.clock, signed.database)
        twin.engine = elsewhere

        def brought() -> None:
            entries.append(type(asked)(twin, asked.command, asked.texts, asked.salts, asked.statement).bring().entry)

        between(engine, brought, monkeypatch)
        entries.append(asked.bring().entry)

    assert entries == [size + 1] * 2
    assert (signed.size(), signed.counted()) == (size + 1, {"mara"})
