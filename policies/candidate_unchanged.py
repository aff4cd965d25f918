"""The files are still the ones that everybody decided on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from workflow.policy import (
    CannotTell,
    Duration,
    Fact,
    GateContext,
    Name,
    Need,
    Policy,
    Reason,
    Verdict,
    length,
    moment,
    timestamp,
)

LISTS = ("changed", "added", "removed")


class CandidateUnchanged(Policy):
    """The candidate's files, hashed again now and where they are, give the digest that the release stands for."""

    rule: ClassVar[str] = "candidate_unchanged"

    def describe(self) -> str:
        """The demand in words."""
        return "the files, hashed again, are exactly the candidate"

    def needs(self, context: GateContext) -> tuple[Need, ...]:
        """A look at the files."""
        return (Need(kind="rehash", params={"manifest": context.release.candidate.digest}),)

    def evaluate(self, context: GateContext) -> Verdict:
        """Compares what was found with what the release stands for."""
        digest = context.release.candidate.digest
        observation = context.observation(self.needs(context)[0])
        found = observation.ok or {}
        names = {kind: _names(found, kind) for kind in LISTS}
        if found.get("manifest") == digest and not any(names.values()):
            return self.allow(facts=[Fact(label="hashed", text=f"{digest[:12]}, {observation.at}")])
        parts = [f"{kind} {', '.join(files)}" for kind, files in names.items() if files]
        what = "; ".join(parts) or "they have another digest"
        reason = Reason(
            kind="no",
            code="candidate-changed",
            text=f"the files are not candidate {digest[:12]} any more: {what}",
            remedy="put the files back, or make them the release's new candidate, which is decided on anew",
        )
        return self.block(reason)


class CandidateMeasured(CandidateUnchanged):
    """As before; or somebody who holds one of the roles ``measured_by`` measured the files where they are.

    A measurement is an observation, signed by whoever made it. It counts for ``max_age`` from when the hashing began,
    from people who are neither requester nor author, with a key of theirs that may sign now.
    """

    revision: ClassVar[int] = 2

    measured_by: tuple[Name, ...] = ()
    max_age: Duration = "24h"

    def roles_named(self) -> tuple[str, ...]:
        """The roles whose holders may measure elsewhere."""
        return self.measured_by

    def describe(self) -> str:
        """The demand in words."""
        if not self.measured_by:
            return super().describe()
        who = " or ".join(self.measured_by)
        return f"{super().describe()}; or measured where they are by {who}, not longer than {self.max_age} ago"

    def needs(self, context: GateContext) -> tuple[Need, ...]:
        """A look at the files, for which a measurement will do where anybody may make one."""
        (need,) = super().needs(context)
        return (Need(kind=need.kind, params={**need.params, "measured": True}),) if self.measured_by else (need,)

    def evaluate(self, context: GateContext) -> Verdict:
        """Compares what was found; of what was measured elsewhere, also by whom, with which key and when."""
        verdict = super().evaluate(context)
        measured = (context.observation(self.needs(context)[0]).ok or {}).get("measured")
        if measured is None or not verdict.allow:
            return verdict
        by, key, at = (_text(measured, name) for name in ("by", "key", "at"))
        fact = Fact(label="measured", text=f"elsewhere by {by}, from {at} on, with {key}", person=by)
        unfit = self._unfit(context, by, key, at)
        return self.block(unfit, facts=[fact]) if unfit else self.allow(facts=[*verdict.facts, fact])

    def _unfit(self, context: GateContext, by: str, key: str, at: str) -> Reason | None:
        """Why a measurement does not count, or None where it does."""
        held = [role for role in self.measured_by if context.roster.holds(by, role)]
        barred = {role: context.excluded(by, role) for role in held}
        made = moment(at)
        if not held:
            return self._open(context, "measurer-role", f"{by} is not {' or '.join(self.measured_by) or 'asked'}")
        if all(barred.values()):
            return self._open(context, "measurer-excluded", f"{by} may not measure this: {barred[held[0]]}")
        faults = [context.unfit_key(key, by, role, made) for role in held if not barred[role]]
        if all(faults):
            return self._open(context, "measurer-key", f"what {by} measured does not count: {faults[0]}")
        if made > context.now:
            return Reason(
                kind="error",
                code="from-the-future",
                text=f"{by} measured from {at} on, and it is {timestamp(context.now)} now",
                remedy="find out which clock is wrong; then have it measured again, or wait",
            )
        if context.now >= made + length(self.max_age):
            return self._open(
                context, "measured-too-long-ago", f"what {by} measured from {at} on is {self.max_age} old or older"
            )
        return None

    def _open(self, context: GateContext, code: str, text: str) -> Reason:
        able = {person for role in self.measured_by for person in context.eligible(role)}
        return Reason(
            kind="open",
            code=code,
            text=text,
            remedy="a measurement made anew where the files are: holdfast candidate manifest PATH -o FILE --sign",
            who=tuple(sorted(person for person in able if context.roster.can_sign(person))),
        )


def _text(found: object, name: str) -> str:
    value = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(value, str):
        raise CannotTell(f"the measurement does not say {name}")
    return value


def _names(found: dict[str, Any], kind: str) -> list[str]:
    names = found.get(kind)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CannotTell(f"the rehash does not say which files were {kind}")
    return names
