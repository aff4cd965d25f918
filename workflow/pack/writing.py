"""Writes packs: the same ledger at the same size gives the same bytes, but for when and by what it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import BinaryIO, TypeVar

from workflow import ledger
from workflow.clock import timestamp
from workflow.errors import InvalidInput, LedgerError
from workflow.folding import read_entry
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import Note
from workflow.pack import form
from workflow.pack.archive import CHUNK, ArchiveWriter
from workflow.pack.choosing import Choice, gather
from workflow.pack.form import FORMAT, KIND, Contents
from workflow.pack.readme import readme
from workflow.roots import Tree
from workflow.seals import Seals
from workflow.storage.base import Reader

Progress = Callable[[int, int], None]
Item = TypeVar("Item")


def write_pack(
    file: BinaryIO,
    reader: Reader,
    release: str,
    *,
    at: datetime,
    by: str,
    seals: Callable[[str], Seals],
    choice: Choice | None = None,
    checkpoints: Sequence[bytes] = (),
    progress: Progress | None = None,
) -> None:
    """Writes the pack of a release into an empty file.

    Args:
        file: can be written and sought in.
        reader: one consistent view of the ledger.
        release: by name.
        at: the present time.
        by: what makes it, with its version.
        seals: says what is sealed in a release.
        choice: what is wanted in it; by default everything.
        checkpoints: signed notes over this ledger's tree, the preferred first. One goes into the pack: the first that
            is over all its entries, else the last.
        progress: is told how many parts are written, of how many.

    Raises:
        NotFound: there is no such release.
        InvalidInput: what is to be left out is not there, or there is more than fits into a pack.
        LedgerError: what would be packed is damaged.
    """
    tree = Tree(reader)
    wanted = choice or Choice()
    gathered = gather(reader, release, wanted, seals)
    seqs = gathered.seqs
    checkpoint, noted = _chosen(checkpoints, seqs[-1], tree, reader)
    if noted is not None:
        gathered.sizes.add(noted.size)
    if len(seqs) > form.MAX_ENTRIES:
        raise InvalidInput(f"a pack has at most {form.MAX_ENTRIES:,} entries, and this would have {len(seqs):,}")
    frontier = reader.head().frontier
    contents = Contents(
        format=FORMAT,
        kind=KIND,
        origin=_origin(reader),
        size=frontier.size,
        root=frontier.root().hex(),
        subtrees=tuple(node.hex() for node in frontier.subtrees),
        release=release,
        streams=tuple(gathered.streams),
        clock=gathered.clock,
        entries=len(seqs),
        checkpoint=noted is not None,
        at=timestamp(at),
        by=by,
        left_out=gathered.left_out,
    )
    told = _Told(progress, len(seqs) * 2 + len(gathered.texts) + len(gathered.blobs))
    writer = ArchiveWriter(file)
    _member(writer, form.CONTENTS, [contents.to_bytes()])
    _member(writer, form.README, [readme(contents)])
    if checkpoint is not None:
        _member(writer, form.CHECKPOINT, [checkpoint])
    _member(writer, form.ENTRIES, told(_entries(reader, seqs)))
    _member(writer, form.PROOFS, told(form.proof_line(seq, tree.inclusion(seq, tree.size)) for seq in seqs))
    _member(writer, form.ROOTS, (_root(tree, size) for size in sorted(gathered.sizes)))
    _member(writer, form.TEXTS, told(_texts(reader, sorted(gathered.texts))))
    for digest in told(sorted(gathered.blobs)):
        data = reader.blob(digest)
        if data is not None and ledger.sha256(data) == digest:
            _blob(writer, digest, data)
        elif digest in gathered.required:
            raise LedgerError(
                f"the blob {digest[:12]} is {'missing' if data is None else 'altered'}",
                remedy="holdfast audit verify says which entry names it; restore it from a backup",
            )
    _member(writer, form.SUMS, [form.sums_of(writer.sums)])
    writer.close()


def _member(writer: ArchiveWriter, name: str, parts: Iterable[bytes]) -> None:
    with writer.member(name) as write:
        for part in parts:
            write(part)


def _blob(writer: ArchiveWriter, digest: str, data: bytes) -> None:
    if len(data) > form.MAX_BLOB:
        raise InvalidInput(
            f"the blob {digest[:12]} has {len(data):,} bytes, and at most {form.MAX_BLOB:,} fit into a pack",
            remedy="leave the evidence out of it, with --digests-only",
        )
    pieces = (data[place : place + CHUNK] for place in range(0, len(data), CHUNK))
    _member(writer, form.blob_name(digest), pieces)


def _entries(reader: Reader, seqs: Iterable[int]) -> Iterator[bytes]:
    for seq in seqs:
        stored = reader.entry(seq)
        if stored is None:
            raise LedgerError(f"entry {seq} is missing", remedy="holdfast audit verify says what else is")
        yield read_entry(stored).stored.body + b"\n"


def _texts(reader: Reader, commitments: Iterable[str]) -> Iterator[bytes]:
    for commitment in commitments:
        text = reader.text(commitment)
        if text is None:
            raise LedgerError(
                f"the text {commitment[:12]} is missing, and nobody erased it",
                remedy="holdfast audit verify says which entry it belongs to; restore it from a backup",
            )
        yield form.text_line(text)


def _root(tree: Tree, size: int) -> bytes:
    return form.root_line(size, tree.root(size).hex(), tree.consistency(size, tree.size))


def _origin(reader: Reader) -> str:
    stored = reader.entry(1)
    if stored is None:
        raise LedgerError("entry 1 is missing", remedy="holdfast audit verify says what else is")
    return read_entry(stored).entry.origin


def _chosen(
    notes: Sequence[bytes], last: int, tree: Tree, reader: Reader
) -> tuple[bytes, Checkpoint] | tuple[None, None]:
    """The note that goes into a pack with this last entry, and the checkpoint that it is."""
    said = [(note, _checkpoint(note, tree, reader)) for note in notes]
    over_all = (item for item in said if item[1].size >= last)
    return next(over_all, said[-1]) if said else (None, None)


def _checkpoint(data: bytes, tree: Tree, reader: Reader) -> Checkpoint:
    """The checkpoint of a note, where it is of this ledger."""
    found = Checkpoint.of(Note.from_bytes(data))
    if found.origin != _origin(reader) or found.size > tree.size or found.root != tree.root(found.size):
        raise LedgerError(
            f"the checkpoint over {found.size} entries of {found.origin} is not of this ledger's tree",
            remedy="holdfast audit verify says what is damaged; if it is the checkpoint, leave it out",
        )
    return found


class _Told:
    """Tells how many parts are done, of how many."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self._progress = progress
        self._total = total
        self._done = 0

    def __call__(self, items: Iterable[Item]) -> Iterator[Item]:
        """The same items, each told of when it is done."""
        for item in items:
            yield item
            self._done += 1
            if self._progress is not None:
                self._progress(self._done, self._total)
