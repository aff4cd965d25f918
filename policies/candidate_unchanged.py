"""The files are still the ones that everybody decided on."""

from __future__ import annotations

from typing import Any, ClassVar

from workflow.policy import CannotTell, Fact, GateContext, Need, Policy, Reason, Verdict

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


def _names(found: dict[str, Any], kind: str) -> list[str]:
    names = found.get(kind)
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise CannotTell(f"the rehash does not say which files were {kind}")
    return names
