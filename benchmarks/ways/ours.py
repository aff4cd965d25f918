"""Holdfast, with everything it does: files hashed, gates decided, entries chained and in the tree, projections kept.

The gate of the last step looks at the files again, as a real one does; they are small, because hashing has a benchmark
of its own. Whoever signs off asks first what they would sign: that question is counted too. In the signed way everybody
has a real Ed25519 key, and every act that Holdfast has signed (the sign-offs and the lifting) is signed with it, by a
signer in this process that makes what ``ssh-keygen -Y sign`` makes: making the signatures is counted, as is verifying
them and holding what was signed against what is recorded. What is not signed (start, moves) is what Holdfast leaves so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY
from tests.support.hands import Hand
from workflow import Engine, create_ledger

ADMINISTRATOR = "ana"
AUTHOR = "kim"
PEOPLE: Mapping[str, str] = {LEAD: "lead", HOLDER: "safety", **dict.fromkeys(SIGNERS, "safety")}
TWO = {"sign_offs": {"role": "safety", "count": "2"}}
BY_LEAD = {"actor": {"roles": ["lead"]}}
BY_ANYBODY = {"actor": {"roles": ["lead", "safety"]}}
PROCESS: dict[str, Any] = {
    "process": "benchmark",
    "version": "1",
    "started_by": ["lead"],
    "roles": {"lead": {"authority": "advice"}, "safety": {}},
    "stages": {
        "testing": {"exposure": "internal"},
        "review": {"exposure": "internal"},
        "delay": {"exposure": "internal", "hold": {"role": "safety", "count": "1"}},
        "public": {"exposure": "weights"},
        "withdrawn": {"exposure": "internal"},
    },
    "transitions": {
        "submit": {"from": "testing", "to": "review", "gate": [BY_LEAD, TWO]},
        "delay": {"from": "review", "to": "delay", "gate": [BY_ANYBODY]},
        "resume": {"from": "delay", "to": "review", "gate": [BY_ANYBODY, "holds"]},
        "release": {"from": "review", "to": "public", "gate": [BY_LEAD, TWO, "candidate_unchanged"]},
        "withdraw": {"from": ["testing", "review", "delay", "public"], "to": "withdrawn", "gate": [BY_ANYBODY]},
    },
}


class Lab:
    """A ledger in a new file, with people, their keys where ``signed``, and a process that is allowed."""

    def __init__(self, folder: Path, *, signed: bool = False) -> None:
        name = "signed" if signed else "holdfast"
        self.model = folder / f"{name}-model"
        self.model.mkdir()
        self.database = folder / f"{name}.db"
        self.engine = create_ledger(f"sqlite:///{self.database}", administrators=[ADMINISTRATOR], rationale=WHY)
        self._of: dict[str, Engine] = {}
        if signed:
            self._enrol(ADMINISTRATOR)
        for person, role in PEOPLE.items():
            self.by(ADMINISTRATOR).add_person(person, roles=[role], actor=ADMINISTRATOR, rationale=WHY)
            if signed:
                self._enrol(person)
        written = {**PROCESS, "signed": "true"} if signed else PROCESS
        self.process = self.engine.load_process(json.dumps(written, indent=1))
        exposure = self.process.highest_exposure
        self.by(ADMINISTRATOR).allow_process(self.process, exposure, actor=ADMINISTRATOR, rationale=WHY)

    def by(self, person: str) -> Engine:
        """The engine as somebody uses it: with their key, where they have one."""
        return self._of.get(person, self.engine)

    def start(self, name: str) -> None:
        """A release of files that no other has."""
        (self.model / "model.safetensors").write_text(name)
        self.by(LEAD).start(name, self.model, process=self.process, authors=[AUTHOR], actor=LEAD, rationale=WHY)

    def sign(self, name: str, trigger: str) -> None:
        """Everybody who signs looks at the gate, and approves."""
        for person in SIGNERS:
            basis = self.engine.explain(name, trigger, observe=False).basis
            self.by(person).sign_off(name, trigger, role="safety", actor=person, rationale=WHY, basis=basis)

    def move(self, name: str, trigger: str, person: str = LEAD) -> None:
        """A transition."""
        self.by(person).advance(name, trigger, actor=person, rationale=WHY)

    def lift(self, name: str) -> None:
        """The only hold goes."""
        self.by(HOLDER).lift(name, "H1", role="safety", actor=HOLDER, rationale=WHY)

    def work(self, name: str) -> None:
        """The ten writes."""
        self.start(name)
        self.sign(name, "submit")
        self.move(name, "submit")
        self.move(name, "delay", HOLDER)
        self.lift(name)
        self.move(name, "resume")
        self.sign(name, "release")
        self.move(name, "release")

    def _enrol(self, person: str) -> None:
        hand = Hand(person)
        self.by(ADMINISTRATOR).enrol_key(
            person,
            hand.line,
            verified_by=ADMINISTRATOR,
            how=WHY,
            actor=ADMINISTRATOR,
            rationale=WHY,
            possession=hand.possesses(self.engine.roster().origin),
        )
        self._of[person] = self.engine.signing_with(hand)


def make(folder: Path) -> Callable[[str], None]:
    """Opens a new ledger in which nobody has a key."""
    return Lab(folder).work


def make_signed(folder: Path) -> Callable[[str], None]:
    """Opens a new ledger in which everybody signs."""
    return Lab(folder, signed=True).work
