"""Every risk area was reviewed and found acceptable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from workflow.policy import Fact, GateContext, Name, Policy, Reason, Review, Verdict

GOOD = frozenset({"acceptable"})


class RiskAreas(Policy):
    """Each of ``areas`` was found acceptable, for this candidate, by ``reviewers`` people who hold one of ``roles``.

    What counts is each person's latest verdict in each role. One ``unacceptable`` refuses and one ``unclear`` keeps the
    area open, whoever else is content and whatever became of its maker since; silence is open too. ``acceptable``
    counts only from people who have held the role ever since, and are neither requester nor author.
    """

    rule: ClassVar[str] = "risk_areas"
    overridable: ClassVar[frozenset[str]] = frozenset({"area-not-reviewed"})

    areas: tuple[Name, ...] = Field(min_length=1)
    roles: tuple[Name, ...] = Field(min_length=1)
    reviewers: int = Field(default=1, ge=1, le=99)

    @model_validator(mode="after")
    def _names_each_area_once(self) -> Self:
        if len(set(self.areas)) < len(self.areas):
            raise ValueError("an area stands twice")
        return self

    def roles_named(self) -> tuple[str, ...]:
        """The roles, one of which a reviewer holds."""
        return self.roles

    def areas_named(self) -> tuple[str, ...]:
        """The areas to be reviewed."""
        return self.areas

    def describe(self) -> str:
        """The demand in words."""
        people = "1 person" if self.reviewers == 1 else f"{self.reviewers} people"
        return f"{people} as {' or '.join(self.roles)} found each of these acceptable: {', '.join(self.areas)}"

    def rests_on(self, context: GateContext) -> Sequence[str]:
        """Who says what of each area in this release; what others hold against it is looked at when the gate is."""
        return [
            f"risk {area} {review.act.person} {review.act.role} {review.verdict}"
            for area in self.areas
            for review in self._latest(context, area)
            if review.release == context.release.slug
        ]

    def evaluate(self, context: GateContext) -> Verdict:
        """One reason for each refusal and doubt, and one for each area that nobody has said enough about."""
        reasons: list[Reason] = []
        facts: list[Fact] = []
        settled = 0
        for area in self.areas:
            against, reviewed = self._judge(context, area)
            reasons += against
            facts += reviewed
            settled += not against
        summary = f"risk areas: {settled} of {len(self.areas)} acceptable"
        return self.block(*reasons, summary=summary, facts=facts) if reasons else self.allow(summary, facts=facts)

    def _judge(self, context: GateContext, area: str) -> tuple[list[Reason], list[Fact]]:
        reasons: list[Reason] = []
        facts: list[Fact] = []
        content: set[str] = set()
        for review in self._latest(context, area):
            person = review.act.person
            ignored = _ignored(context, review) if review.verdict in GOOD else None
            text = f"{area}: {review.verdict}, {person} as {review.act.role}" + (f" ({ignored})" if ignored else "")
            facts.append(
                Fact(label="ignored" if ignored else "reviewed", text=text, person=person, entry=review.act.entry)
            )
            if review.verdict not in GOOD:
                reasons.append(_against(context, review))
            elif not ignored:
                content.add(person)
        missing = self.reviewers - len(content)
        if missing > 0:
            eligible = {person for role in self.roles for person in context.eligible(role)}
            can = tuple(sorted(eligible - content))
            wanted = " or ".join(self.roles)
            reasons.append(
                Reason(
                    kind="open",
                    code="area-not-reviewed",
                    text=f"{area}: {missing} more to find it acceptable as {wanted}",
                    remedy=f"a review of {area} as {wanted}" if can else f"grant {wanted} to somebody who may review",
                    who=can,
                    subject=area,
                )
            )
        return reasons, facts

    def _latest(self, context: GateContext, area: str) -> tuple[Review, ...]:
        """Each person's last verdict on an area, in each of the roles that count, on this candidate."""
        return context.latest([review for review in context.reviews if review.area == area], self.roles, GOOD)


def _ignored(context: GateContext, review: Review) -> str | None:
    if review.release != context.release.slug:
        return f"said in {review.release}, which is not this release"
    return context.lapsed(review.act)


def _against(context: GateContext, review: Review) -> Reason:
    person = review.act.person
    here = context.roster.knows(person)
    return Reason(
        kind="no" if review.verdict == "unacceptable" else "open",
        code=f"area-{review.verdict}",
        text=f"{review.area}: {person} found it {review.verdict} as {review.act.role}, entry {review.act.entry}",
        remedy=f"{person} reviews it again, or other bytes" if here else f"{person} has left: other bytes",
        who=(person,) if here else (),
        role=review.act.role,
        subject=review.area,
        release=review.release,
    )
