"""A lab whose people and administrators sign, to be attacked: by keys, by replies, by rows written past the engine."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from attacked import ADMINISTRATORS, PEOPLE, PROCESS, WHY, Lab

import workflow
from tests.attacks.owned import Owned
from tests.support.hands import Hand
from tests.support.parts import ScriptedClock
from workflow import Engine, Exposure, Outcome, Refused, commands, ledger
from workflow.commands import AnyCommand
from workflow.decide import propose
from workflow.drafting import Draft, draft_entry
from workflow.events import ChangeAccepted, ChangeProposed, Event
from workflow.ledger import ROSTER, SaltedText, release_stream
from workflow.proof import Intent, SignedElsewhere, command_id, examine, statement_of
from workflow.statement import NAMESPACE, Tree

Json = dict[str, Any]
SIGNED_PROCESS = PROCESS.replace("version: 1\n", "version: 1\nsigned: true\n")
ORIGIN = "lab.example"


class SignedLab(Lab):
    """A ledger whose two administrators and whose signers have keys. The process demands signatures."""

    def __init__(self, directory: Path, clock: ScriptedClock | None = None, database: Owned | None = None) -> None:
        super().__init__(directory, clock, database)
        self.hands = {person: Hand(person) for person in (*ADMINISTRATORS, *PEOPLE)}
        self._keyless = set[str]()

    def by(self, person: str, hand: Hand | None = None) -> Engine:
        """The engine as somebody uses it who signs with their own key, or with another one."""
        assert self.engine is not None
        if hand is None and person in self._keyless:
            return self.engine
        return self.engine.signing_with(hand or self.hands[person])

    def create(self) -> Engine:
        engine = workflow.create_ledger(
            self.url, administrators=ADMINISTRATORS, threshold=2, origin=ORIGIN, rationale=WHY, clock=self.clock
        )
        self.engine = engine
        # The first keys are enrolled by claims, because there is nothing yet to sign with.
        self._keyless = set(ADMINISTRATORS)
        for person in ADMINISTRATORS:
            self.enrol(person)
            self._keyless.discard(person)
        for person, roles in PEOPLE.items():
            self.agreed(self.by("ana").add_person(person, roles=roles, actor="ana", rationale=WHY))
            self.enrol(person)
        self.allow()
        return engine

    def allow(self, text: str = SIGNED_PROCESS, name: str = "guarded.yaml") -> str:
        """Charters a process up to the weights, and returns its digest."""
        assert self.engine is not None
        process = self.engine.load_process(self.process(text, name))
        self.agreed(self.by("ana").allow_process(process, Exposure.WEIGHTS, actor="ana", rationale=WHY))
        return process.digest

    def agreed(self, proposed: workflow.Outcome) -> workflow.Outcome:
        change = proposed.events[0].id  # type: ignore[attr-defined]
        return self.by("ben").approve_change(change, actor="ben", rationale=WHY)

    def enrol(self, person: str, hand: Hand | None = None, *, before: Hand | None = None, **changes: Any) -> Outcome:
        """Somebody's key, which both administrators agree on."""
        used = hand or self.hands[person]
        facts = {"verified_by": "ben" if person == "ana" else "ana", "how": "in person", "actor": "ana"}
        shown = used.possesses(ORIGIN, before=before)
        return self.agreed(
            self.by("ana").enrol_key(person, used.line, **{**facts, "rationale": WHY, "possession": shown, **changes})
        )

    def revoke(self, person: str, **settings: Any) -> None:
        """Ends somebody's key."""
        fingerprint = self.hands[person].fingerprint
        self.agreed(self.by("ana").revoke_key(fingerprint, actor="ana", rationale=WHY, **settings))

    def judge(self, release: str = "aurora", *, folder: Path | None = None) -> None:
        assert self.engine is not None
        self.engine.attach(release, self.report(folder=folder), actor="lee", rationale=WHY)
        self.by("jun").review(release, "biosecurity", "acceptable", role="safety", actor="jun", rationale=WHY)

    def sign(
        self, person: str, role: str, release: str = "aurora", trigger: str = "publish", **settings: Any
    ) -> workflow.Outcome:
        return self.by(person).sign_off(
            release,
            trigger,
            **{
                "role": role,
                "actor": person,
                "rationale": WHY,
                "basis": self.basis(release, trigger),
                **settings,
            },
        )

    def in_review(self, release: str = "aurora", **settings: Any) -> Engine:
        """A release in review, measured and judged, two hours after it came there. Nobody signed off."""
        assert self.engine is not None
        self.start(release, **settings)
        self.engine.advance(release, "submit", actor="lee", rationale=WHY)
        self.judge(release, folder=settings.get("folder"))
        self.clock.forward("2h")
        return self.engine

    def approve(self, release: str = "aurora") -> None:
        """Everybody whom ``publish`` asks."""
        for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
            self.sign(person, role, release)

    # What is asked on one machine, signed on another, and brought back.

    def approval(self, person: str = "mara", role: str = "safety", release: str = "aurora", **facts: Any) -> Asked:
        """An approval of ``publish`` that is yet to be signed."""
        trigger = facts.pop("trigger", "publish")
        fields = {"decision": "approve", "basis": self.basis(release, trigger), **facts}
        command = commands.SignOff(actor=person, release=release, transition=trigger, role=role, **fields)
        return self.ask(command)

    def ask(self, command: AnyCommand, *, nonce: str | None = None, salts: Mapping[str, bytes] | None = None) -> Asked:
        """What somebody is handed to sign for a command."""
        assert self.engine is not None
        pipeline = self.engine._pipeline
        texts = {name: f"{WHY}: {name}" for name in command.texts_named()}
        fresh = {name: secrets.token_bytes(32) for name in texts}
        salted = {name: SaltedText((salts or fresh)[name], text) for name, text in texts.items()}
        with pipeline.turn, pipeline.storage.snapshot() as reader:
            said = {name: text.commitment for name, text in salted.items()}
            data = pipeline.intended(reader, command, said, {}, nonce or secrets.token_hex(16)).statement
        assert data is not None, f"`{command.command}` would not be taken, signed or not"
        return Asked(self, command, texts, {name: text.salt for name, text in salted.items()}, data)

    # What stands in the way, and what is there.

    def counted(self, role: str = "safety", release: str = "aurora") -> set[str]:
        """Whose approvals of ``publish`` count as a role."""
        return {fact.person or "" for fact in self._facts(role, release) if fact.label == "counted"}

    def ignored(self, role: str = "safety", release: str = "aurora") -> str:
        """Whose do not, and why."""
        return "; ".join(fact.text for fact in self._facts(role, release) if fact.label == "ignored")

    def _facts(self, role: str, release: str) -> list[Any]:
        assert self.engine is not None
        answer = self.engine.explain(release, "publish", observe=False)
        named = [item for item in answer.verdicts if item.summary.startswith(f"sign-offs {role}:")]
        return [fact for verdict in named for fact in verdict.facts]

    def size(self) -> int:
        """How many entries there are."""
        assert self.engine is not None
        return self.engine.history(limit=1)[0].entry

    def problems(self) -> set[tuple[str, int | None]]:
        """What the audit names: kinds, and entries where there are any."""
        assert self.engine is not None
        report = self.engine.audit()
        assert (report.outcome == "ok") is not bool(report.problems or report.not_recomputed)
        return {(problem.kind, problem.entry) for problem in report.problems}


@dataclass(frozen=True)
class Asked:
    """A statement that is to be signed, with the request and the texts that it came with."""

    lab: SignedLab
    command: AnyCommand
    texts: Mapping[str, str]
    salts: Mapping[str, bytes]
    statement: bytes

    @property
    def person(self) -> str:
        """Whom it is for."""
        return self.command.actor

    def signed(self, hand: Hand | None = None, namespace: str = NAMESPACE) -> bytes:
        """The signature of the person, or by another key."""
        return (hand or self.lab.hands[self.person]).sign(self.statement, namespace)

    def saying(self, data: bytes | Callable[[Json], object]) -> Asked:
        """The same request with another statement: other bytes, or the canonical bytes after a change."""
        if isinstance(data, bytes):
            return replace(self, statement=data)
        value = json.loads(self.statement)
        data(value)
        return replace(self, statement=ledger.encode(value))

    def asking(self, **changes: Any) -> Asked:
        """The same statement brought with another request."""
        return replace(self, command=self.command.model_copy(update=changes))

    def bring(self, signature: bytes | None = None, **changes: Any) -> Outcome:
        """Collects it: with a signature of the person's where none is given."""
        assert self.lab.engine is not None
        brought = {"statement": self.statement, "signature": signature or self.signed(), "salts": self.salts, **changes}
        texts = brought.pop("texts", self.texts)
        return self.lab.engine._pipeline.execute(self.command, texts, reply=SignedElsewhere(**brought))


def write_past(lab: SignedLab, command: AnyCommand, *events: Event, hand: Hand | None = None) -> int:
    """Writes an entry past the engine, as the owner of the database can, and returns its number.

    Without a hand its actor is a claim; with one, everything is signed as it would have been, by that key. Without
    events, they are those that the command would make happen.
    """
    assert lab.engine is not None
    pipeline = lab.engine._pipeline
    nonce = secrets.token_hex(16)
    texts = {name: SaltedText.of(WHY) for name in command.texts_named()}
    commitments = {name: text.commitment for name, text in texts.items()}
    with pipeline.storage.lock() as unit:
        stream, world = pipeline._locate(unit, command, {})
        if isinstance(command, commands.ProposeChange):
            stream = ROSTER
        situation = pipeline.rulebook.situation(world, command, nonce=nonce, texts=commitments, blob=unit.blob)
        made = events or propose(situation, command)
        head = unit.head()
        draft = Draft(command.actor, secrets.token_hex(16), command.digest(), texts)
        if hand is not None:
            intent = Intent(nonce, Tree(head.frontier.size, head.frontier.root().hex()), world.roster.version + 1)
            data = statement_of(command, made, intent, origin=ORIGIN, texts=commitments, pending=situation.pending)
            assert data is not None
            proof = examine(data, hand.sign(data, NAMESPACE), None)
            draft = replace(draft, command_id=command_id(command.actor, nonce), blobs=proof.blobs, proof=proof.recorded)
        _, append = draft_entry(
            draft, made, origin=ORIGIN, stream=stream, head=head, last=unit.stream_head(stream), now=lab.clock.now()
        )
        unit.append(append)
        unit.commit()
    return append.entry.seq


def change_past(lab: SignedLab, change: Any, *, actor: str = "ana", hand: Hand | None = None) -> int:
    """Puts a change of the roster in force past the engine, by one administrator's word."""
    assert lab.engine is not None
    known = len([item for item in lab.engine.history(limit=1000) if "proposed C" in item.summary[0]])
    identifier = f"C{known + 1}"
    command = commands.ProposeChange(actor=actor, change=change)
    events = (ChangeProposed(id=identifier, change=change), ChangeAccepted(id=identifier, change=change))
    return write_past(lab, command, *events, hand=hand)


def stream_of(release: str) -> str:
    """The stream of a release."""
    return release_stream(release)


def live_signed(lab: SignedLab) -> None:
    """Lets a lab live through everything that is signed, in releases of every state."""
    lab.create()
    _change_people(lab)
    _publish(lab)
    _argue(lab)
    lab.start("cygnus", folder=lab.model("third", weights="third weights"))
    lab.close()


def _change_people(lab: SignedLab) -> None:
    ana, facts = lab.by("ana"), {"actor": "ana", "rationale": WHY}
    lab.hands["tom"] = Hand("tom")
    lab.agreed(ana.add_person("tom", roles=["legal"], name="Tom Doe", **facts))
    lab.enrol("tom")
    lab.enrol("tom", Hand("tom", 1), before=lab.hands["tom"])
    lab.agreed(ana.grant("tom", ["security"], **facts))
    lab.agreed(ana.name_deputy("sam", "tom", ["security"], **facts))
    lab.by("sam").away(actor="sam", rationale=WHY)
    lab.by("sam").back(actor="sam", rationale=WHY)
    lab.agreed(ana.dismiss_deputy("sam", "tom", **facts))
    ana.suspend_key(lab.hands["tom"].fingerprint, **facts)
    lab.agreed(ana.restore_key(lab.hands["tom"].fingerprint, **facts))
    lab.revoke("tom")
    lab.agreed(ana.remove_person("tom", **facts))
    lab.agreed(ana.set_administrators(["ana", "ben", "lee"], 2, **facts))


def _publish(lab: SignedLab) -> None:
    """``aurora`` is out."""
    engine = lab.in_review()
    forged = lab.approval()
    with suppress(Refused):
        forged.bring(forged.signed(lab.hands["jun"]))
    with suppress(Refused):
        forged.asking(role="security").bring()
    with suppress(Refused):
        engine.sign_off("aurora", "publish", role="safety", actor="mara", rationale=WHY, basis=lab.basis("aurora"))
    lab.approve()
    lab.sign("priya", "safety", conditions=["If it can be quantized."], requirements=[("Quantize it.", "safety")])
    lab.by("mara").discharge("aurora", "R1", role="safety", actor="mara", rationale=WHY)
    lab.by("ana").erase(engine.history("aurora")[0].entry, "rationale", actor="ana", rationale=WHY)
    engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    known = lab.clock.now()
    engine.open_incident("aurora", "It tells.", known_since=known, role="security", owner="safety", actor="sam")
    lab.by("jun").update_incident("aurora", "R2", "It is looked into.", role="safety", actor="jun", public=True)
    lab.by("mara").close_incident("aurora", "R2", role="safety", actor="mara", rationale=WHY)
    lab.start("deneb", folder=lab.model("fourth", weights="fourth weights"))
    lab.by("lee").withdraw("deneb", "It will not come.", role="lead", actor="lee", rationale=WHY)


def _argue(lab: SignedLab) -> None:
    """``borealis`` is in review, with everything taken back, answered, lifted and set aside, but for one refusal."""
    folder = lab.model("next", weights="next weights")
    engine = lab.in_review("borealis", folder=folder)
    about = {"release": "borealis", "rationale": WHY}
    document = lab.directory / "card.md"
    document.write_text("what the model is for\n", encoding="utf-8")
    lab.by("lee").attach("borealis", document, name="card", declare_as="lead", actor="lee", rationale=WHY)
    lab.by("mara").set_aside(**about, evidence="E1", role="safety", actor="mara")
    engine.hold(**about, role="security", actor="sam")
    lab.by("sam").lift(**about, hold="H1", role="security", actor="sam")
    lab.sign("mara", "safety", "borealis", decision="reject", basis=None)
    lab.by("mara").withdraw_sign_off(**about, sign_off="S1", actor="mara")
    engine.sign_off("borealis", "publish", role="legal", actor="ivy", decision="reject", rationale=WHY)
    lab.by("omar").answer(**about, reject="S2", actor="omar")
    lab.sign("kim", "safety", "borealis", decision="recuse", basis=None)
    lab.by("lee").statement(release="borealis", text="We will publish it.", role="lead", actor="lee")
    lab.sign("mara", "safety", "borealis")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    engine.replace_candidate("borealis", folder, authors=["kim"], actor="lee", rationale=WHY)
    lab.by("mara").withdraw_sign_off(**about, sign_off="S1", actor="mara")
    lab.by("priya").justify(**about, source="borealis", evidence="E2", role="safety", actor="priya")
    lab.sign("mara", "safety", "borealis", reaffirms="S4")
    lab.sign("mara", "safety", "borealis")
    lab.by("mara").withdraw_sign_off(**about, sign_off="S6", actor="mara")
    lab.sign("jun", "safety", "borealis", decision="reject", basis=None)
