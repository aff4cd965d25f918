"""One entry after the other: read, linked, verified, decided again, and taken into the states of what comes next."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.asked import slug_of
from workflow.audit.deciding import Deciding
from workflow.audit.findings import Findings
from workflow.audit.links import Links
from workflow.audit.named import Named, Piled
from workflow.audit.scope import Tree
from workflow.audit.signatures import Signatures
from workflow.clock import parse_timestamp
from workflow.errors import ChainBroken, WorkflowError
from workflow.folding import ReadEntry, read_entry
from workflow.replay import OWN, Before, States
from workflow.rulebook import Rulebook
from workflow.seals import may_hide
from workflow.storage.base import Reader, StoredEntry

NEVER = 2**63


@dataclass(frozen=True, order=True)
class Limit:
    """The entry after which nothing is decided again, because the states are not to be trusted, and why that is."""

    seq: int = NEVER
    why: str = ""


class Course:
    """Takes the entries of some streams in their order.

    Args:
        reader: the ledger, or what there is of it.
        rulebook: decides again.
        states: are evolved.
        tree: tells which ledger a signer saw.
        piled: takes what entries name.
        clock_known: whether every reading of the clock is known.
        limit: after which entry nothing is decided.
    """

    def __init__(
        self,
        reader: Reader,
        rulebook: Rulebook,
        states: States,
        tree: Tree,
        piled: Piled,
        *,
        clock_known: bool = True,
        limit: Limit = Limit(),
    ) -> None:
        self.findings = Findings()
        self.found = self.findings.found
        self._problem, self._broke = self.findings.problem, self.findings.broke
        self._states = states
        self._limit = limit
        self._links = Links(self.findings, piled.once)
        self._named = Named(reader, self.findings, piled)
        self._signatures = Signatures(self.findings, self._named.blob, tree)
        self._deciding = Deciding(rulebook, self.findings, self._named.blob, clock_known=clock_known)

    def read(self, stored: StoredEntry) -> ReadEntry | None:
        """An entry's bytes, read; None where they cannot be, or are not the ones that belong there."""
        seq, stream = stored.seq, stored.stream
        try:
            read = read_entry(stored)
            parse_timestamp(read.entry.at)
        except ChainBroken as error:
            kind = "out-of-place" if "place" in error.message else "altered"
            self._problem(kind, error.message, seq, stream)
        except WorkflowError as error:
            self._problem("unreadable", f"entry {seq} cannot be read: {error.message}", seq, stream)
        else:
            return read
        self.found.lose(seq, f"entry {seq} is damaged")
        self.found.broken.setdefault(stream, f"entry {seq} is damaged")
        return None

    def take(self, read: ReadEntry, before: Before, *, decided_elsewhere: bool = False) -> None:
        """Checks one entry, and takes it in.

        Args:
            read: the entry.
            before: what the entries before it say.
            decided_elsewhere: whether it is decided again on other states than these.
        """
        seq, stream = read.entry.seq, read.entry.stream
        try:
            continues = self._links.check(read, self._states.streams.get(stream), before.origin)
            if not continues and seq > self._limit.seq:
                self.found.broken.setdefault(stream, f"entry {seq} does not continue it")
        except Exception as error:
            self._broke(error, "link", f"the place of entry {seq} cannot be checked", seq, stream)
        self.decide(read, before, decided_elsewhere=decided_elsewhere)
        try:
            self._named.take(read)
        except Exception as error:
            self._broke(error, "unreadable", f"what entry {seq} names cannot be read", seq, stream)
        try:
            self._states.take(read)
        except Exception as error:
            why = f"entry {seq} does not fit what came before"
            self._broke(error, "unreadable", why, seq, stream)
            self.found.lose(seq, why)
            self.found.broken.setdefault(stream, why)

    def decide(
        self, read: ReadEntry, before: Before, *, visiting: bool = False, decided_elsewhere: bool = False
    ) -> None:
        """Verifies an entry's signature, and decides it again.

        Args:
            read: the entry.
            before: what the entries before it say.
            visiting: it stands in a stream that is not among these: whoever has that looks at the signature.
            decided_elsewhere: only its signature is looked at.
        """
        seq, stream = read.entry.seq, read.entry.stream
        signed = None
        try:
            signed = self._signatures.check(read, counted=not visiting, named=not self._may_be_sealed(read))
        except Exception as error:
            self._broke(error, "altered", f"the signature of entry {seq} cannot be checked", seq, stream)
        if decided_elsewhere:
            return
        if seq > self._limit.seq or self.found.lost is not None:
            self.found.left_undecided(seq)
            return
        try:
            self._deciding.check(read, signed, self._states, before)
        except Exception as error:
            self._broke(error, "not-allowed", f"entry {seq} could not have been made", seq, stream)

    def _may_be_sealed(self, read: ReadEntry) -> bool:
        state = None if read.entry.stream in OWN else self._states.releases.get(slug_of(read.entry.stream))
        return state is not None and may_hide(read.events, self._states.process(state.process))
