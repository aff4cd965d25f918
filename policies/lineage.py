"""What a candidate that was made from another must descend from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import field_validator

from workflow.policy import (
    COMPARED,
    CannotTell,
    Component,
    Exposure,
    Fact,
    GateContext,
    Need,
    Parent,
    Policy,
    Reason,
    Verdict,
)


class Lineage(Policy):
    """The candidate names a parent that is known here, got as far as ``exposure``, and shares some components with it.

    A parent is named with the release, or with the candidate that this one replaced in it. One that meets all of this
    is enough. ``unchanged`` names the components that must have the very files of the parent. Nothing that the
    candidate descends from may be a withdrawn candidate, unless ``withdrawn`` is true.
    """

    rule: ClassVar[str] = "lineage"

    exposure: Exposure = Exposure.INTERNAL
    unchanged: tuple[Component, ...] = ()
    withdrawn: bool = False

    @field_validator("unchanged")
    @classmethod
    def _names_each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a component stands twice")
        return value

    def describe(self) -> str:
        """The demand in words."""
        got = "is known here" if self.exposure is Exposure.INTERNAL else f"got to {self.exposure} here"
        words = f"it names a parent, which {got}"
        if self.unchanged:
            words += f" and has the same {', '.join(self.unchanged)}"
        return words if self.withdrawn else f"{words}; nothing that it descends from was withdrawn"

    def needs(self, context: GateContext) -> tuple[Need, ...]:
        """What became of each component since each parent, where that is asked."""
        if not self.unchanged:
            return ()
        return tuple(_comparison(context, parent) for parent in context.parents if parent.releases)

    def evaluate(self, context: GateContext) -> Verdict:
        """Looks for one parent that will do, and for a withdrawn one anywhere before it."""
        if not context.parents:
            reason = Reason(
                kind="no",
                code="no-parent",
                text="the candidate names no parent",
                remedy="start a release of these files that does: holdfast start --derived-from PARENT",
            )
            return self.block(reason, summary="lineage: no parent")
        gone = [] if self.withdrawn else [_withdrawn(digest, slug) for digest, slug in context.withdrawn_ancestors]
        lacking = [(parent, self._lacks(context, parent)) for parent in context.parents]
        facts = [_told(parent) for parent in context.parents]
        fit = [parent for parent, why in lacking if not why]
        if fit:
            summary = f"lineage: from {', '.join(map(_name, fit))}"
            return self.block(*gone, summary=summary, facts=facts) if gone else self.allow(summary, facts=facts)
        # Of several parents, those that can still become fit say how it stands.
        hopeful = [why for _, why in lacking if all(reason.kind == "open" for reason in why)]
        reasons = [reason for why in hopeful or [why for _, why in lacking] for reason in why]
        return self.block(*gone, *reasons, summary="lineage: no parent that will do", facts=facts)

    def _lacks(self, context: GateContext, parent: Parent) -> list[Reason]:
        """Why a parent will not do; nothing where it will."""
        if not parent.releases:
            return [
                Reason(
                    kind="open",
                    code="parent-unknown",
                    text=f"the parent {parent.digest[:12]} is no candidate of any release here",
                    remedy="start a release of it",
                )
            ]
        lacks = []
        if parent.exposure.rank < self.exposure.rank:
            reason = Reason(
                kind="open",
                code="parent-exposure",
                text=f"the parent {_name(parent)} got to {parent.exposure} here, and {self.exposure} is asked",
                remedy=f"release it first, to {self.exposure}",
                release=parent.releases[0],
            )
            lacks.append(reason)
        became = self._became(context, parent) if self.unchanged else {}
        changed = [f"{name} {became.get(name, 'not there')}" for name in self.unchanged if became.get(name) != "same"]
        if changed:
            reason = Reason(
                kind="no",
                code="component-changed",
                text=f"not as in the parent {_name(parent)}: {', '.join(changed)}",
                remedy="a candidate made with those very files, or another process",
                release=parent.releases[0],
            )
            lacks.append(reason)
        return lacks

    def _became(self, context: GateContext, parent: Parent) -> Mapping[str, object]:
        found = (context.observation(_comparison(context, parent)).ok or {}).get("components")
        if not isinstance(found, dict):
            raise CannotTell("what was observed does not say what became of the components")
        return found


def _comparison(context: GateContext, parent: Parent) -> Need:
    return Need(kind=COMPARED, params={"from": parent.digest, "to": context.release.candidate.digest})


def _withdrawn(digest: str, slug: str) -> Reason:
    return Reason(
        kind="no",
        code="ancestor-withdrawn",
        text=f"it descends from {digest[:12]}, which was withdrawn in {slug}",
        remedy="a candidate that does not, or a process for what mends a withdrawn one",
        release=slug,
    )


def _name(parent: Parent) -> str:
    return f"{parent.digest[:12]} ({', '.join(parent.releases)})"


def _told(parent: Parent) -> Fact:
    got = f"got to {parent.exposure}" if parent.releases else "unknown here"
    return Fact(label="parent", text=f"{_name(parent) if parent.releases else parent.digest[:12]}, {got}")
