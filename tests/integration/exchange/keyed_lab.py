"""The laboratory with everybody's keys in it, and a process that demands signatures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, PEOPLE, TWO_OF_SAFETY, WHY, Lab, definition
from tests.support.hands import Hand
from workflow import Engine, Outcome
from workflow.exchange import Reply, Request, read_request

GATE: Sequence[Any] = (
    CALLED_BY_LEAD,
    TWO_OF_SAFETY,
    {"sign_offs": {"role": "security", "count": "1", "expires_after": "30d"}},
    {"evidence": {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25", "candidate": "declared"}},
    {"risk_areas": {"areas": ["biosecurity"], "roles": ["safety", "security"]}},
    {"required_tests": {"tests": ["red_team"], "roles": ["safety"]}},
    {"findings": {"accepted_by": "legal", "up_to": "high", "for_at_most": "30d"}},
    "candidate_unchanged",
)

HOST: Mapping[str, Any] = {
    "from": "review",
    "to": "hosted",
    "gate": [CALLED_BY_LEAD, {"sign_offs": {"role": "security", "count": "1"}}, {"soak": {"at_least": "72h"}}],
    "override": {
        "policy": "soak",
        "sign_offs": {"role": "safety", "count": "2"},
        "lasts": "24h",
        "review": {"role": "legal", "within": "48h"},
    },
}


class KeyedLab(Lab):
    """Everybody has a hand that signs, and the process ``signed`` is in the charter."""

    def __init__(
        self, directory: Path, people: Mapping[str, Sequence[str]] = PEOPLE, *, existing: bool = False, **process: Any
    ) -> None:
        super().__init__(directory, existing=existing)
        self.hands = {person: Hand(person) for person in (ADMINISTRATOR, *people)}
        if existing:
            return
        self.people(people)
        for person in self.hands:
            self.enrol(person)
        written = {**definition(*GATE, name="signed", host=HOST), "signed": "true", **process}
        self.as_(ADMINISTRATOR).allow_process(self.read(written), "weights", actor=ADMINISTRATOR, rationale=WHY)

    @classmethod
    def copied(cls, directory: Path) -> Self:
        """One with ``aurora`` in review, over a ledger that was made once in a process."""
        return cls._copied(directory, "keys", lambda lab: None).begun()

    def begun(self) -> Self:
        """``aurora`` is in review under the process ``signed``."""
        self.start(process="signed")
        self.advance("submit")
        return self

    def enrol(self, person: str) -> None:
        first = person == ADMINISTRATOR
        hand, engine = self.hands[person], self.engine if first else self.as_(ADMINISTRATOR)
        engine.enrol_key(
            person,
            hand.line,
            verified_by="lee" if first else ADMINISTRATOR,
            how="in person",
            actor=ADMINISTRATOR,
            rationale=WHY,
            possession=hand.possesses(self.engine.roster().origin),
        )

    def as_(self, person: str) -> Engine:
        """The engine in somebody's hand, a second later."""
        return self.tick().signing_with(self.hands[person])

    def request(self, trigger: str = "publish", **settings: Any) -> Request:
        """The request as it comes out of its file."""
        found = read_request(self.tick().request("aurora", trigger, **settings).to_bytes())
        assert isinstance(found, Request)
        return found

    def written(self) -> bytes:
        """The file of a request to publish."""
        return self.tick().request("aurora", "publish").to_bytes()

    def reply(
        self, person: str, decision: Any = "approve", role: str = "safety", *, to: Request | None = None, **said: Any
    ) -> Reply:
        """Somebody's reply as it comes out of its file."""
        asked = to or self.request()
        return Reply.from_bytes(asked.reply(person, decision, role, WHY, self.hands[person], **said).to_bytes())

    def collect(self, reply: Reply) -> Outcome:
        return self.tick().collect(reply)

    def reviewed(self, by: str = "jun") -> None:
        """Somebody finds the risk area acceptable: what approvals rest on moves."""
        self.as_(by).review("aurora", "biosecurity", "acceptable", role="safety", actor=by, rationale=WHY)
