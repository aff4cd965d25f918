"""What stands behind the name of whoever acted: a claim, or a signature with their key. Pure, but slow enough to cache.

A proof is recorded as ``{kind: sshsig, statement, signature, key}``: the digests of the two blobs, and the fingerprint
of the key. Whose key it is, and whether it counts, is the roster's to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from workflow import ledger, statement
from workflow.asked import command_of
from workflow.changes import Change
from workflow.commands import (
    AnyCommand,
    ApproveChange,
    DeclareAway,
    DeclareReturn,
    EraseText,
    ProposeChange,
    RestoreProtection,
    SuspendKey,
)
from workflow.errors import InvalidInput, LedgerError, SignatureInvalid, WorkflowError
from workflow.events import AnyEvent, CommandRefused, Event, binding_of
from workflow.ledger import Entry, Json
from workflow.roster import Roster
from workflow.signing import PublicKey, Signature, verify
from workflow.statement import NAMESPACE, Read, Tree

CLAIMED: Json = {"kind": "claimed"}
"""Nothing but the claim."""

SSHSIG = "sshsig"
SIGNED_ID = "signed/"
"""What the command ids of signed entries begin with; nobody else may choose such a one."""

RootAt = Callable[[int], str | None]
"""The root that the ledger's tree had at a size, in hexadecimal; None where it never had that size."""

Blob = Callable[[str], bytes | None]


class Signer(Protocol):
    """Whoever can sign: on their own machine, with their own key. The engine hands over bytes and sees no key."""

    def sign(self, statement: bytes, namespace: str) -> bytes:
        """The armored signature of the statement, as ``ssh-keygen -Y sign`` writes it."""
        ...


def signature_by(signer: Signer, statement: bytes) -> bytes:
    """What a signer answers to a statement; one of somebody's own may raise anything.

    Raises:
        InvalidInput: it failed, or answered with something else than bytes; nothing was recorded.
        WorkflowError: whatever it raises of ours.
    """
    remedy = "see to it that the signer works, then sign again: nothing was recorded"
    try:
        armored = signer.sign(statement, NAMESPACE)
    except WorkflowError:
        raise
    except Exception as error:
        raise InvalidInput(f"the signer failed: {type(error).__name__}: {error}", remedy=remedy) from error
    if not isinstance(armored, bytes):
        raise InvalidInput(f"the signer answered {type(armored).__name__}, and no bytes", remedy=remedy)
    return armored


@dataclass(frozen=True, slots=True)
class Intent:
    """What a statement that is yet to be signed says beside what it records."""

    nonce: str
    tree: Tree
    version: int


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement with a signature, looked at. ``problem`` is why it proves nothing, or None where it is genuine.

    ``key`` is the fingerprint of the key that the signature names; ``pin`` is whether a security key checked one.
    """

    statement: bytes
    signature: bytes
    key: str
    read: Read | None
    pin: bool
    problem: str | None

    @property
    def recorded(self) -> Json:
        """The proof as it stands in an entry."""
        return {
            "kind": SSHSIG,
            "statement": ledger.sha256(self.statement),
            "signature": ledger.sha256(self.signature),
            "key": self.key,
        }

    @property
    def blobs(self) -> dict[str, bytes]:
        """What must be kept for the proof to be checked again."""
        return {ledger.sha256(self.statement): self.statement, ledger.sha256(self.signature): self.signature}


@dataclass(frozen=True, slots=True)
class SignedElsewhere:
    """What was signed elsewhere for a command: the statement, its signature, and the salts of the texts by name."""

    statement: bytes
    signature: bytes
    salts: Mapping[str, bytes]


def examine(signed: bytes, signature: bytes, root_at: RootAt | None) -> Signed:
    """Looks at a signature: is it genuine for these bytes, and are they a statement over this very ledger?

    The bytes are verified first, and parsed after that. Without ``root_at`` any history of the ledger will do.
    """
    key = ""
    try:
        parsed = Signature.parse(signature)
        public = PublicKey.from_blob(parsed.key_blob)
        key = public.fingerprint
        verified = verify(signed, parsed, key=public, namespace=NAMESPACE)
        read = statement.read(signed)
    except (SignatureInvalid, LedgerError) as error:
        return Signed(signed, signature, key, None, pin=False, problem=error.message)
    tree = read.tree
    problem = other_history(tree, root_at(tree.size)) if tree is not None and root_at is not None else None
    return Signed(signed, signature, key, read, verified.pin, problem)


def check(entry: Entry, events: Sequence[AnyEvent], blob: Blob, roster: Roster | None = None) -> None:
    """Checks that an accepted entry's signature is genuine, and over exactly what the entry records.

    Whose key it is, is not looked at, and which history its signer saw is left to the audit. ``roster`` is what there
    was before the entry, for one of its own stream: a change of it is signed for its next version only.

    Raises:
        LedgerError: it is not, or its statement or signature is missing.
    """
    if entry.proof["kind"] != SSHSIG or isinstance(events[0], CommandRefused):
        return
    signed = look(entry, blob, None)
    if signed.problem is not None or signed.read is None:
        raise _not_theirs(entry, signed.problem or "it cannot be read")
    if signed.key != entry.proof["key"]:
        raise _not_theirs(entry, f"it was made with {signed.key}")
    if entry.command_id != command_id(entry.actor, signed.read.nonce):
        raise _not_theirs(entry, "it was made for another request")
    command = command_of(entry, events)
    pending = {item.id: item.change for item in roster.pending} if roster else {}
    if roster and isinstance(command, ProposeChange | ApproveChange) and signed.read.version != roster.version + 1:
        raise _not_theirs(entry, f"it was made for version {signed.read.version} of the roster")
    same = command is not None and signed.statement == statement_of(
        command, events, signed.read, origin=entry.origin, texts=entry.texts, pending=pending
    )
    if not same:
        raise _not_theirs(entry, "what was signed is not what it records")


def key_of(entry: Entry) -> str | None:
    """The fingerprint of the key that an entry was signed with; None where its actor is a claim."""
    found = entry.proof.get("key") if entry.proof["kind"] == SSHSIG else None
    return found if isinstance(found, str) and found else None


def look(entry: Entry, blob: Blob, root_at: RootAt | None) -> Signed:
    """The signature of a recorded entry, looked at once more.

    Raises:
        LedgerError: what the proof names is missing or was altered, or the proof does not have its form.
    """
    if set(entry.proof) != {"kind", "statement", "signature", "key"} or not all(
        isinstance(part, str) for part in entry.proof.values()
    ):
        raise _not_theirs(entry, "its proof does not have its form")
    parts = []
    for name in ("statement", "signature"):
        data = blob(entry.proof[name])
        if data is None or ledger.sha256(data) != entry.proof[name]:
            raise LedgerError(
                f"the {name} of entry {entry.seq} is missing or was altered", remedy="holdfast audit verify"
            )
        parts.append(data)
    return examine(parts[0], parts[1], root_at)


def statement_of(
    command: AnyCommand,
    events: Sequence[Event],
    read: Read | Intent,
    *,
    origin: str,
    texts: Mapping[str, str],
    pending: Mapping[str, Change],
) -> bytes | None:
    """The statement that a command's maker signs, from the events that it makes; None where nothing is signed of it.

    Args:
        command: what is asked.
        events: what it makes happen.
        read: the nonce, the tree and the version, from the statement that was signed or for one that is to be.
        origin: the ledger.
        texts: the commitments of the command's texts.
        pending: the changes that wait for approval, by their id.

    Raises:
        LedgerError: it would be too long.
    """
    if read.tree is None:
        return None
    if binding_of(events[0]) is not None:
        return statement.act(command.actor, events, read.tree)
    change: Change | None = None
    match command:
        case ProposeChange():
            change = command.change
        case ApproveChange():
            change = pending.get(command.id)
            if change is None:
                return None
        case EraseText() | DeclareAway() | DeclareReturn() | RestoreProtection() | SuspendKey():
            pass
        case _:
            return None
    return statement.request(
        command.actor,
        origin,
        command.request(),
        change=change,
        version=read.version if change is not None else None,
        texts=texts,
        nonce=read.nonce,
        tree=read.tree,
    )


def command_id(actor: str, nonce: str) -> str:
    """The command id of a signed request: so a statement is used once, and a repetition finds what became of it."""
    return f"{SIGNED_ID}{actor}/{nonce}"


def other_history(tree: Tree, root: str | None) -> str | None:
    """Why a signer saw another ledger than the one whose tree had ``root`` at that size, or None; without one, none."""
    if root == tree.root:
        return None
    return f"its signer saw another ledger: {tree.size} entries with the root {tree.root[:12]}.., and here that is " + (
        f"{root[:12]}.." if root else "more than there are"
    )


def _not_theirs(entry: Entry, why: str) -> LedgerError:
    return LedgerError(
        f"entry {entry.seq} bears a signature of {entry.actor} that does not hold: {why}",
        remedy="holdfast audit verify says what else is damaged; nothing that rests on it can be trusted",
    )
