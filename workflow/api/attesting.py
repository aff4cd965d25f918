"""The decision on a release for those who only want to know whether it is out: where it stands, and signed."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import quote

from workflow.api.base import Session, manifest_of
from workflow.attestation import Input, Known, summary
from workflow.audit import audit, of_release
from workflow.errors import InvalidInput, LedgerError
from workflow.folding import read_entry
from workflow.ledger import release_stream
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import Note
from workflow.process import Exposure
from workflow.released import SERVING, released
from workflow.storage.base import Reader
from workflow.views import ReleasedView

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

    def attest(self, release: str, *, exposure: Exposure = SERVING, resource: str | None = None) -> bytes:
        """The decision as a SLSA Verification Summary in an envelope that the log's key signs.

        It says ``PASSED`` only of a release that was let out so far, that is so still, and that nothing stands against.
        What decides on the release is audited first, and a checkpoint made.

        Args:
            release: by name.
            exposure: how far the release must have been let out.
            resource: where consumers get the files, as a URI; by default the release by its name in its ledger.

        Raises:
            NotFound: there is no such release.
            InvalidInput: the resource is no URI; the ledger was opened without its log key; or something could not be
                decided again here.
            LedgerError: what decides on the release is damaged, or no checkpoint can be made.
        """
        if resource is not None and not _URI.fullmatch(resource):
            raise InvalidInput(f"{resource[:80]!r} is no URI", remedy="write one such as https://example.com/aurora-7b")
        return self._exporter().attested(partial(self._summary, release, exposure, resource))

    def _summary(self, release: str, exposure: Exposure, resource: str | None, reader: Reader, note: Note) -> bytes:
        from importlib.metadata import version  # slow to import, and nothing else needs it

        found = self._standing(reader, release, exposure)
        report = audit(reader, self._pipeline.rulebook, part=of_release(reader, release))
        if report.outcome == "failed":
            problem = report.problems[0].message
            raise LedgerError(f"nothing is attested: {problem}", remedy="holdfast audit verify says all that is wrong")
        if report.outcome == "incomplete":
            what = (*report.not_recomputed, *report.not_covered)[0]
            remedy = "name the policies of your own in holdfast.toml; holdfast audit verify says what else is needed"
            raise InvalidInput(f"nothing is attested that could not be decided again: {what}", remedy=remedy)
        said = Checkpoint.of(note)
        inputs = [Input.of(f"urn:holdfast:checkpoint:{quote(said.origin, safe='')}:{said.size}", note.to_bytes())]
        last = reader.entry(found.decision.entry) if found.decision is not None else None
        if last is not None:
            inputs.append(Input.of(f"urn:holdfast:entry:{quote(said.origin, safe='')}:{last.seq}", last.body))
        known = Known(said.size, said.root.hex(), self._pipeline.clock.now(), version("holdfast"), tuple(inputs))
        return summary(found, manifest_of(reader, found.candidate), known, resource)

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
