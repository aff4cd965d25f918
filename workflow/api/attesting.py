"""The decision on a release for those who only want to know whether it is out: where it stands, and signed."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import quote

from workflow.api.base import Session, manifest_of
from workflow.errors import InvalidInput, LedgerError, PolicyErrored
from workflow.folding import read_entry
from workflow.ledger import release_stream
from workflow.ledger.note import Note
from workflow.process import Exposure
from workflow.released import SERVING, released
from workflow.storage.base import Reader
from workflow.views import ReleasedView

if TYPE_CHECKING:
    from workflow.attestation import EnvelopeSigner

_URI = re.compile(r"[a-z][a-z0-9+.-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", re.ASCII)
"""A URI (RFC 3986) as in-toto has them: its scheme in lower case."""


class Attesting(Session):
    """What can be told of a decision outside."""

    def released(self, release: str, *, exposure: Exposure = SERVING) -> ReleasedView:
        """Whether a release's candidate is let out, by which decision, and what stands against it. Changes nothing.

        Args:
            release: by name.
            exposure: how far it must have been let out; by default as far as serving others with it takes.
        """
        with self._reading() as reader:
            return self._standing(reader, release, exposure)

    def attest(
        self,
        release: str,
        signer: EnvelopeSigner | None = None,
        *,
        exposure: Exposure = SERVING,
        resource: str | None = None,
    ) -> bytes:
        """The decision as a SLSA Verification Summary in an envelope that the log's key signs.

        It says ``PASSED`` only of a release that was let out so far, that is so still, and that nothing stands against.
        A checkpoint is made and remembered first. Then the ledger is audited: over damage, and over what cannot be
        decided again here, nothing is signed.

        Args:
            release: by name.
            signer: signs in place of the key that the ledger was opened with, where that lies elsewhere; then no
                checkpoint is made.
            exposure: how far the release must have been let out.
            resource: where consumers get the files, as a URI; by default the release by its name in its ledger.

        Raises:
            NotFound: there is no such release.
            InvalidInput: the resource is no URI, or there is no key of the log.
            LedgerError: the ledger is damaged, something in it was not allowed, or no checkpoint can be made.
            PolicyErrored: something that the release rests on cannot be decided again here.
        """
        from workflow.attestation import enveloped

        if resource is not None and not _URI.fullmatch(resource):
            raise InvalidInput(f"{resource[:80]!r} is no URI", remedy="write one such as https://example.com/aurora-7b")
        made = partial(self._summary, release, exposure, resource)
        if signer is None:
            return self._checkpointer().attested(made)
        with self._reading() as reader:
            return enveloped(made(reader, None), [signer])

    def _summary(
        self, release: str, exposure: Exposure, resource: str | None, reader: Reader, note: Note | None
    ) -> bytes:
        from importlib.metadata import version  # slow to import, and nothing else needs it

        from workflow.attestation import Input, Known, summary

        found = self._standing(reader, release, exposure)
        self._decided_again(reader, release)
        origin = quote(found.origin, safe="")
        head = self._pipeline.folder.head(reader).frontier
        inputs = []
        if note is not None:
            inputs.append(Input.of(f"urn:holdfast:checkpoint:{origin}:{head.size}", note.to_bytes()))
        last = reader.entry(found.decision.entry) if found.decision is not None else None
        if last is not None:
            inputs.append(Input.of(f"urn:holdfast:entry:{origin}:{last.seq}", last.body))
        known = Known(head.size, head.root().hex(), self._pipeline.clock.now(), version("holdfast"), tuple(inputs))
        return summary(found, manifest_of(reader, found.candidate), known, resource)

    def _decided_again(self, reader: Reader, release: str) -> None:
        """Holds the whole ledger to its rules: whoever writes the database can write a move, or take an entry out."""
        from workflow.audit import audit, beside_the_entries, of_release

        rulebook, beside = self._pipeline.rulebook, beside_the_entries(self._pipeline.storage)
        problems = audit(reader, rulebook, beside).problems
        if problems:
            first = next((problem for problem in problems if problem.entry is not None), problems[0])
            raise LedgerError(
                f"nothing is signed about {release}: {first.message}",
                remedy="holdfast audit verify says what else is wrong",
            )
        # What stands around it was looked at just now.
        part = replace(of_release(reader, release), listed=False)
        undecided = audit(reader, rulebook, part=part).not_recomputed
        if undecided:
            raise PolicyErrored(
                f"nothing is signed about {release}: {undecided[0]}",
                remedy=f"holdfast audit verify --release {release} says what could not be decided again",
                outcome="error",
            )

    def _standing(self, reader: Reader, release: str, exposure: Exposure) -> ReleasedView:
        folder = self._pipeline.folder
        state = folder.release(reader, release)  # which checks every link and signature of it on the way
        read = [read_entry(stored) for stored in reader.stream(release_stream(release))]
        return released(
            read,
            folder.kin(reader, state),
            lambda digest: folder.process(reader, digest),
            reader.blob,
            exposure,
        )
