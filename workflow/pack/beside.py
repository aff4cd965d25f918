"""What stands in a pack beside the entries: does one name it, and is what is said to be withheld really there?"""

from __future__ import annotations

from collections.abc import Iterator

from workflow.audit.compare import digests
from workflow.errors import WorkflowError
from workflow.folding import ReadEntry, read_entry
from workflow.outcome import resolve_listing
from workflow.pack.reading import PackReader
from workflow.views import AuditProblem


def strays(pack: PackReader) -> Iterator[AuditProblem]:
    """What is in a pack and belongs to no entry, and what is withheld according to the pack but not to its entries."""
    said = {(item.entry, item.name, item.commitment) for item in pack.contents.left_out.texts}
    attached = {(item.entry, item.blob) for item in pack.contents.left_out.evidence}
    named, texts = set[str](), set[str]()
    for stored in pack.entries():
        try:
            read = read_entry(stored)
            named.update(_named(pack, read))
        except WorkflowError:
            continue  # the audit says so
        if stored.stream not in pack.streams:
            continue
        texts.update(read.entry.texts.values())
        said -= {(stored.seq, name, commitment) for name, commitment in read.entry.texts.items()}
        attached -= {(stored.seq, getattr(event, "blob", "")) for event in read.events}
    for digest in pack.blobs():
        if digest not in named:
            yield AuditProblem(kind="out-of-place", message=f"the file {digest[:12]} belongs to no entry")
    for commitment in pack.commitments():
        if commitment not in texts:
            yield AuditProblem(kind="out-of-place", message=f"the text {commitment[:12]} belongs to no entry")
    for entry, name, _ in sorted(said):
        message = f"entry {entry} has no text {name} that could be withheld"
        yield AuditProblem(kind="out-of-place", message=message, entry=entry)
    for entry, digest in sorted(attached):
        message = f"entry {entry} has no evidence {digest[:12]} that could be withheld"
        yield AuditProblem(kind="out-of-place", message=message, entry=entry)
    for digest in sorted(pack.withheld & set(pack.blobs())):
        yield AuditProblem(kind="out-of-place", message=f"the file {digest[:12]} is said to be withheld, and is there")


def _named(pack: PackReader, read: ReadEntry) -> Iterator[str]:
    entry = read.entry
    yield from digests([entry.events, entry.proof])
    for listing in (entry.observations, entry.verdicts):
        yield from digests([listing, resolve_listing(pack.blob, listing)])


def unknown_parents(pack: PackReader) -> Iterator[str]:
    """What a candidate in the pack was made from, by what was declared, and no release in the pack ever had.

    A pack that leaves a relative out leaves out what was said against it; what is declared shows it.
    """
    try:
        states = pack.states
    except WorkflowError:
        return  # the audit says why
    known = {candidate.digest for state in states.values() for candidate in state.candidates}
    for slug, state in sorted(states.items()):
        for digest in sorted({parent for candidate in state.candidates for parent in candidate.parents} - known):
            yield f"what was said against {digest[:12]}, a parent of {slug}: no release in the pack ever had it"
