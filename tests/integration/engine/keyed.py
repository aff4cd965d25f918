"""The laboratory with keys: administrators and people sign, under a process that demands it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tests.integration.engine.lab import ADMINISTRATOR, PEOPLE, WHY, Lab, definition
from tests.support.hands import Hand, Hands
from workflow import Engine, Outcome, Process
from workflow.commands import AnyCommand
from workflow.ledger import SaltedText
from workflow.possession import Possession
from workflow.proof import SignedElsewhere
from workflow.statement import NAMESPACE

HOW = "In person, by the fingerprint on their screen."


class Keyed(Lab):
    """A lab in which whoever acts signs with their own hand.

    ``claimed`` is the engine of somebody who only says who they are.
    """

    def __init__(self, directory: Path, *, threshold: int = 1, **settings: Any) -> None:
        super().__init__(directory, threshold=threshold, **settings)
        self.claimed = self.engine
        self.hands = Hands(*PEOPLE, ADMINISTRATOR, "bob", "cid", "eve", "zoe")
        self.engine = self.claimed.signing_with(self.hands)

    @classmethod
    def staffed(cls, directory: Path) -> Self:
        """A ledger whose people all have a key: made once in a process, and copied for whoever asks."""
        return cls._copied(directory, "keys", lambda lab: lab.found().staff())

    def reopen(self) -> None:
        """Lets go of every engine and opens the ledger anew; people sign as before."""
        super().reopen()
        self.claimed = self.engine
        self.engine = self.claimed.signing_with(self.hands)

    @property
    def origin(self) -> str:
        """What the ledger calls itself."""
        return self.claimed.roster().origin

    def found(self) -> Keyed:
        """As many administrators as it takes record their own keys, and then those of the others."""
        view = self.claimed.roster()
        founders = view.administrators[: view.threshold]
        for person in founders:
            self.tick()
            self.enrol(person, self.hands[person], by=person, verified_by=person, engine=self.claimed)
        for change in [item.id for item in self.claimed.roster().pending]:
            self.approve(change, engine=self.claimed)
        assert self.claimed.roster().keyed
        for person in view.administrators[view.threshold :]:
            self.agreed(self.enrol(person, self.hands[person]))
        return self

    def staff(self, people: Mapping[str, Sequence[str]] = PEOPLE) -> Keyed:
        """Puts people on the roster, each with a key."""
        for person, roles in people.items():
            self.agreed(self.tick().add_person(person, roles=roles, actor=ADMINISTRATOR, rationale=WHY))
            self.agreed(self.enrol(person, self.hands[person]))
        return self

    def signed(self, *publish: Any, roles: Mapping[str, Any] | None = None, **changes: Any) -> Process:
        """The lab's process, with signatures; ``roles`` say more of some of its roles."""
        written = {**definition(*publish, **changes), "signed": "true"}
        for name, more in (roles or {}).items():
            written["roles"][name] = {**written["roles"].get(name, {}), **more}
        return self.read(written)

    def enrol(
        self,
        person: str,
        hand: Hand,
        *,
        before: Hand | None = None,
        by: str = ADMINISTRATOR,
        verified_by: str | None = None,
        possession: Possession | None = None,
        engine: Engine | None = None,
    ) -> Outcome:
        """Somebody's key is recorded, by the key's own word, and that of another of theirs where there is one."""
        return (engine or self.tick()).enrol_key(
            person,
            hand.line,
            verified_by=verified_by or ("lee" if person == by else by),
            how=HOW,
            actor=by,
            rationale=WHY,
            possession=possession or hand.possesses(self.origin, before=before),
        )

    def approve(self, change: str, *, engine: Engine | None = None) -> None:
        """As many administrators approve as it takes."""
        while change in (pending := {item.id: item for item in self.claimed.roster().pending}):
            who = pending[change].who_can[0]
            self.tick()
            (engine or self.engine).approve_change(change, actor=who, rationale=WHY)

    def agreed(self, outcome: Outcome) -> Outcome:
        """What one administrator proposed, approved by the others that it takes."""
        proposed = outcome.events[0].id  # type: ignore[attr-defined]
        self.approve(proposed)
        return outcome

    def admitted(self, person: str, role: str = "safety", release: str = "aurora") -> Outcome:
        """The administrators let somebody count who came late."""
        return self.tick().admit_latecomer(person, role, release, actor=ADMINISTRATOR, rationale=WHY)

    def facts(self, label: str, trigger: str = "publish", slug: str = "aurora") -> list[str]:
        """Everything of a label that a gate tells."""
        answer = self.claimed.explain(slug, trigger, observe=False)
        return [fact.text for verdict in answer.verdicts for fact in verdict.facts if fact.label == label]

    def held_back(self, command: AnyCommand, hand: Hand, why: str = WHY) -> HeldBack:
        """What somebody signed now for a command, and has not handed in yet."""
        pipeline = self.claimed._pipeline
        text = SaltedText.of(why)
        with pipeline.turn, pipeline.storage.snapshot() as reader:
            said = {"rationale": text.commitment}
            statement = pipeline.intended(reader, command, said, {}, secrets.token_hex(16)).statement
        assert statement is not None
        signed = SignedElsewhere(statement, hand.sign(statement, NAMESPACE), {"rationale": text.salt})
        return HeldBack(command, {"rationale": why}, signed)

    def hand_in(self, held: HeldBack) -> Outcome:
        """Takes in what somebody signed before."""
        self.tick()
        return self.claimed._pipeline.execute(held.command, held.texts, reply=held.signed)


@dataclass(frozen=True)
class HeldBack:
    """A command with what its maker signed."""

    command: AnyCommand
    texts: Mapping[str, str]
    signed: SignedElsewhere
