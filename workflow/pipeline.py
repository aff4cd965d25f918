"""The way of every command into the ledger, from wherever it comes.

    command -> observe what its gate needs (outside any transaction)
            -> under the append lock: fold to the head, decide, append one entry with its projections

There is no other way to append. What is refused is appended too, and raised after the commit.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping, Sequence
from functools import partial

from workflow import brought, ledger
from workflow.asked import command_of, is_request
from workflow.brought import Ids
from workflow.commands import AnyCommand, ReleaseCommand, RestoreProtection, Start, Withdraw
from workflow.decide import Refusal, decide
from workflow.decisions.attesting import EXACT
from workflow.drafting import Draft, draft_entry, release_row
from workflow.errors import ConcurrentUpdate, InvalidInput, LedgerError, OutcomeUnknown, StorageError
from workflow.events import CommandRefused, LedgerCreated, dump
from workflow.folding import as_read, fold_release, read_entry
from workflow.ledger import LEDGER, ROSTER, SaltedText
from workflow.lineage import found_anew, objectors_anew
from workflow.measurement import Measurement
from workflow.observe import measured_blobs
from workflow.outcome import Decided, Outcome, outcome_of, replayed
from workflow.policy import Observation
from workflow.proof import SIGNED_ID, Signed, SignedElsewhere, Signer, examine, signature_by
from workflow.records import replace
from workflow.standpoint import OnProgress, Standpoint, from_either
from workflow.storage.base import Interrupted, Unit
from workflow.texts import check_text

ATTEMPTS = 3
"""How often what a gate needs is observed anew, when the release changed in the meantime."""


class Pipeline(Standpoint):
    """Executes commands against one storage."""

    def execute(
        self,
        command: AnyCommand,
        texts: Mapping[str, str],
        *,
        command_id: str | None = None,
        blobs: Sequence[bytes] = (),
        unwritten: Mapping[str, str] | None = None,
        progress: OnProgress | None = None,
        measurement: Measurement | None = None,
        signer: Signer | None = None,
        until: str | None = None,
        reply: SignedElsewhere | None = None,
        seen: Sequence[Observation] = (),
    ) -> Outcome:
        """Decides a command at the ledger's head and records it, whatever the decision is.

        ``texts`` are what a person wrote; ``unwritten`` are texts that no person wrote, taken as they are. A
        ``measurement`` is what was found of the files elsewhere, and is kept where the decision rests on it. With a
        ``signer``, what the command would record is signed first, where it is an act that is signed, an approval so
        that it holds no longer than ``until``; a ``reply`` was signed elsewhere, and brings the salts of its texts.
        ``seen`` is what was looked at already.

        Raises:
            Refused: the command was not allowed; the refusal is committed.
            InvalidInput: the command cannot mean anything, or its id was used for another; nothing is recorded.
            ConcurrentUpdate: others kept changing the release; nothing is recorded.
            OutcomeUnknown: the database was lost before it said whether this is recorded; its id tells.
            StorageError: the database cannot be used; nothing is recorded.
            WorkflowError: whatever the signer raises; nothing is recorded.
        """
        if not isinstance(command, RestoreProtection):
            self.require_protection()
        texts = {**{name: check_text(name, text) for name, text in texts.items()}, **(unwritten or {})}
        brought.check_names(command, texts)
        salted = brought.salted(texts, reply.salts if reply else {})
        if command_id is not None and (not ledger.is_word(command_id) or command_id.startswith(SIGNED_ID)):
            raise InvalidInput(
                f"a command id has 1 to 255 printable ASCII characters, no blanks, and does not begin with {SIGNED_ID}",
                remedy="use a UUID",
            )
        request = brought.request_digest(command)
        brought.check_files(command, from_either({ledger.sha256(blob): blob for blob in blobs}, self.storage))
        kept = {self.storage.keep(blob): blob for blob in blobs}
        pair = (reply.statement, reply.signature) if reply else None
        to_be_refused = False
        nonce: str | None = None
        chosen: tuple[str, ...] = ()
        if signer is not None:
            if command_id is not None:
                chosen = brought.names(command.actor, command_id, request)
                with self.turn, self.storage.snapshot() as reader:
                    before = self.on_record(reader, command.actor, command_id, request)
                    if before is not None:
                        return replayed(reader, read_entry(before), command, texts)
            nonce = brought.nonce(command.actor, command_id)
            pair, to_be_refused = self._have_signed(command, salted, kept, nonce, signer, until)
        if pair is not None:
            brought.check_sizes(*pair)
        claimed_id = command_id or str(uuid.uuid4())
        # An id that was made up for this request is nobody's yet; what was signed elsewhere has the id of that.
        may_be_known = command_id is not None or reply is not None
        slug = command.release if isinstance(command, ReleaseCommand | Start) else None
        tried: Decided | None = None
        unknown: StorageError | None = None
        for _ in range(ATTEMPTS):
            try:
                observations = (
                    *self.observed(command, claimed_id if may_be_known else "", progress, measurement),
                    *seen,
                )
                with self.turn, self.storage.lock(self.folder.ahead(slug)) as unit:
                    signed = examine(*pair, partial(self.folder.root_at, unit)) if pair else None
                    known_as = Ids(claimed_id, claimed_id)
                    came = {**kept, **measured_blobs(observations, measurement)}
                    draft = Draft(command.actor, claimed_id, request, salted, observations, came)
                    if signed is not None:
                        roster = self.folder.roster(unit)
                        known_as = brought.ids(signed, command.actor, request, salted, roster, claimed_id)
                        draft = replace(
                            draft, command_id=known_as.done, blobs={**came, **signed.blobs}, proof=signed.recorded
                        )
                    named = (known_as.done, known_as.refused, *chosen) if may_be_known else ()
                    for known in dict.fromkeys(named):
                        before = unit.by_command(known)
                        if before is not None and tried is not None and before == tried.append.entry:
                            return outcome_of(tried.read, tried.verdicts)  # only the word of it was lost
                        if before is not None:
                            return replayed(unit, read_entry(before), command, texts)
                    unknown = None  # whoever held the lock has ended, and left nothing of this behind
                    decided = self._decide(unit, command, draft, signed, known_as.refused)
                    if decided is None:
                        continue
                    if to_be_refused and not isinstance(decided.read.events[0], CommandRefused):
                        break  # nobody signed it, because a moment ago it was not allowed
                    tried = decided
                    self.folder.follow(unit, decided.append, decided.read, decided.release)
                return outcome_of(decided.read, decided.verdicts)
            except StorageError as error:
                if unknown is None and not isinstance(error, Interrupted):
                    raise
                # Perhaps it is recorded: from here on its id tells.
                unknown, may_be_known = error, True
                if not isinstance(error, Interrupted):
                    break
        if unknown is not None and tried is not None:
            signed_only = command_id is None and tried.read.entry.command_id != claimed_id
            known_by = nonce if signed_only and nonce is not None else claimed_id
            again = "hand it in again" if reply is not None else f"repeat it with --command-id {known_by}"
            raise OutcomeUnknown(
                f"it is not known whether this is recorded: {unknown.message}",
                command_id=known_by,
                remedy=f"when the database is there again, {again}: it counts once",
            ) from unknown
        if unknown is not None:
            raise unknown
        raise ConcurrentUpdate("the release kept changing; nothing was recorded", remedy="try again")

    def _have_signed(
        self,
        command: AnyCommand,
        texts: Mapping[str, SaltedText],
        blobs: Mapping[str, bytes],
        nonce: str,
        signer: Signer,
        until: str | None,
    ) -> tuple[tuple[bytes, bytes] | None, bool]:
        """The statement with its signature, where something of the command is signed; and whether it would be refused.

        Raises:
            InvalidInput: the statement would be too long.
        """
        if isinstance(command, Start) or (command.looks and not isinstance(command, Withdraw)):
            return None, False
        commitments = {name: text.commitment for name, text in texts.items()}
        seen = self.observed(command)
        try:
            with self.turn, self.storage.snapshot() as reader:
                meant = self.intended(reader, command, commitments, blobs, nonce, until, observations=seen)
        except Refusal:
            return None, True
        statement = meant.statement
        # Outside of every lock: somebody may have to find their security key.
        return (None if statement is None else (statement, signature_by(signer, statement))), False

    def genesis(
        self, event: LedgerCreated, *, actor: str, origin: str, rationale: str, blobs: Sequence[bytes]
    ) -> Outcome:
        """Writes the first entry.

        Appends: ``LedgerCreated``.

        Raises:
            InvalidInput: the database holds a ledger already.
        """
        texts = {"rationale": SaltedText.of(check_text("rationale", rationale))}
        kept = {self.storage.keep(blob): blob for blob in blobs}
        request = genesis_request(event, actor=actor, origin=origin)
        draft = Draft(actor, str(uuid.uuid4()), request, texts, blobs=kept)
        try:
            return self._begun(draft, event, origin)
        except Interrupted:
            return self._begun(draft, event, origin)

    def _begun(self, draft: Draft, event: LedgerCreated, origin: str) -> Outcome:
        with self.turn, self.storage.lock() as unit:
            head = unit.head()
            if (made := unit.by_command(draft.command_id)) is not None:
                return outcome_of(read_entry(made), ())  # only the word of it was lost
            if head.frontier.size:
                raise InvalidInput("this database holds a ledger already", remedy="use it, or name another database")
            entry, append = draft_entry(
                draft, (event,), origin=origin, stream=LEDGER, head=head, last=None, now=self.clock.now()
            )
            unit.append(append)
            unit.commit()
        return outcome_of(as_read(append.entry, entry), ())

    def _decide(
        self, unit: Unit, command: AnyCommand, draft: Draft, signed: Signed | None, refused_as: str
    ) -> Decided | None:
        """What to append; None where something must be observed first: the release changed, or a calendar did."""
        stream, world = self._locate(unit, command, draft.blobs)
        situation = self.rulebook.situation(
            world,
            command,
            nonce=signed.read.nonce if signed and signed.read else secrets.token_hex(16),
            texts={name: text.commitment for name, text in draft.texts.items()},
            blob=from_either(draft.blobs, unit),
            observations=draft.observations,
            signed=signed,
        )
        if self._must_look(situation, draft.observations):
            return None
        events, verdicts = decide(situation, command), tuple(situation.verdicts)
        first = events[0]
        if signed is not None and isinstance(first, CommandRefused) and first.code not in EXACT:
            draft = replace(draft, command_id=refused_as, texts=brought.salted_anew(draft.texts))
        elif signed is not None:
            brought.check_unsaid(unit, draft.texts)
        if isinstance(command, Start) and isinstance(first, CommandRefused):
            stream = LEDGER  # a refused start takes no name
        entry, append = draft_entry(
            draft,
            events,
            verdicts,
            origin=world.origin,
            stream=stream,
            head=self.folder.head(unit),
            last=self.folder.stream_head(unit, stream),
            now=world.at,
        )
        read = as_read(append.entry, entry)
        again = command_of(read.entry, read.events)
        # The same request has the same digest; only one that is put together in other words needs its own.
        if again not in (None, command) and is_request(again) and again.digest() != draft.request_digest:
            raise InvalidInput(
                f"`{command.command}` names things that its entry would not say again", remedy="ask for it plainly"
            )
        if world.process is None or stream in (LEDGER, ROSTER):
            return Decided(append, read, verdicts)
        # As it stands in the stream, and not as it counts just now.
        before = self.folder.release(unit, world.release.slug) if world.release else None
        state = fold_release(before, read)
        if state is None:
            raise LedgerError(f"{stream} does not begin with a start")
        process = world.target if world.target is not None and state.process == world.target.digest else world.process
        append = replace(
            append,
            release=release_row(state, process),
            kin=found_anew(before, state),
            objectors=objectors_anew(before, state),
        )
        return Decided(append, read, verdicts, state)


def genesis_request(event: LedgerCreated, *, actor: str, origin: str) -> str:
    """What identifies the request that made a ledger, texts left out."""
    return ledger.digest({"command": "init", "actor": actor, "origin": origin, "genesis": dump(event)})
