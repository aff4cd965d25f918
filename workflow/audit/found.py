"""What one stretch of an audit found and covered, and how the stretches make one."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field

from workflow.views import AuditProblem

MOST_PROBLEMS = 1_000
"""So many problems of each kind are kept, the first of them: whoever damages a million entries fills no memory."""


@dataclass
class Found:
    """What was found in some entries.

    ``more`` is how many problems were found at least beyond those that are kept.
    ``unmade`` says of entries what of them could not be made again; ``unseen`` the things that damage kept from being
    looked at. ``lost`` is the first entry after which states are not to be trusted, and why; ``broken`` are the streams
    that were not read whole, each with why. ``undecided`` are how many entries were not decided for that, the first and
    the last. ``signers`` are the entries that somebody signed, by their handle and the fingerprint of the key.
    """

    problems: list[AuditProblem] = field(default_factory=list)
    more: int = 0
    unmade: list[tuple[int, str]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    signed: Counter[str] = field(default_factory=Counter)
    asserted: Counter[str] = field(default_factory=Counter)
    signers: dict[tuple[str, str], array[int]] = field(default_factory=dict)
    lost: tuple[int, str] | None = None
    broken: dict[str, str] = field(default_factory=dict)
    undecided: tuple[int, int, int] | None = None
    withheld: list[str] = field(default_factory=list)
    _kept: Counter[str] = field(default_factory=Counter)

    def tell(self, problem: AuditProblem) -> None:
        """Something is not as it must be."""
        self._kept[problem.kind] += 1
        if self._kept[problem.kind] <= MOST_PROBLEMS:
            self.problems.append(problem)
        else:
            self.more += 1

    def lose(self, seq: int, why: str) -> None:
        """From an entry on the states are not to be trusted."""
        self.lost = min(self.lost, (seq, why)) if self.lost else (seq, why)

    def left_undecided(self, seq: int) -> None:
        """An entry was not decided again."""
        self._join_undecided((1, seq, seq))

    def add(self, other: Found) -> None:
        """Takes in what another stretch found."""
        self.problems += other.problems
        self.more += other.more
        self._cut()
        self.unmade += other.unmade
        self.unseen += other.unseen
        self.withheld += other.withheld
        self.counts += other.counts
        self.signed += other.signed
        self.asserted += other.asserted
        self.broken = {**other.broken, **self.broken}
        for who, seqs in other.signers.items():
            self.signers.setdefault(who, array("q")).extend(seqs)
        if other.lost is not None:
            self.lose(*other.lost)
        if other.undecided is not None:
            self._join_undecided(other.undecided)

    def again(self, other: Found) -> None:
        """Takes in what another look at the same entries found: what both found, or both left out, counts once."""
        self.problems += other.problems
        self.unseen += other.unseen
        self.more = max(self.more, other.more)
        self.in_order()

    def in_order(self) -> None:
        """Puts what was found of entries into the order of the entries, whoever found it first; each thing once."""
        # Sorting is stable: what was found of one entry stays in the order in which it is looked at.
        self.problems = list(dict.fromkeys(sorted(self.problems, key=lambda problem: problem.entry or 0)))
        self._cut()
        self.unmade.sort(key=lambda item: item[0])

    def _cut(self) -> None:
        """Keeps the first problems of each kind, in the order of their entries."""
        self._kept = Counter(problem.kind for problem in self.problems)
        if max(self._kept.values(), default=0) <= MOST_PROBLEMS:
            return
        found = sorted(self.problems, key=lambda problem: problem.entry or 0)
        self.problems, self._kept = [], Counter()
        for problem in found:
            self.tell(problem)

    def _join_undecided(self, more: tuple[int, int, int]) -> None:
        count, first, last = self.undecided or (0, more[1], more[2])
        self.undecided = count + more[0], min(first, more[1]), max(last, more[2])
