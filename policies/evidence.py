"""The reports on this candidate stay within a bound."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from workflow.policy import (
    Bound,
    Duration,
    Evidence,
    Fact,
    GateContext,
    Policy,
    Reason,
    Verdict,
    length,
    moment,
    timestamp,
    worst,
)


class EvidencePolicy(Policy, Bound):
    """Reports of one ``kind`` and ``name`` on this very candidate meet a bound: every one, and at least one in full.

    All conclusive reports count, and the worst of them decides, until it is set aside: neither a rerun nor time takes
    it away. To support the candidate a report must also say by itself whose it is (or be ``declared``, where that is
    enough) and be younger than ``max_age``.
    """

    rule: ClassVar[str] = "evidence"

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
        return f"{words}, in the worst report on this candidate"

    def rests_on(self, context: GateContext) -> Sequence[str]:
        """Every matching report of this release, and whether it counts; those of others are looked at live."""
        return [
            f"evidence {item.id} {item.blob} {'counts' if item.set_aside is None else 'set aside'}"
            for item in context.evidence(self.kind, self.name)
            if item.release == context.release.slug
        ]

    def evaluate(self, context: GateContext) -> Verdict:
        """Lets the worst report decide, then asks for one that may support the candidate."""
        found = [item for item in context.evidence(self.kind, self.name) if item.set_aside is None]
        counting = [item for item in found if item.report.conclusive]
        facts = [_ignored(item) for item in found if not item.report.conclusive]
        summary = f"evidence {self.name}: {self.metric} {'<=' if self.upper else '>='} {self.limit}"
        judged = worst(self, [(item, item.report) for item in counting])
        if judged is None:
            return self.block(self._none(found), summary=summary, facts=facts)
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

    def _none(self, found: Sequence[Evidence]) -> Reason:
        remedy = f"attach a conclusive report of {self.name} on this candidate"
        if not found:
            return Reason(kind="open", code="no-report", text=f"no report of {self.name} ({self.kind})", remedy=remedy)
        why = "; ".join(_why_inconclusive(item) for item in found)
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
        if self.candidate == "stated" and not item.stated:
            return Reason(
                kind="open",
                code="not-stated",
                text=f"{item.id} does not say itself which candidate it was made for; {item.by} declared it",
                remedy="attach a report that names it: for Inspect, --metadata holdfast_candidate=" + item.candidate,
                subject=item.id,
            )
        if self.max_age is None:
            return None
        if item.report.completed_at is None:
            return Reason(
                kind="open",
                code="age-unknown",
                text=f"{item.id} does not say when it was completed, and may be {self.max_age} old at most",
                remedy="attach a report that says when it was completed",
                subject=item.id,
            )
        completed = moment(item.report.completed_at)
        if completed > context.now:
            return Reason(
                kind="error",
                code="from-the-future",
                text=f"{item.id} was completed {timestamp(completed)}, and it is {timestamp(context.now)} now",
                remedy="find out which clock is wrong; then set the report aside, or wait",
                subject=item.id,
            )
        if context.passed(completed + length(self.max_age), item.entry):
            return Reason(
                kind="open",
                code="too-old",
                text=f"{item.id} was completed {timestamp(completed)}, more than {self.max_age} ago",
                remedy=f"run {self.name} again on this candidate",
                subject=item.id,
            )
        return None


def _why_inconclusive(item: Evidence) -> str:
    return f"{item.id} is {item.report.status}" + (f", {item.report.detail}" if item.report.detail else "")


def _ignored(item: Evidence) -> Fact:
    return Fact(label="ignored", text=_why_inconclusive(item), entry=item.entry)
