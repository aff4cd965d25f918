"""A second, naive account of what stands against which bytes, and of who approved what, from the outcomes alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from workflow import Outcome
from workflow.facts import CandidateFacts


@dataclass
class Standing:
    """An objection as the naive account knows it."""

    release: str
    id: str
    candidate: str
    blocks: Callable[[str, str, int | None], bool]
    closed: set[str] = field(default_factory=set)
    affected: set[str] | None = None
    accepted: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Word:
    """An approval, or a word on a test, as the naive account knows it: for these bytes, in this round."""

    person: str
    role: str
    about: str
    candidate: str
    round: int


class Account:
    """What stands against which bytes, from the outcomes alone."""

    def __init__(self) -> None:
        self.declared: list[CandidateFacts] = []
        self.candidates: dict[str, str] = {}
        self.rejects: list[Standing] = []
        self.requirements: list[Standing] = []
        self.holds: list[Standing] = []
        self.rounds: dict[str, int] = {}
        self.words: dict[str, dict[str, Word]] = {}

    def approved(self, release: str, about: str, role: str) -> set[str]:
        """Who has approved a transition, or passed a test, as a role: these bytes, in this round, and no author."""
        candidate, turn = self.candidates[release], self.rounds[release]
        line = self.line(candidate)
        authors = {author for facts in self.declared if facts.digest in line for author in facts.authors}
        wanted = (about, role, candidate, turn)
        said = self.words[release].values()
        return {word.person for word in said if (word.about, word.role, word.candidate, word.round) == wanted} - authors

    def take(self, release: str, outcome: Outcome, actor: str = "") -> None:
        """Takes what a command of somebody's made happen in a release."""
        for event in outcome.events:
            self._take(release, event)
            self._hear(release, event, actor)

    def line(self, candidate: str) -> set[str]:
        """The candidate and everything it descends from, or shares weights with."""
        found = {candidate}
        while True:
            of_line = [facts for facts in self.declared if facts.digest in found]
            weights = {weight for facts in of_line for weight in facts.weights}
            more = {parent for facts in of_line for parent in facts.parents}
            more |= {facts.digest for facts in self.declared if weights.intersection(facts.weights)}
            if more <= found:
                return found
            found |= more

    def against(self, release: str, among: Iterable[Standing]) -> list[Standing]:
        """What stands against the present candidate of a release."""
        present = self.candidates[release]
        line = self.line(present)
        reached = line.union(*(facts.weights for facts in self.declared if facts.digest in line))
        return [
            item
            for item in among
            if present not in item.closed
            and (item.candidate in line if item.affected is None else not item.affected.isdisjoint(reached))
        ]

    def _hear(self, release: str, event: Any, actor: str) -> None:
        match event.type:
            case "release_started":
                self.rounds[release], self.words[release] = 1, {}
            case "candidate_replaced" | "transition_made":
                self.rounds[release] += 1
            case "sign_off_recorded":
                bound = event.binding
                # Whatever somebody says last on a transition as a role is what they say.
                said = {name: word for name, word in self.words[release].items() if not _same(word, actor, bound)}
                if event.decision == "approve":
                    said[event.id] = self._word(release, actor, bound.role, bound.transition)
                self.words[release] = said
            case "sign_off_withdrawn":
                self.words[release].pop(event.subject, None)
            case "required_test_judged":
                name = f"{actor} {event.binding.role} {event.test}"
                self.words[release].pop(name, None)
                if event.verdict != "failed":
                    self.words[release][name] = self._word(release, actor, event.binding.role, event.test)

    def _word(self, release: str, person: str, role: str, about: str) -> Word:
        return Word(person, role, about, self.candidates[release], self.rounds[release])

    def _take(self, release: str, event: Any) -> None:
        everything = (*self.rejects, *self.requirements, *self.holds)
        match event.type:
            case "release_started" | "candidate_replaced":
                self.declared.append(event.candidate)
                self.candidates[release] = event.candidate.digest
            case "sign_off_recorded" if event.decision == "reject":
                trigger, rank = event.binding.transition, event.exposure.rank
                self.rejects.append(
                    self._standing(
                        release, event.id, lambda name, _, raised: name == trigger or _at_least(raised, rank)
                    )
                )
            case "requirement_raised":
                self.requirements.append(self._standing(release, event.id, lambda *_: True))
            case "incident_opened":
                warned = self._standing(release, event.id, lambda _, __, raised: raised is not None)
                warned.affected = set(event.affected)
                self.requirements.append(warned)
            case "override_used":
                self.requirements.append(self._standing(release, event.review, lambda *_: False))
            case "finding_raised":
                self.requirements.append(self._standing(release, event.id, lambda _, __, raised: raised is not None))
            case "risk_accepted":
                for item in everything:
                    if (item.release, item.id) == (release, event.subject):
                        item.accepted |= set(event.candidates)
            case "hold_placed":
                self.holds.append(self._standing(release, event.id, lambda _, __, raised: raised is not None))
            case "sign_off_withdrawn" | "requirement_discharged" | "incident_closed" | "objection_closed":
                for item in everything:
                    if (item.release, item.id) == (release, event.subject):
                        item.closed |= set(event.candidates)

    def _standing(self, release: str, identifier: str, blocks: Callable[[str, str, int | None], bool]) -> Standing:
        return Standing(release, identifier, self.candidates[release], blocks)


def _same(word: Word, person: str, bound: Any) -> bool:
    return (word.person, word.role, word.about) == (person, bound.role, bound.transition)


def _at_least(raised: int | None, rank: int) -> bool:
    return raised is not None and raised >= rank
