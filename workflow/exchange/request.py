"""The request for a decision: everything that somebody needs who signs off a transition far from the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from workflow import statement
from workflow.clock import parse_timestamp, timestamp
from workflow.commands import RATIONALE, SignOff, depending
from workflow.errors import InvalidInput, LedgerError, SignOffRejected
from workflow.events import Event, Reaffirmed, RequirementRaised, SignOffRecorded
from workflow.exchange.parts import Approved, Origin, Said, Seen, Signatory
from workflow.exchange.reading import FRESH, read_model, write_fields
from workflow.exchange.reply import Reply, have_signed
from workflow.exchange.salting import commitments, salted
from workflow.facts import Binding, Decision, Moment, Slug
from workflow.gate import allows, outcome
from workflow.ledger import Json, digest
from workflow.process import Digest, Exposure, Model, Name
from workflow.proof import Signer
from workflow.statement import Tree
from workflow.views import Explanation

KIND = "holdfast-request"
NOUN = "request"


class Request(Model):
    """A transition that wants decisions, as it was when the request was made.

    What stands here at the top goes into the statement that is signed, and ``rests_on`` is what the basis in it is the
    digest of. All that ``says`` holds is what the request says, and not signed.
    """

    asks: Literal["decision"] = "decision"
    origin: Origin
    at: Moment
    tree: Seen
    release: Slug
    transition: Name
    source: Name = Field(alias="from")
    dest: Name = Field(alias="to")
    exposure: Exposure
    round: int = Field(ge=1)
    candidate: Digest
    process: Digest
    roster_version: int = Field(ge=0)
    basis: Digest
    rests_on: tuple[str, ...]
    lifetime: int | None = Field(ge=1)
    says: Said

    model_config = ConfigDict(populate_by_name=True)

    @model_validator(mode="after")
    def _basis_is_of_these_parts(self) -> Self:
        if digest(basis_parts(self)) != self.basis:
            raise ValueError("the basis is not the digest of what it says that approvals rest on")
        return self

    @property
    def explanation(self) -> Explanation:
        """What the gate said when the request was made."""
        says, verdicts = self.says, self.says.verdicts
        allowed = says.here and allows(verdicts)
        return Explanation(
            release=self.release,
            trigger=self.transition,
            source=self.source,
            dest=self.dest,
            here=says.here,
            allowed=allowed,
            outcome=None if allowed else outcome(verdicts) if says.here else "no",
            # Not from what the request says of itself: the exposure is signed.
            irreversible=self.exposure is Exposure.WEIGHTS,
            raises=says.raises,
            solo=says.solo,
            candidate=self.candidate,
            label=says.label,
            process=self.process,
            process_label=says.process_label,
            round=self.round,
            basis=self.basis,
            at=parse_timestamp(self.at),
            caller=None,
            verdicts=verdicts,
            signed=says.signed,
            obstacle=None if says.here else f"{self.release} was not in {self.source} when this was asked",
        )

    def person(self, name: str) -> Signatory | None:
        """Somebody who may decide, by handle."""
        return next((item for item in self.says.people if item.person == name), None)

    def whose(self, key: str) -> str | None:
        """Whose key that is, by its fingerprint, as the request says."""
        return next((item.person for item in self.says.people if key in item.keys), None)

    @property
    def other_files(self) -> str | None:
        """That the files are not the candidate any more, and which; None where nobody saw that."""
        files = self.says.files
        if files is None or not files.changed:
            return None
        return f"the files are not candidate {self.candidate[:12]} any more: {', '.join(files.changed)}"

    def meaning(self, person: str, role: str) -> str:
        """What an approval by somebody would say, in the words that are signed."""
        bound = self._binding(role, "approve", self._until(None), "0" * 32, {})
        return statement.meaning_of(person, self._recorded(bound))

    def obstacle(self, person: str, role: str) -> str | None:
        """Why an approval would not be taken, as far as the request knows, or None."""
        if self.other_files is not None:
            return self.other_files
        if not self.says.here:
            return f"the release is not in {self.source}"
        if role not in {item.name for item in self.says.roles}:
            return f"`{self.transition}` does not ask {role}"
        known = self.person(person)
        return known.excluded.get(role) if known else None

    def approval(self, person: str, role: str) -> Approved | None:
        """Somebody's last approval of this transition in a role."""
        known = self.person(person)
        return next((item for item in known.approved if item.role == role), None) if known else None

    def reply(
        self,
        actor: str,
        decision: Decision,
        role: str,
        rationale: str,
        signer: Signer,
        *,
        conditions: Sequence[str] = (),
        requirements: Sequence[tuple[str, str]] = (),
        expires: datetime | None = None,
        reaffirms: str | None = None,
    ) -> Reply:
        """Somebody's decision, signed. It is recorded where :meth:`workflow.Engine.collect` takes it in.

        Args:
            actor: by handle.
            decision: what they decide.
            role: as what.
            rationale: why.
            signer: signs with a key of theirs.
            conditions: under what an approval ceases to hold, once anybody who signs says that it has come about.
            requirements: what must be discharged before it lets anything through ("yes, if"), each with the role that
                discharges it.
            expires: until when it holds, where that is to be shorter than the gate lets it.
            reaffirms: an earlier approval of theirs, by its id.

        Raises:
            SignOffRejected: an approval that would not be taken; it was not signed.
            InvalidInput: a text says nothing, or an argument does not fit the decision.
            WorkflowError: whatever the signer raises.
        """
        approves = decision == "approve"
        if not approves and (conditions or requirements or expires or reaffirms):
            raise InvalidInput(
                "only an approval has conditions, requirements, an end or an earlier approval",
                remedy=f"leave them out, or say them in the reason to {decision}",
            )
        why = self.obstacle(actor, role) if approves else None
        if why is not None:
            raise SignOffRejected(
                f"{actor} cannot approve as {role}: {why}",
                remedy="ask for a fresh request, if that has changed; a refusal is always taken",
                reason=SignOffRejected.code,
            )
        try:
            fields, named = depending(conditions, requirements)
        except (TypeError, ValueError):
            raise InvalidInput(
                "conditions are texts, and requirements are pairs of a text and a role",
                remedy='write [("what must be done", "the role that says it is done")]',
            ) from None
        nonce = secrets.token_hex(16)
        texts = salted({RATIONALE: rationale, **named}, actor, nonce)
        asked: dict[str, Any] = {
            "actor": actor,
            "release": self.release,
            "transition": self.transition,
            "role": role,
            "decision": decision,
            "basis": self.basis,
            "cites": reaffirms,
            **fields,
        }
        command = read_model(SignOff, asked, "sign-off")
        until = self._until(expires) if approves else None
        bound = self._binding(command.role, decision, until, nonce, commitments(texts))
        try:
            data = statement.act(actor, self._events(command, bound), Tree(self.tree.size, self.tree.root))
        except LedgerError as error:
            raise InvalidInput(f"this cannot be signed: {error.message}", remedy="say less at once") from error
        return have_signed(data, command, texts, signer)

    def to_bytes(self) -> bytes:
        """The file."""
        return write_fields(KIND, self.model_dump(mode="json", by_alias=True))

    @classmethod
    def from_fields(cls, fields: Json) -> Self:
        """The request that a file holds.

        Raises:
            InvalidInput: a field is missing, unknown, or does not have its form.
        """
        return read_model(cls, fields, NOUN, remedy=FRESH)

    def _until(self, expires: datetime | None) -> str | None:
        """Until when an approval holds. It is counted from when the request was made, by the ledger's own clock."""
        longest = None
        if self.lifetime is not None:
            try:
                longest = timestamp(parse_timestamp(self.at) + timedelta(seconds=self.lifetime))
            except OverflowError:
                raise InvalidInput("the time to which approvals count is outside the calendar") from None
        if expires is None:
            return longest
        wanted = timestamp(expires)
        if wanted <= self.at:
            raise InvalidInput(f"{wanted} had passed when the request was made", remedy="name a later time")
        return min(wanted, longest) if longest else wanted

    def _binding(
        self, role: str, decision: Decision, expires: str | None, nonce: str, texts: dict[str, str]
    ) -> Binding:
        bound: dict[str, Any] = {
            "origin": self.origin,
            "release": self.release,
            "act": "sign",
            "transition": self.transition,
            "from": self.source,
            "to": self.dest,
            "round": self.round,
            "basis": self.basis,
            "candidate": self.candidate,
            "process": self.process,
            "roster_version": self.roster_version,
            "role": role,
            "decision": decision,
            "expires": expires,
            "nonce": nonce,
            "texts": texts,
        }
        return read_model(Binding, bound, "sign-off")

    def _recorded(self, bound: Binding) -> SignOffRecorded:
        """What would be recorded. Its id and the role's authority are in no statement; the ledger knows them."""
        return SignOffRecorded(
            id="S1", decision=bound.decision, authority="veto", exposure=self.exposure, binding=bound
        )

    def _events(self, command: SignOff, bound: Binding) -> tuple[Event, ...]:
        events: list[Event] = [self._recorded(bound)]
        if command.cites is not None:
            cited = self.approval(command.actor, command.role)
            if cited is None or cited.id != command.cites:
                raise InvalidInput(
                    f"the request knows no last approval {command.cites} of {command.actor} as {command.role}",
                    remedy=f"it knows {cited.id}" if cited else "approve without reaffirming anything",
                )
            events.append(
                Reaffirmed(subject=cited.id, entry=cited.entry, candidate=cited.candidate, difference=cited.components)
            )
        events += [
            RequirementRaised(
                id=f"R{place}",
                kind="yes_if",
                text=wanted.text,
                role=command.role,
                discharged_by=wanted.discharged_by,
                blocks=(command.transition,),
            )
            for place, wanted in enumerate(command.requirements, 1)
        ]
        return tuple(events)


def basis_parts(request: Request) -> Json:
    """What the basis of a transition is the digest of, as :class:`workflow.policy.GateContext` has it."""
    return {
        "format": 1,
        "kind": "holdfast-basis",
        "candidate": request.candidate,
        "process": request.process,
        "round": request.round,
        "transition": request.transition,
        "from": request.source,
        "to": request.dest,
        "rests_on": list(request.rests_on),
    }
