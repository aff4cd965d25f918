"""The reports on this candidate stay within a bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, field_validator

from workflow.policy import (
    Bound,
    Component,
    Duration,
    Evidence,
    Fact,
    GateContext,
    Justification,
    Policy,
    Reason,
    Verdict,
    length,
    moment,
    timestamp,
    worst,
)

_NAMES = {
    "inspect": "for Inspect, --metadata holdfast_candidate={}",
    "lm_eval": """for lm_eval, --metadata '{{"holdfast_candidate": "{}"}}'""",
    "report": "its field candidate is {}",
}
"""How each kind of report says itself which candidate it was made for."""


class EvidencePolicy(Policy, Bound):
    """Reports of one ``kind`` and ``name`` on this very candidate meet a bound: every one, and at least one in full.

    All conclusive reports count, and the worst of them decides, until it is set aside: neither a rerun nor time takes
    it away. To support the candidate a report must also say by itself whose it is (with ``candidate: declared`` it is
    enough that whoever attached it does) and be younger than ``max_age``.
    """

    rule: ClassVar[str] = "evidence"
    overridable: ClassVar[frozenset[str]] = frozenset(
        {"no-report", "inconclusive", "not-stated", "too-old", "age-unknown", "elsewhere"}
    )

    kind: Literal["inspect"] = "inspect"
    name: str = Field(min_length=1, max_length=256)
    max_age: Duration | None = None
    candidate: Literal["stated", "declared"] = "stated"

    def describe(self) -> str:
        """The demand in words."""
        words = f"{self.name} ({self.kind}): {self.metric} {'at most' if self.upper else 'at least'} {self.limit}"
        if self.margin is not None:
            words += f", with a margin of {self.margin}"
        if self.confidence is not None:
            words += f", at {self.confidence} confidence"
        if self.min_samples is not None:
            words += f", over at least {self.min_samples} samples"
        if self.max_age is not None:
            words += f", not older than {self.max_age}"
        return f"{words}, in the worst report on {self._on()}"

    def _on(self) -> str:
        return "this candidate"

    def rests_on(self, context: GateContext) -> Sequence[str]:
        """Every matching report of this release, and whether it counts; those of others are looked at live."""
        return [
            f"evidence {item.id} {item.blob} {'counts' if item.set_aside is None else 'set aside'}"
            for item in context.evidence(self.kind, self.name)
            if item.release == context.release.slug
        ]

    def evaluate(self, context: GateContext) -> Verdict:
        """Lets the worst report decide, then asks for one that may support the candidate."""
        found = self._found(context)
        counting = [item for item in found if item.report.conclusive]
        facts = [*(_ignored(context, item) for item in found if not item.report.conclusive), *self._beside(context)]
        summary = f"evidence {self.name}: {self.metric} {'<=' if self.upper else '>='} {self.limit}"
        judged = worst(self, [(item, item.report) for item in counting])
        if judged is None:
            return self.block(self._none(context, found), summary=summary, facts=facts)
        item, judgement = judged
        facts.insert(0, Fact(label="have", text=f"{judgement.shown}, {item.filename}", entry=item.entry))
        if judgement.outcome == "not_met":
            reason = Reason(
                kind="no",
                code="bound-not-met",
                text=f"{context.reference(item)} says {judgement.shown}, entry {item.entry}",
                remedy="better bytes, and a run on those; or this report is set aside, with the reason why",
                subject=item.id,
                release=item.release,
            )
            return self.block(reason, summary=summary, facts=facts)
        if judgement.outcome == "inconclusive":
            reason = Reason(
                kind="open",
                code="inconclusive",
                text=f"{context.reference(item)} cannot be judged: {judgement.shown}",
                remedy="a run that can be judged, and this report set aside",
                subject=item.id,
                release=item.release,
            )
            return self.block(reason, summary=summary, facts=facts)
        refused = [why for item in counting if (why := self._unfit(context, item)) is not None]
        if len(refused) < len(counting) and all(why.kind == "open" for why in refused):
            return self.allow(summary, facts=facts)
        return self.block(*refused, summary=summary, facts=facts)

    def _found(self, context: GateContext) -> list[Evidence]:
        """The reports that count, but for those that decide nothing."""
        return [item for item in context.evidence(self.kind, self.name) if item.set_aside is None]

    def _beside(self, context: GateContext) -> list[Fact]:  # noqa: ARG002
        """What there is to say beside the reports that count."""
        return []

    def _remedy(self, context: GateContext) -> str:  # noqa: ARG002
        return f"attach a conclusive report of {self.name} on this candidate"

    def _none(self, context: GateContext, found: Sequence[Evidence]) -> Reason:
        remedy = self._remedy(context)
        if not found:
            return Reason(kind="open", code="no-report", text=f"no report of {self.name} ({self.kind})", remedy=remedy)
        why = "; ".join(_why_inconclusive(context, item) for item in found)
        return Reason(kind="open", code="inconclusive", text=f"no report decides: {why}", remedy=remedy)

    def _unfit(self, context: GateContext, item: Evidence) -> Reason | None:
        """Why a report that meets the bound cannot support the candidate, or None where it can."""
        if item.release != context.release.slug:
            return Reason(
                kind="open",
                code="elsewhere",
                text=f"{context.reference(item)} was attached in another release: it may count against this one only",
                remedy="attach it here too",
                subject=item.id,
                release=item.release,
            )
        return self._unsupporting(context, item)

    def _unsupporting(self, context: GateContext, item: Evidence) -> Reason | None:
        """Why a report cannot support a candidate, whichever it was made for, or None where it can."""
        name = context.reference(item)
        where = item.release if item.release != context.release.slug else None
        if item.doubted is not None:
            return Reason(
                kind="open",
                code="doubted",
                text=f"{name} was set aside, entry {item.doubted}, with a key that does not count any more",
                remedy="it is set aside again, or attach another report",
                subject=item.id,
                release=where,
            )
        if self.candidate == "stated" and not item.stated:
            return Reason(
                kind="open",
                code="not-stated",
                text=f"{name} does not say itself which candidate it was made for; {item.by} declared it",
                remedy=f"attach a report that names it: {_NAMES[item.report.kind].format(item.candidate)}"
                if item.report.kind in _NAMES
                else "attach a report that names it",
                subject=item.id,
                release=where,
            )
        if self.max_age is None:
            return None
        if item.report.completed_at is None:
            return Reason(
                kind="open",
                code="age-unknown",
                text=f"{name} does not say when it was completed, and may be {self.max_age} old at most",
                remedy="attach a report that says when it was completed",
                subject=item.id,
                release=where,
            )
        completed = moment(item.report.completed_at)
        if completed > context.now:
            return Reason(
                kind="error",
                code="from-the-future",
                text=f"{name} was completed {timestamp(completed)}, and it is {timestamp(context.now)} now",
                remedy="find out which clock is wrong; then set the report aside, or wait",
                subject=item.id,
                release=where,
            )
        if context.passed(completed + length(self.max_age), item.entry):
            return Reason(
                kind="open",
                code="too-old",
                text=f"{name} was completed {timestamp(completed)}, more than {self.max_age} ago",
                remedy=f"run {self.name} again on this candidate",
                subject=item.id,
                release=where,
            )
        return None


class EvidenceOfAncestors(EvidencePolicy):
    """As before, and what somebody answered for counts too: reports on what the candidate descends from.

    Such a report counts by a justification for exactly this candidate, given by a person of a role with a veto; then
    it is one of those of which the worst decides. It supports the candidate as long as its justification holds. Without
    one it counts neither for the candidate nor against it. ``depends_on`` names the components that this kind of
    evidence depends on, for those who answer and those who read it; none named, all of them.
    """

    revision: ClassVar[int] = 2

    kind: Literal["inspect", "lm_eval", "report", "model_signing"] = "inspect"  # type: ignore[assignment]
    depends_on: tuple[Component, ...] = ()

    @field_validator("depends_on")
    @classmethod
    def _names_each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a component stands twice")
        return value

    def _on(self) -> str:
        parts = f" (which depends on {', '.join(self.depends_on)})" if self.depends_on else ""
        return f"this candidate, or on an ancestor if somebody answered for letting it count{parts}"

    def rests_on(self, context: GateContext) -> Sequence[str]:
        """Beside the reports, every justification of this release."""
        justified = [
            f"justified {context.reference(item)} {item.blob} {said.act.entry} "
            f"{'counts' if item.set_aside is None else 'set aside'}"
            for item, said in context.justified(self.kind, self.name)
            if said.release == context.release.slug
        ]
        return [*super().rests_on(context), *justified]

    def _found(self, context: GateContext) -> list[Evidence]:
        justified = {(item.release, item.id): item for item, _ in context.justified(self.kind, self.name)}
        return [*super()._found(context), *(item for item in justified.values() if item.set_aside is None)]

    def _beside(self, context: GateContext) -> list[Fact]:
        facts = []
        for item, said in context.justified(self.kind, self.name):
            if item.set_aside is None:
                act = said.act
                why = self._lapsed(context, said)
                text = f"{context.reference(item)} by {act.person}, entry {act.entry}: {self._changed(said)}"
                text += f"; ignored: {why}" if why else ""
                facts.append(Fact(label="justified", text=text, person=act.person, entry=act.entry))
        for item in self._waiting(context):
            name = context.reference(item)
            text = (
                f"{name}, made for {item.candidate[:12]}, which this one descends from; to let it count: "
                f"holdfast justify {context.release.slug} {name}"
            )
            facts.append(Fact(label="ignored", text=text, entry=item.entry))
        return facts

    def _changed(self, said: Justification) -> str:
        parts = ", ".join(f"{name} {what}" for name, what in said.difference.items())
        return f"{parts}; it depends on {', '.join(self.depends_on) or 'all of them'}"

    def _waiting(self, context: GateContext) -> list[Evidence]:
        """The reports on ancestors for which nobody has answered."""
        justified = {(item.release, item.id) for item, _ in context.justified(self.kind, self.name)}
        return [
            item
            for item in context.of_ancestors(self.kind, self.name)
            if item.set_aside is None and (item.release, item.id) not in justified
        ]

    def _remedy(self, context: GateContext) -> str:
        waiting = [context.reference(item) for item in self._waiting(context) if item.report.conclusive]
        answer = f"; or somebody answers for {waiting[0]}, and it counts" if waiting else ""
        return super()._remedy(context) + answer

    def _unfit(self, context: GateContext, item: Evidence) -> Reason | None:
        if item.candidate == context.release.candidate.digest:
            return super()._unfit(context, item)
        acts = [
            (said, self._lapsed(context, said))
            for other, said in context.justified(self.kind, self.name)
            if (other.release, other.id) == (item.release, item.id)
        ]
        if any(why is None for _, why in acts):
            return self._unsupporting(context, item)
        told = "; ".join(f"{said.act.person}, entry {said.act.entry}: {why}" for said, why in acts)
        vetoes = [role.name for role in context.process.roles if role.authority == "veto"]
        return Reason(
            kind="open",
            code="justification-lapsed",
            text=f"that {context.reference(item)} counts here is nobody's word any more: {told}",
            remedy="somebody who may answers for it again, or a report on this candidate",
            who=tuple(sorted({person for role in vetoes for person in context.eligible(role)})),
            subject=item.id,
            release=item.release,
        )

    def _unsupporting(self, context: GateContext, item: Evidence) -> Reason | None:
        fault = context.unsound(item.declared) if item.declared is not None else None
        if fault is None:
            return super()._unsupporting(context, item)
        return Reason(
            kind="open",
            code="declaration-unsound",
            text=f"which candidate {context.reference(item)} was made for, {item.by} declared, and that {fault}",
            remedy="attach a report that names its candidate itself",
            subject=item.id,
            release=item.release,
        )

    def _lapsed(self, context: GateContext, said: Justification) -> str | None:
        """Why by a justification its report supports nothing, or None; against the candidate it counts all the same."""
        role = said.act.role
        if said.release != context.release.slug:
            return f"said in {said.release}, which is not this release"
        if not context.process.has_role(role) or context.process.role(role).authority != "veto":
            return f"said as {role}, which holds no veto here"
        return context.lapsed(said.act)


def _why_inconclusive(context: GateContext, item: Evidence) -> str:
    detail = f", {item.report.detail}" if item.report.detail else ""
    return f"{context.reference(item)} is {item.report.status}{detail}"


def _ignored(context: GateContext, item: Evidence) -> Fact:
    return Fact(label="ignored", text=_why_inconclusive(context, item), entry=item.entry)
