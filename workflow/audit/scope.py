"""What an audit is of: a whole ledger, or some of its streams, of which a tree tells whether they are the ledger's."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from workflow import roots
from workflow.asked import command_of
from workflow.errors import LedgerError, WorkflowError
from workflow.events import CandidateReplaced, IncidentOpened, ReleaseStarted
from workflow.folding import ReadEntry, check_there, read_entry
from workflow.ledger import LEDGER, ROSTER, release_stream
from workflow.ledger.proofs import check_inclusion
from workflow.lineage import keys
from workflow.storage.base import Reader


class Tree(Protocol):
    """The ledger's tree, as far as it is known where only some of its entries are."""

    @property
    def size(self) -> int:
        """How many entries the ledger has."""
        ...

    @property
    def root(self) -> str:
        """The root over all of them, in hexadecimal."""
        ...

    def check(self, seq: int, leaf: bytes) -> None:
        """Checks that an entry of that leaf hash stands in the ledger at that place.

        Raises:
            LedgerError: it does not, or nothing shows that it does.
        """
        ...

    def root_at(self, size: int) -> str | None:
        """The root that the tree had at a size, of at most :attr:`size`; None where that cannot be told here.

        Raises:
            WorkflowError: what is known of the tree contradicts itself.
        """
        ...


class KeptTree:
    """The tree that a database keeps beside its entries, held to the end that it has."""

    def __init__(self, reader: Reader) -> None:
        self._tree = roots.Tree(reader)
        frontier = reader.head().frontier
        self.size = frontier.size
        self.root = frontier.root().hex()
        self._roots: dict[int, str] = {}

    def check(self, seq: int, leaf: bytes) -> None:
        """Checks that an entry of that leaf hash stands in the ledger at that place.

        Raises:
            LedgerError: it does not, or the nodes that are kept do not show it.
        """
        if not 1 <= seq <= self.size:
            raise LedgerError(f"the tree that is kept has no place for it: it has {self.size} entries")
        proof = self._tree.inclusion(seq, self.size)
        check_inclusion(leaf, seq - 1, self.size, proof, bytes.fromhex(self.root))

    def root_at(self, size: int) -> str | None:
        """The root that the tree had at a size.

        Raises:
            WorkflowError: it never had that size, or what is kept of it does not fit the end that it has.
        """
        if size not in self._roots:
            self._roots[size] = self._tree.root(size).hex()
        return self._roots[size]


@dataclass(frozen=True)
class Part:
    """Some streams of a ledger, each from its first entry on.

    Args:
        streams: what is looked at, beside the ledger's own streams: without those nobody has a role.
        tree: tells whether an entry is in the ledger.
        withheld: commitments of texts and digests of files that whoever handed over the part says are left out.
        listed: whether the whole ledger is there: all its entries, which show that nothing of these is missing, and a
            list of releases that must say of these what their entries say.
        heard: what the clock read in entries of other streams, where those are known: their numbers and readings, in
            order.
    """

    streams: tuple[str, ...]
    tree: Tree
    withheld: Collection[str] = frozenset()
    listed: bool = False
    heard: tuple[tuple[int, str], ...] = ()

    @cached_property
    def read(self) -> tuple[str, ...]:
        """Every stream that is read, each once."""
        return tuple(dict.fromkeys((LEDGER, ROSTER, *self.streams)))


def of_release(reader: Reader, slug: str) -> Part:
    """What decides on one release: its stream, those of all its relatives, and the ledger's own.

    Relatives are found as they are for a decision, by the table of relatives.

    Raises:
        NotFound: there is no such release.
    """
    check_there(reader, slug)

    def digests(name: str) -> set[str]:
        found = set[str]()
        for stored in reader.stream(release_stream(name)):
            try:
                found |= leads_to(read_entry(stored))
            except WorkflowError:
                continue  # the audit reads it again, and says what it finds
        return found

    return Part(tuple(map(release_stream, family(reader, slug, digests))), KeptTree(reader), listed=True)


def family(reader: Reader, slug: str, digests: Callable[[str], set[str]]) -> list[str]:
    """A release and all its relatives: what a decision about one rested on may lead to more of them, and so on.

    Args:
        reader: the ledger.
        slug: the release.
        digests: is asked once of each, for those by which it has relatives.
    """
    found = [slug]
    asked = set[str]()
    for name in found:  # which grows while it is read
        wanted = digests(name) - asked
        found += sorted(reader.kin(wanted).difference(found))
        asked |= wanted
    return found


def leads_to(read: ReadEntry) -> set[str]:
    """The digests by which an entry's release has relatives, or by which its command looked for some.

    Raises:
        LedgerError: no command makes such an entry.
    """
    found = set[str]()
    for event in read.events:
        match event:
            case ReleaseStarted() | CandidateReplaced():
                found |= keys(event.candidate)
            case IncidentOpened():
                found |= set(event.affected)
            case _:
                continue
    return found | set(getattr(command_of(read.entry, read.events), "candidates", ()))
