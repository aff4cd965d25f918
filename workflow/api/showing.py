"""What is laid before the gates: reports and documents."""

from __future__ import annotations

from pathlib import Path

from workflow import commands, ledger
from workflow.api.base import Session, StrPath, make, manifest_of
from workflow.errors import InvalidInput
from workflow.files import read_file
from workflow.outcome import Outcome

MAX_EVIDENCE_BYTES = 256 * 1024 * 1024
MAX_KEY_BYTES = 64 * 1024

_SMALLER = "attach a summary, or the .eval form"


class Showing(Session):
    """The commands about evidence."""

    def attach(
        self,
        release: str,
        path: StrPath,
        *,
        actor: str,
        rationale: str,
        kind: str | None = None,
        name: str | None = None,
        declare_as: str | None = None,
        candidate: str | None = None,
        verify_with: StrPath | None = None,
        command_id: str | None = None,
    ) -> Outcome:
        """Attaches a report, a signature or a document, which is read and kept.

        Args:
            release: by name.
            path: the file.
            actor: by handle.
            rationale: why.
            kind: ``document`` for a file that is to be kept as it is; left out, the file's name and contents tell.
            name: what a document is called, or which of several tasks in a file of results; a log names itself.
            declare_as: the role in which the actor declares which candidate a report was made for, where the report
                does not say so itself.
            candidate: the candidate that is declared, or that a signature is held against; by default the present one.
            verify_with: the signer's public key in PEM, for a signature of model-signing (``model.sig``). What is kept
                is the signature with the key and the candidate's manifest.
            command_id: makes a repeated request safe.

        Appends: ``EvidenceAttached``.

        Raises:
            InvalidInput: the file is damaged, of another schema, or made for another candidate; a signature is not
                genuine, or not for exactly the candidate's files and nobody declares that.
        """
        from workflow.evidence import model_signing
        from workflow.evidence.read import read_report

        file = Path(path)
        data, filename = read_file(file, limit=MAX_EVIDENCE_BYTES, remedy=_SMALLER), file.name
        if verify_with is not None:
            if kind not in (None, model_signing.KIND):
                raise InvalidInput(
                    f"a key verifies a signature of model-signing, and {file.name} is given as {kind[:40]!r}",
                    remedy="leave the kind out, or the key",
                )
            data = self._with_key(release, candidate, data, Path(verify_with))
            kind = model_signing.KIND
            filename = filename if file.suffix.lower() == model_signing.SUFFIX else filename + model_signing.SUFFIX
        report = read_report(data, filename, kind=kind, name=name)
        if report.kind == model_signing.KIND and not report.conclusive and declare_as is None:
            raise InvalidInput(
                f"{file.name} is genuine, and is not for exactly the candidate's files: {report.detail}",
                remedy="have exactly these files signed; or keep it as one that does not count: --declare-as ROLE",
            )
        made_for = report.candidate or candidate
        if made_for is None:
            with self._reading() as reader:
                made_for = self._pipeline.folder.release(reader, release).candidate.digest
        command = make(
            commands.Attach,
            actor=actor,
            release=release,
            blob=ledger.sha256(data),
            filename=filename,
            report=report,
            made_for=made_for,
            stated=report.candidate is not None,
            role=declare_as if report.candidate is None else None,
        )
        return self._execute(command, {"rationale": rationale}, command_id=command_id, blobs=(data,))

    def justify(
        self,
        release: str,
        source: str,
        evidence: str,
        *,
        role: str,
        actor: str,
        rationale: str,
        command_id: str | None = None,
    ) -> Outcome:
        """Answers for letting a report, made for a candidate that this one descends from, count for this one too.

        Args:
            release: whose present candidate it is to count for.
            source: the release that the report was attached in; the same one after a replacement.
            evidence: the report, by its id there.
            role: as what the actor answers for it; one that holds a veto.
            actor: by handle.
            rationale: why what was found of the one holds for the other.
            command_id: makes a repeated request safe.

        Appends: ``EvidenceJustified``, with what became of each component in between.
        """
        command = make(commands.Justify, actor=actor, release=release, source=source, subject=evidence, role=role)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)

    def _with_key(self, release: str, candidate: str | None, signature: bytes, key: Path) -> bytes:
        from workflow.evidence.model_signing import pack_model_signing

        with self._reading() as reader:
            state = self._pipeline.folder.release(reader, release)
            if candidate is not None and not state.is_candidate(candidate):
                raise InvalidInput(
                    f"{release} never had the candidate {candidate[:12]}",
                    remedy=f"its candidate is {state.candidate.digest}",
                )
            manifest = manifest_of(reader, candidate or state.candidate.digest)
        pem = read_file(key, limit=MAX_KEY_BYTES, remedy="name the public key in PEM")
        return pack_model_signing(signature, pem, manifest, key.name)

    def set_aside(
        self, release: str, evidence: str, *, role: str, actor: str, rationale: str, command_id: str | None = None
    ) -> Outcome:
        """Takes a report out of what counts, for a reason that the actor answers for.

        Appends: ``EvidenceSetAside``.
        """
        command = make(commands.SetAside, actor=actor, release=release, subject=evidence, role=role)
        return self._execute(command, {"rationale": rationale}, command_id=command_id)
