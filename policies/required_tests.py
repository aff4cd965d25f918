"""Every required test was done, or somebody answers for why it is not applicable; and none failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from pydantic import Field, model_validator

from workflow.policy import Fact, GateContext, JudgedTest, Name, Policy, Reason, Verdict

GOOD = frozenset({"done", "not_applicable"})


class RequiredTests(Policy):
    """Each of ``tests`` is done or not applicable, for this candidate: so say ``people`` who hold one of ``roles``.

    What counts is each person's latest word in each role. One ``failed`` refuses, whoever else says what and whatever
    became of its maker since; silence keeps the test open. ``done`` and ``not_applicable`` count only from people who
    have held the role ever since, and are neither requester nor author; ``done`` only as long as no report that it
    cites is set aside.
    """

    rule: ClassVar[str] = "required_tests"
    overridable: ClassVar[frozenset[str]] = frozenset({"test-open"})

    tests: tuple[Name, ...] = Field(min_length=1)
    roles: tuple[Name, ...] = Field(min_length=1)
    people: int = Field(default=1, ge=1, le=99)

    @model_validator(mode="after")
    def _names_each_test_once(self) -> Self:
        if len(set(self.tests)) < len(self.tests):
            raise ValueError("a test stands twice")
        return self

    def roles_named(self) -> tuple[str, ...]:
        """The roles, one of which whoever speaks of a test holds."""
        return self.roles

    def tests_named(self) -> tuple[str, ...]:
        """The tests that are wanted."""
        return self.tests

    def describe(self) -> str:
        """The demand in words."""
        people = "1 person" if self.people == 1 else f"{self.people} people"
        said = f"{people} as {' or '.join(self.roles)} said of each of these tests that it is done or not applicable"
        return f"{said}, and nobody that it failed: {', '.join(self.tests)}"

    def rests_on(self, context: GateContext) -> Sequence[str]:
        """Who says what of each test in this release, and which of the reports that they cite are set aside."""
        return [
            " ".join(("test", test, said.act.person, said.act.role, said.verdict, *_cited(context, said)))
            for test in self.tests
            for said in self._latest(context, test)
            if said.release == context.release.slug
        ]

    def evaluate(self, context: GateContext) -> Verdict:
        """One reason for each failure, and one for each test of which nobody has said enough."""
        reasons: list[Reason] = []
        facts: list[Fact] = []
        settled = 0
        for test in self.tests:
            against, told = self._judge(context, test)
            reasons += against
            facts += told
            settled += not against
        summary = f"required tests: {settled} of {len(self.tests)} settled"
        return self.block(*reasons, summary=summary, facts=facts) if reasons else self.allow(summary, facts=facts)

    def _judge(self, context: GateContext, test: str) -> tuple[list[Reason], list[Fact]]:
        reasons: list[Reason] = []
        facts: list[Fact] = []
        content: set[str] = set()
        for said in self._latest(context, test):
            person, entry = said.act.person, said.act.entry
            ignored = _ignored(context, said) if said.verdict in GOOD else None
            cited = f" on {', '.join(said.evidence)}" if said.evidence else ""
            text = f"{test}: {_word(said)}{cited}, {person} as {said.act.role}" + (f" ({ignored})" if ignored else "")
            facts.append(Fact(label="ignored" if ignored else "tested", text=text, person=person, entry=entry))
            if said.verdict not in GOOD:
                reasons.append(_failed(context, said))
            elif not ignored:
                content.add(person)
        missing = self.people - len(content)
        if missing > 0:
            wanted = " or ".join(self.roles)
            eligible = {person for role in self.roles for person in context.eligible(role)}
            can = tuple(sorted(eligible - content))
            what = "say that it is done or not applicable"
            reasons.append(
                Reason(
                    kind="open",
                    code="test-open",
                    text=f"{test}: {missing} more to {what}, as {wanted}",
                    remedy=f"somebody as {wanted} says what came of {test}" if can else f"grant {wanted} to somebody",
                    who=can,
                    subject=test,
                )
            )
        return reasons, facts

    def _latest(self, context: GateContext, test: str) -> tuple[JudgedTest, ...]:
        return context.latest([said for said in context.judged_tests if said.test == test], self.roles, GOOD)


def _word(said: JudgedTest) -> str:
    return said.verdict.replace("_", " ")


def _cited(context: GateContext, said: JudgedTest) -> list[str]:
    """The reports that somebody cites, each with what became of it."""
    # One that was set aside with a key that turned out bad counts again, and supports nothing.
    aside = {item.id for item in context.release.evidence if item.set_aside is not None or item.doubted is not None}
    return [f"{cited}:{'aside' if cited in aside else 'counts'}" for cited in said.evidence]


def _ignored(context: GateContext, said: JudgedTest) -> str | None:
    if said.release != context.release.slug:
        return f"said in {said.release}, which is not this release"
    gone = [cited.partition(":")[0] for cited in _cited(context, said) if cited.endswith(":aside")]
    return context.lapsed(said.act) or (f"{', '.join(gone)} was set aside since" if gone else None)


def _failed(context: GateContext, said: JudgedTest) -> Reason:
    person = said.act.person
    here = context.roster.knows(person)
    return Reason(
        kind="no",
        code="test-failed",
        text=f"{said.test}: {person} said as {said.act.role} that it failed, entry {said.act.entry}",
        remedy=f"{person} says what came of it since, or other bytes" if here else f"{person} has left: other bytes",
        who=(person,) if here else (),
        role=said.act.role,
        subject=said.test,
        release=said.release,
    )
