"""The laboratory with a key in everybody's hand, and processes that want every act signed that can open a gate."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tests.integration.engine.lab import ADMINISTRATOR, PEOPLE, WHY, Lab, definition
from tests.support.hands import Hand
from workflow import Process


class Everybody:
    """Signs whatever anybody is asked to sign, each with their own key."""

    def __init__(self, people: Sequence[str]) -> None:
        self.hands = {person: Hand(person) for person in people}

    def sign(self, statement: bytes, namespace: str) -> bytes:
        """The signature of whoever the statement says is speaking."""
        actor = json.loads(statement)["predicate"]["actor"]
        return self.hands[actor].sign(statement, namespace)


class SignedLab(Lab):
    """A lab in which everybody signs what is to be signed."""

    def people(self, people: Mapping[str, Sequence[str]] = PEOPLE) -> SignedLab:
        """Puts everybody on the roster, and their keys."""
        super().people(people)
        everybody = Everybody([ADMINISTRATOR, *people])
        self.hands = everybody.hands
        self.enrol(ADMINISTRATOR)
        self.engine = self.engine.signing_with(everybody)
        for person in people:
            self.enrol(person)
        return self

    def enrol(self, person: str, hand: Hand | None = None) -> None:
        """The administrator enrols somebody's key."""
        key = hand or self.hands[person]
        self.tick().enrol_key(
            person,
            key.line,
            verified_by="lee" if person == ADMINISTRATOR else ADMINISTRATOR,
            how="in person",
            actor=ADMINISTRATOR,
            rationale=WHY,
            possession=key.possesses(self.engine.roster().origin),
        )

    def signed(self, *publish: Any, roles: Mapping[str, Any] | None = None, **changes: Any) -> Process:
        """The lab's process with signatures required, some of its roles saying more, and in the charter."""
        written = definition(*publish, **changes)
        written["signed"] = "true"
        written["roles"] |= roles or {}
        return self.allow(self.read(written))
