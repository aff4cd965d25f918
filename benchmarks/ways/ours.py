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

from benchmarks.ways import HOLDER, LEAD, SIGNERS, STEPS, WHY
from tests.support.hands import Hand
from workflow import Engine, create_ledger, open_engine

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


class Acts:
    """What people do in a ledger, with releases by their names.

    Args:
        engine: has the ledger open.
        models: a new folder, for the files of the releases.
        signed: whether people sign with keys.
    """

    def __init__(self, engine: Engine, models: Path, *, signed: bool = False) -> None:
        self.engine = engine
        self.models = models
        self.models.mkdir()
        self.process = engine.load_process(json.dumps({**PROCESS, "signed": "true"} if signed else PROCESS, indent=1))
        self._of: dict[str, Engine] = {}

    def by(self, person: str) -> Engine:
        """The engine as somebody uses it: with their key, where they have one."""
        return self._of.get(person, self.engine)

    def start(self, name: str) -> None:
        """A release of files that no other has."""
        model = self.models / name
        model.mkdir()
        (model / "model.safetensors").write_text(name)
        self.by(LEAD).start(name, model, process=self.process, authors=[AUTHOR], actor=LEAD, rationale=WHY)

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
        for step in STEPS:
            step.act(self, name)


class Lab(Acts):
    """A new ledger, with people, their keys where ``signed``, and a process that is allowed.

    Args:
        folder: where the files are.
        signed: whether everybody has a key, and signs with it.
        url: where the ledger is to be; a new file in the folder otherwise.
    """

    def __init__(self, folder: Path, *, signed: bool = False, url: str | None = None) -> None:
        name = "signed" if signed else "holdfast"
        self.url = url or f"sqlite:///{folder / name}.db"
        engine = create_ledger(self.url, administrators=[ADMINISTRATOR], rationale=WHY)
        super().__init__(engine, folder / f"{name}-models", signed=signed)
        if signed:
            self._enrol(ADMINISTRATOR)
        for person, role in PEOPLE.items():
            self.by(ADMINISTRATOR).add_person(person, roles=[role], actor=ADMINISTRATOR, rationale=WHY)
            if signed:
                self._enrol(person)
        exposure = self.process.highest_exposure
        self.by(ADMINISTRATOR).allow_process(self.process, exposure, actor=ADMINISTRATOR, rationale=WHY)

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


def prepare(url: str, folder: str) -> None:
    """Makes a ledger that clients can work in."""
    Lab(Path(folder), url=url).engine.close()


def client(url: str, folder: Path) -> Acts:
    """Opens that ledger as one of many who use it; with files of its own."""
    return Acts(open_engine(url), folder / "client-models")
