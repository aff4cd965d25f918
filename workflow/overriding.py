"""Whether a gate passes by an override: of one named policy, by enough people of a role, for a time. Pure.

The verdict of the policy stays what it was. An override passes nothing that could not be checked, nobody's refusal, no
rule but the one that is named, and no move that nothing undoes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from workflow.overrides import OverrideWord
from workflow.policy import GateContext
from workflow.process import Override
from workflow.verdict import CannotTell, Verdict


@dataclass(frozen=True, slots=True)
class Overriding:
    """How far the override of one policy of a gate is given. ``place`` is where in the gate that policy stands.

    ``who_can`` are the people whose word would still count.
    """

    terms: Override
    place: int
    counted: tuple[OverrideWord, ...]
    ignored: tuple[tuple[OverrideWord, str], ...]
    who_can: tuple[str, ...]

    @property
    def missing(self) -> int:
        """How many people are still to give it."""
        return max(0, self.terms.sign_offs.count - len(self.counted))

    @property
    def until(self) -> datetime | None:
        """When the first of the words that count ends."""
        return min((word.expires for word in self.counted), default=None)


def overriding(context: GateContext) -> Overriding | None:
    """How far the override that a transition declares is given; None where it declares none, or may have none.

    One that a process declares for a move that nothing undoes is none, whoever wrote that process.
    """
    terms = context.transition.override
    if terms is None or context.process.is_irreversible(context.source, context.transition.dest):
        return None
    places = [place for place, spec in enumerate(context.transition.gate) if spec.policy == terms.policy]
    if len(places) != 1 or len(context.gate) != len(context.transition.gate):
        return None
    counted, ignored = [], []
    for word in _last(context, terms):
        why = _ignored(context, word)
        if why is None:
            counted.append(word)
        else:
            ignored.append((word, why))
    have = {word.act.person for word in counted}
    who_can = tuple(
        person
        for person in context.eligible(terms.sign_offs.role)
        if person not in have and _seated(context, person) is None
    )
    return Overriding(terms, places[0], tuple(counted), tuple(ignored), who_can)


def covering(context: GateContext, verdicts: Sequence[Verdict]) -> Overriding | None:
    """The override that lets the one verdict pass that it is of, whatever else blocks; None where none does."""
    found = overriding(context)
    if found is None or found.missing or len(verdicts) != len(context.gate) or verdicts[found.place].allow:
        return None
    passes = context.gate[found.place].overridable
    reasons = verdicts[found.place].reasons
    return found if all(reason.kind != "error" and reason.code in passes for reason in reasons) else None


def blocking(context: GateContext, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts that stand in the way: all that do not allow, but for one that an override lets pass."""
    found = covering(context, verdicts)
    return tuple(
        verdict
        for place, verdict in enumerate(verdicts)
        if not verdict.allow and (found is None or place != found.place)
    )


def _last(context: GateContext, terms: Override) -> list[OverrideWord]:
    """Each person's last word on the override, in the role that gives it, where they have not taken it back."""
    last = {
        word.act.person: word
        for word in context.release.overrides
        if (word.transition, word.policy, word.act.role)
        == (context.transition.trigger, terms.policy, terms.sign_offs.role)
    }
    return [word for word in last.values() if word.decision == "approve"]


def _ignored(context: GateContext, word: OverrideWord) -> str | None:
    """Why somebody's word does not count, or None where it does."""
    release = context.release
    if word.act.candidate != release.candidate.digest:
        return f"candidate {word.act.candidate[:4]}.., replaced"
    if word.process != release.process:
        return "made under another process"
    if word.round != release.round:
        return f"round {word.round} has ended"
    if (word.source, word.dest) != (context.source, context.transition.dest):
        return f"for {word.source} to {word.dest}"
    if word.basis != context.basis:
        return "what it rests on has changed since"
    try:
        if context.passed(word.expires, word.act.entry) or word.act.at > context.now:
            return f"expired {word.expires:%d %b %Y}"
    except CannotTell as error:
        return str(error)
    return context.lapsed(word.act) or _seated(context, word.act.person)


def _seated(context: GateContext, person: str) -> str | None:
    """Why somebody fills no place of an override: they fill one of the gate's sign-offs. One place a person."""
    try:
        counts = [context.count(quorum.role) for quorum in context.quorums]
    except CannotTell as error:
        return str(error)
    roles = [count.quorum.role for count in counts if person in {item.act.person for item in count.counted}]
    return f"fills a place of {roles[0]} already" if roles else None
