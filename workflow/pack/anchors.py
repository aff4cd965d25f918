"""Who vouches that a pack is of the ledger it says: keys, pins and checkpoints that its checker has from elsewhere.

Whatever a pack proves, it proves of the tree in it, and anybody can make up a tree. That it is the ledger's, only
somebody says whose word did not come with the pack.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from workflow.audit import Remembered
from workflow.checkpoints import NamedKey, is_signed, read_checkpoint, vouch
from workflow.checkpoints.vouching import genuine, read_key
from workflow.errors import LedgerError
from workflow.ledger.checkpoint import Checkpoint, check_cosigned
from workflow.ledger.note import COSIGNATURE, ED25519, Note, NoteKey
from workflow.pack.reading import PackReader
from workflow.pins import Pins
from workflow.views.packs import AnchorView


@dataclass(frozen=True, slots=True)
class Anchors:
    """What whoever checks a pack has from elsewhere.

    ``log_keys`` are keys of the ledger, of which one must have signed the checkpoint; ``witnesses`` must each have
    cosigned it; ``checkpoints`` are notes that were kept, and ``remembered`` is a tree of which only the root was.
    """

    log_keys: tuple[NoteKey, ...] = ()
    witnesses: tuple[NoteKey, ...] = ()
    checkpoints: tuple[Note, ...] = ()
    pins: Pins = field(default_factory=dict)
    remembered: Remembered | None = None

    @classmethod
    def of(
        cls,
        log_keys: Sequence[str],
        witnesses: Sequence[str],
        checkpoints: Sequence[bytes],
        pins: Pins,
        remembered: Remembered | None = None,
    ) -> Anchors:
        """The anchors as people write them down.

        Raises:
            InvalidInput: one is none.
        """
        return cls(
            tuple(read_key(text, ED25519) for text in log_keys),
            tuple(read_key(text, COSIGNATURE) for text in witnesses),
            tuple(map(read_checkpoint, checkpoints)),
            pins,
            remembered,
        )


def vouched(pack: PackReader, anchors: Anchors, named: Sequence[NamedKey]) -> Iterator[AnchorView]:
    """What each anchor says of a pack. Of pins, only whether the entry is there: the audit holds it to them.

    ``named`` are the keys that the ledger itself names for its checkpoints; one that it replaced counts up to there.

    Raises:
        LedgerError: the pack's own checkpoint is none, or of another tree.
    """
    note = Note.from_bytes(pack.checkpoint) if pack.checkpoint is not None else None
    size = fits(pack, Checkpoint.of(note)) if note is not None else 0
    if anchors.log_keys:
        yield _signed(note, anchors.log_keys, named, size)
    for key in anchors.witnesses:
        yield _cosigned(note, key, size)
    for kept in map(Checkpoint.of, anchors.checkpoints):
        yield _of_own(pack, kept) if kept.origin == pack.contents.origin else _strange(pack, kept)
    if (root := anchors.remembered) is not None:
        yield _continues(pack, root.size, root.root, "the tree")
    for seq, digest in sorted(anchors.pins.items()):
        there = pack.entry(seq) is not None
        text = f"entry {seq} has the hash {digest[:12]}.." if there else f"entry {seq} is not in the pack"
        yield AnchorView(kind="pin", name=f"{seq}:{digest}", state="verified" if there else "not checked", text=text)


def named_by_itself(pack: PackReader, named: Sequence[NamedKey]) -> str | None:
    """The key (vkey) that the ledger itself names and that signed the pack's checkpoint; None where there is none.

    That vouches for nothing: whoever makes up a ledger names a key in it.

    Raises:
        LedgerError: a signature says that it is by such a key, and is not.
    """
    if pack.checkpoint is None:
        return None
    note = Note.from_bytes(pack.checkpoint)
    said = vouch(note, named=named)
    forged = [item.key for item in named if note.of(item.key) and not is_signed(note, item.key)]
    if forged:
        raise LedgerError(f"the signature on the checkpoint that says it is of {forged[0]} is not genuine")
    return said.signed_by


def fits(pack: PackReader, checkpoint: Checkpoint) -> int:
    """The size of a checkpoint, where it is of the pack's own tree.

    Raises:
        LedgerError: it is of another.
    """
    if checkpoint.origin != pack.contents.origin:
        raise LedgerError(f"the checkpoint in the pack is of the ledger {checkpoint.origin}")
    root = pack.root_at(checkpoint.size)
    if root != checkpoint.root.hex():
        raise LedgerError(
            f"the checkpoint in the pack gives {checkpoint.size} entries the root {checkpoint.root.hex()[:12]}.., "
            + (f"and the pack proves {root[:12]}.." if root else "and the pack does not prove it")
        )
    return checkpoint.size


def _signed(note: Note | None, keys: Sequence[NoteKey], named: Sequence[NamedKey], size: int) -> AnchorView:
    """What the ledger's own keys say, of which one counts at a time."""
    names = " or ".join(dict.fromkeys(key.name for key in keys))
    view = AnchorView(kind="log key", name=names, state="failed", text="")
    if note is None:
        text = "the pack has no checkpoint, so the ledger's key says nothing of it"
        return view.model_copy(update={"state": "not checked", "text": text})
    said = vouch(note, given=[str(key) for key in keys], named=named or None)
    if not said.verified and (ended := _ended(note, keys, named, size)):
        text = (
            f"the ledger says that entry {ended} named another key. This one vouches for the first {ended} entries at "
            f"most, and the checkpoint is over {size}, signed with the key of that time: have the new key told to you "
            "by whoever told you this one, or name a checkpoint that you kept"
        )
        return view.model_copy(update={"state": "not checked", "text": text})
    if not said.verified:
        return view.model_copy(
            update={"text": f"{said.unverified[0]}; or that is another ledger's: check what you gave"}
        )
    return view.model_copy(
        update={"state": "verified", "text": f"signed the checkpoint over {size} entries", "size": size}
    )


def _ended(note: Note, keys: Sequence[NoteKey], named: Sequence[NamedKey], size: int) -> int | None:
    """The entry that ended the last of some keys, where none of them could have signed; None where one could have.

    That a key was replaced only the pack says. So it says nothing against the pack, and nothing for it.
    """
    known = {item.key: item for item in named}
    ended = [known[key].ended if key in known else None for key in keys]
    could = any(entry is None or size < entry for entry in ended) or any(note.of(key) for key in keys)
    # Who made the checkpoint must be a key that counts there, or it is nobody's.
    if could or not vouch(note, named=named).verified:
        return None
    return max(entry for entry in ended if entry is not None)


def _cosigned(note: Note | None, key: NoteKey, size: int) -> AnchorView:
    if note is None or not note.of(key):
        text = "the pack has no checkpoint" if note is None else "did not cosign the checkpoint"
        return AnchorView(kind="witness", name=key.name, state="not checked", text=text)
    try:
        seconds = check_cosigned(note, key, genuine)
    except LedgerError as error:
        return AnchorView(kind="witness", name=key.name, state="failed", text=error.message)
    text = f"cosigned the checkpoint over {size} entries"
    return AnchorView(kind="witness", name=key.name, state="verified", text=text, size=size, seconds=seconds)


def _strange(pack: PackReader, kept: Checkpoint) -> AnchorView:
    """What a checkpoint of another ledger says."""
    text = (
        f"it is of another ledger, and the pack of {pack.contents.origin}; if you meant this one, you gave a wrong file"
    )
    return AnchorView(kind="checkpoint", name=f"{kept.origin} {kept.size}", state="failed", text=text)


def _of_own(pack: PackReader, kept: Checkpoint) -> AnchorView:
    """What a checkpoint that somebody kept says."""
    return _continues(pack, kept.size, kept.root.hex(), kept.origin)


def _continues(pack: PackReader, size: int, kept: str, name: str) -> AnchorView:
    """Whether the pack's tree continues the one that somebody kept a root of."""
    view = AnchorView(kind="checkpoint", name=f"{name} {size}", state="failed", text="")
    if size > pack.size:
        text = f"it is over {size} entries, and the pack knows only the first {pack.size}"
        return view.model_copy(update={"state": "not checked", "text": text})
    root = pack.root_at(size)
    if root is None:
        text = f"the pack proves no root at {size} entries: have one made with --since {size}"
        return view.model_copy(update={"state": "not checked", "text": text})
    if root != kept:
        return view.model_copy(update={"text": f"the first {size} entries had another root: {root}"})
    text = f"the tree continues the one over {size} entries"
    return view.model_copy(update={"state": "verified", "text": text, "size": size})
