"""Everything that reads bytes from strangers: what each may raise, what holds of what it takes, and some good input."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.pack.opened import put_together, taken_apart
from tests.support import asked
from tests.support.hands import Hand
from tests.support.log_keys import SoftLogKey
from tests.support.reports import as_json, lm_eval_group, lm_eval_results, own_report
from workflow.artifact import Manifest, SignedModel
from workflow.attestation import Attested, Known, enveloped, opened, summary
from workflow.changes import PersonAdded
from workflow.checkpoints import WitnessRequest, vouch
from workflow.commands import ProposeChange, SignOff
from workflow.errors import InvalidInput, LedgerError, SignatureInvalid, WorkflowError
from workflow.events import SignOffRecorded
from workflow.evidence import EvidenceReport
from workflow.evidence.inspect_log import read_inspect_log
from workflow.evidence.json_report import read_json_report
from workflow.evidence.lm_eval import read_lm_eval
from workflow.evidence.read import read_report
from workflow.exchange import ActRequest, Reply, Request, read_request
from workflow.exchange.salting import commitments, salted
from workflow.facts import Binding
from workflow.ledger import Entry, decode, encode, leaf_hash, node_hash
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import ED25519, Note, NoteKey, check_signed
from workflow.ledger.proofs import check_consistency, check_inclusion
from workflow.pack import Contents, PackReader, form
from workflow.process import Exposure
from workflow.proof import examine
from workflow.publishing import PlanFile
from workflow.signing import PublicKey, Signature, parse_allowed_signers, verify
from workflow.signing.wire import string, unbase64
from workflow.statement import Tree, act, possession, read, request
from workflow.tour import evaluations
from workflow.views import ReleasedView

TESTS = Path(__file__).parents[1]
SIGNATURES = sorted((TESTS / "unit" / "signing" / "golden").glob("*.sig"))
KEYS = sorted((TESTS / "unit" / "signing" / "golden").glob("*.pub"))
MESSAGE, NAMESPACE = b"for exactly these bytes\n", "holdfast-golden"


@dataclass(frozen=True)
class Parser:
    """A function of bytes that answers, or refuses with the one error that its docstring declares.

    ``holds`` is asked of everything that was taken, with what became of it.
    """

    name: str
    parse: Callable[[bytes], Any]
    refusal: type[WorkflowError]
    seeds: tuple[bytes, ...]
    holds: Callable[[bytes, Any], bool]

    def __str__(self) -> str:
        return self.name

    def try_on(self, data: bytes) -> bool:
        """Whether the data is taken; anything but an answer that holds, or the declared refusal, is raised."""
        try:
            answer = self.parse(data)
        except self.refusal as error:
            assert error.message
            return False
        assert self.holds(data, answer), f"{self.name} takes {data!r} as {answer!r}"
        return True


def text(data: bytes) -> str:
    """Any text at all: what is not UTF-8 becomes halves of surrogate pairs."""
    return data.decode("utf-8", "surrogateescape")


def blob_of(signature: Signature) -> bytes:
    """The signature in its binary form, written from what was read."""
    inner = string(signature.algorithm) + string(signature.value) + signature.statement
    parts = (signature.key_blob, signature.namespace.encode(), b"", signature.hash_algorithm, inner)
    return b"SSHSIG\0\0\0\1" + b"".join(map(string, parts))


def verified(blob: bytes) -> Signature:
    """The signature, if it is genuine for the golden message by the key that it names itself."""
    signature = Signature.from_blob(blob)
    verify(MESSAGE, signature, key=PublicKey.from_blob(signature.key_blob), namespace=NAMESPACE)
    return signature


def signers_stand_in(data: bytes, signers: list[Any]) -> bool:
    lines = [line.strip(" \t\r") for line in text(data).split("\n")]
    return len(signers) == sum(line != "" and not line.startswith("#") for line in lines)


def statement() -> bytes:
    """A model-signing statement about two files."""
    digests = [hashlib.sha256(name).hexdigest() for name in (b"one", b"two")]
    root = hashlib.sha256(b"".join(map(bytes.fromhex, digests))).hexdigest()
    files = [
        {"name": name, "algorithm": "sha256", "digest": digest}
        for name, digest in zip(("a/model.bin", "b.json"), digests, strict=True)
    ]
    value = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": "m", "digest": {"sha256": root}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {"serialization": {"method": "files", "hash_type": "sha256"}, "resources": files},
    }
    return json.dumps(value).encode()


MARA = Hand("mara")
NONCE, DIGEST, TREE = "5" * 32, "0" * 64, Tree(7, "1" * 64)


def approval() -> tuple[SignOff, bytes, dict[str, Any]]:
    """An approval under a condition: the request, what is signed of it, and its texts."""
    texts = salted({"rationale": "Read and tested.", "condition.1": "If it is quantized."}, "mara", NONCE)
    about = {"release": "aurora", "transition": "publish", "role": "safety", "decision": "approve", "basis": DIGEST}
    places = {"source": "review", "dest": "public", "round": 2, "candidate": DIGEST, "process": DIGEST}
    bound = Binding(
        origin="lab.example", act="sign", roster_version=3, nonce=NONCE, texts=commitments(texts), **about, **places
    )
    event = SignOffRecorded(id="S1", decision="approve", authority="veto", exposure=Exposure.WEIGHTS, binding=bound)
    command = SignOff(actor="mara", conditions=("condition.1",), **about)
    return command, act("mara", (event,), TREE), texts


def statements() -> tuple[bytes, ...]:
    """One of each type that people sign."""
    change = PersonAdded(person="eve", roles=("safety",))
    asked = ProposeChange(actor="ana", change=change).request()
    proposal = request(
        "ana", "lab.example", asked, change=change, version=4, texts={"rationale": DIGEST}, nonce=NONCE, tree=TREE
    )
    return (approval()[1], proposal, possession("mara", "lab.example", MARA.fingerprint, MARA.blob, NONCE))


def reply() -> bytes:
    """A reply, with everything that fits together."""
    command, data, texts = approval()
    return Reply(command, texts, data, MARA.sign(data, "holdfast"), MARA.public).to_bytes()


def signed(request: Request | ActRequest) -> Reply:
    """What mara makes of a request, whatever it is."""
    if isinstance(request, ActRequest):
        return request.reply(MARA)
    return request.reply("mara", "approve", "safety", "Read and tested.", MARA)


def plan() -> bytes:
    """A plan as its file holds it."""
    return PlanFile(
        origin="lab.example", release="aurora", permit="L1", entry=7, nonce=NONCE, person="lee", transition="publish",
        source="review", dest="public", round=2, basis=DIGEST, candidate=DIGEST, process=DIGEST, roster_version=3,
        publisher="local_directory", destination="/srv/models/aurora", files=2, size=19,
        expires="2026-01-01T00:00:00.000000Z",
    ).to_bytes()  # fmt: skip


def examined(data: bytes, signature: bytes) -> str:
    """Whose key signed a statement genuinely."""
    found = examine(data, signature, None)
    if found.problem is not None:
        raise LedgerError(found.problem)
    return found.key


def golden_lines(name: str) -> list[bytes]:
    return (TESTS / "golden" / name).read_bytes().splitlines()


_ARMORED = tuple(path.read_bytes() for path in SIGNATURES)
_BLOBS = tuple(base64.b64decode(b"".join(armored.splitlines()[1:-1])) for armored in _ARMORED)
_LINES = tuple(path.read_bytes() for path in KEYS)
_ALLOWED = (
    b"# who may sign\n" + b"".join(b"p%d,q%d " % (number, number) + line for number, line in enumerate(_LINES)),
    b'mara@lab.example namespaces="file,git",valid-after="20250717Z",valid-before="202507180000Z" ' + _LINES[0],
    b"mara cert-authority " + _LINES[0],
)
_ENTRIES = tuple(sorted(golden_lines("entries.jsonl"), key=len))[::9]
_MANIFESTS = tuple(
    blob
    for blob in (json.loads(line).encode() for line in golden_lines("blobs.jsonl"))
    if b'"kind":"holdfast-manifest"' in blob
)


def kept(_: bytes, report: EvidenceReport) -> bool:
    """Whether a report can stand in the ledger, and comes out of it as it went in."""
    return EvidenceReport.model_validate(decode(encode(report.model_dump(mode="json")))) == report


_RESULTS = (as_json(lm_eval_results()), as_json(lm_eval_group()))
_LOG = json.loads((Path(evaluations.__file__).parent / "bio_uplift-0.31.json").read_bytes())
_INSPECT = as_json({name: value for name, value in _LOG.items() if name not in ("samples", "reductions", "plan")})
_OWN = as_json(own_report())
_STATEMENTS = statements()
_SIGNED = MARA.sign(_STATEMENTS[0], "holdfast")


LOG = SoftLogKey("lab.example")
LOG_KEY = NoteKey("lab.example", ED25519, LOG.public)
_CHECKPOINT = Checkpoint("lab.example", 3, bytes(range(32)))
_NOTE = Note(_CHECKPOINT.text).with_signature(LOG_KEY, LOG.sign(_CHECKPOINT.text.encode()))


def verify_raw(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def signed_note(data: bytes) -> Note:
    """A note that the log signed."""
    note = Note.from_bytes(data)
    check_signed(note, LOG_KEY, verify_raw)
    return note


_LEAVES = [leaf_hash(bytes([number])) for number in range(3)]
_OF_TWO = node_hash(*_LEAVES[:2])
_OF_THREE = node_hash(_OF_TWO, _LEAVES[2])


def hashes(data: bytes) -> list[bytes]:
    """The hashes of a proof, one behind the other; the last may be cut off."""
    return [data[at : at + 32] for at in range(0, len(data), 32)]


_PACK = (TESTS / "golden" / "packs" / "small.pack").read_bytes()
_IN_PACK = taken_apart(_PACK)


def packed(data: bytes) -> PackReader:
    """A pack, with everything in it looked at."""
    pack = PackReader(io.BytesIO(data))
    for digest in pack.blobs():
        pack.blob(digest)
    return pack


def repacked(data: bytes) -> bytes:
    """A pack that was taken apart and put together again."""
    return put_together(taken_apart(data))


ATTESTED = ReleasedView(
    origin="lab.example", release="aurora", label="", candidate=DIGEST, process=DIGEST, process_label="guarded@1",
    asked=Exposure.HOSTED, standing="not_released", stage="review", reached=Exposure.INTERNAL, decision=None,
    ended=None, ended_at=None, ended_by=None, against=(),
)  # fmt: skip
_KNOWN = Known(7, DIGEST, datetime(2026, 1, 1, tzinfo=UTC), "0.1.0", ())
_ENVELOPE = enveloped(summary(ATTESTED, Manifest.from_bytes(_MANIFESTS[0]), _KNOWN), [LOG])


def attested(data: bytes) -> Attested:
    """What the log attested."""
    return opened(data, [LOG_KEY], verify_raw)


PARSERS = (
    Parser("unbase64", lambda data: unbase64(data, "it"), SignatureInvalid, tuple(map(base64.b64encode, _BLOBS)),
           lambda data, got: base64.b64encode(got) == data),
    Parser("PublicKey.from_blob", PublicKey.from_blob, SignatureInvalid,
           tuple(base64.b64decode(line.split()[1]) for line in _LINES), lambda data, key: key.blob == data),
    Parser("PublicKey.parse", lambda data: PublicKey.parse(text(data)), SignatureInvalid, _LINES,
           lambda data, key: base64.b64encode(key.blob) in data),
    Parser("Signature.from_blob", Signature.from_blob, SignatureInvalid, _BLOBS,
           lambda data, signature: blob_of(signature) == data),
    Parser("Signature.parse", Signature.parse, SignatureInvalid, _ARMORED,
           lambda data, signature: base64.b64encode(blob_of(signature)) in b"".join(data.split())),
    Parser("Signature.parse of a text", lambda data: Signature.parse(text(data)), SignatureInvalid, _ARMORED,
           lambda data, signature: base64.b64encode(blob_of(signature)) in b"".join(data.split())),
    Parser("verify", verified, SignatureInvalid, _BLOBS, lambda data, _: data in _BLOBS),
    Parser("parse_allowed_signers", lambda data: parse_allowed_signers(text(data)), SignatureInvalid, _ALLOWED,
           signers_stand_in),
    Parser("decode", decode, LedgerError, (b'{"a":[1,"b",null,true]}', *_ENTRIES[:2]),
           lambda data, value: encode(value) == data),
    Parser("NoteKey.parse", lambda data: NoteKey.parse(text(data)), LedgerError, (str(LOG_KEY).encode(),),
           lambda data, key: str(key) == text(data).strip()),
    Parser("Note.from_bytes", Note.from_bytes, LedgerError, (_NOTE.to_bytes(),),
           lambda data, note: note.to_bytes() == data),
    Parser("Checkpoint.of", lambda data: Checkpoint.of(Note.from_bytes(data)), LedgerError, (_NOTE.to_bytes(),),
           lambda data, checkpoint: data.startswith(checkpoint.text.encode())),
    Parser("check_signed", signed_note, LedgerError, (_NOTE.to_bytes(),),
           lambda _, note: note.text == _CHECKPOINT.text),
    Parser("check_inclusion", lambda data: check_inclusion(_LEAVES[0], 0, 3, hashes(data), _OF_THREE), LedgerError,
           (_LEAVES[1] + _LEAVES[2],), lambda data, _: data == _LEAVES[1] + _LEAVES[2]),
    Parser("check_consistency", lambda data: check_consistency(2, _OF_TWO, 3, _OF_THREE, hashes(data)), LedgerError,
           (_LEAVES[2],), lambda data, _: data == _LEAVES[2]),
    Parser("Entry.from_bytes", Entry.from_bytes, LedgerError, _ENTRIES, lambda data, entry: entry.to_bytes() == data),
    Parser("PackReader", packed, WorkflowError, (_PACK,), lambda data, pack: repacked(data) == data),
    Parser("Contents.from_bytes", Contents.from_bytes, LedgerError, (_IN_PACK["pack.json"],),
           lambda data, contents: contents.to_bytes() == data),
    Parser("parse_sums", form.parse_sums, LedgerError, (_IN_PACK["SHA256SUMS"],),
           lambda data, sums: form.sums_of(sums) == data),
    Parser("parse_proof", form.parse_proof, LedgerError, tuple(_IN_PACK["proofs.jsonl"].splitlines()),
           lambda data, said: form.proof_line(*said) == data + b"\n"),
    Parser("parse_root", form.parse_root, LedgerError, tuple(_IN_PACK["roots.jsonl"].splitlines()),
           lambda data, said: form.root_line(*said) == data + b"\n"),
    Parser("parse_text", form.parse_text, LedgerError, tuple(_IN_PACK["texts.jsonl"].splitlines()[:2]),
           lambda data, said: form.text_line(said) == data + b"\n"),
    Parser("Manifest.from_bytes", Manifest.from_bytes, InvalidInput, _MANIFESTS,
           lambda data, manifest: manifest.to_bytes() == data),
    Parser("statement.read", read, LedgerError, _STATEMENTS,
           lambda data, said: encode(decode(data)) == data and len(said.nonce) == 32),
    Parser("examine a statement", lambda data: examined(data, _SIGNED), LedgerError, _STATEMENTS[:1],
           lambda data, key: (data, key) == (_STATEMENTS[0], MARA.fingerprint)),
    Parser("examine a signature", lambda data: examined(_STATEMENTS[0], data), LedgerError, (_SIGNED,),
           lambda data, key: b"".join(data.split()) == b"".join(_SIGNED.split()) and key == MARA.fingerprint),
    Parser("Reply.from_bytes", Reply.from_bytes, InvalidInput, (reply(),),
           lambda _, said: said.read.actor == said.command.actor),
    Parser("read_request", read_request, InvalidInput, (asked.decision().to_bytes(), asked.act().to_bytes()),
           lambda _, found: read_request(found.to_bytes()) == found),
    Parser("sign what was asked", lambda data: signed(read_request(data)), WorkflowError,
           (asked.decision().to_bytes(), asked.act().to_bytes()),
           lambda _, said: Reply.from_bytes(said.to_bytes()) == said),
    Parser("attestation.opened", attested, LedgerError, (_ENVELOPE,), lambda _, said: said.found == ATTESTED),
    Parser("PlanFile.from_bytes", PlanFile.from_bytes, InvalidInput, (plan(),),
           lambda data, plan: plan.to_bytes() == data),
    Parser("SignedModel.from_statement", SignedModel.from_statement, InvalidInput, (statement(),),
           lambda _, signed: len(signed.digest) == 64 and all(len(digest) == 64 for _, digest in signed.files)),
    Parser("read_inspect_log", lambda data: read_inspect_log(data, "a.json"), InvalidInput, (_INSPECT,), kept),
    Parser("read_lm_eval", lambda data: read_lm_eval(data, "a.json"), InvalidInput, _RESULTS, kept),
    Parser("read_lm_eval of one", lambda data: read_lm_eval(data, "a.json", "wmdp"), InvalidInput, _RESULTS, kept),
    Parser("read_json_report", lambda data: read_json_report(data, "a.json"), InvalidInput, (_OWN,), kept),
    Parser("read_report", lambda data: read_report(data, "a.json"), InvalidInput,
           (_INSPECT, *_RESULTS, _OWN), kept),
    Parser("WitnessRequest.from_bytes", WitnessRequest.from_bytes, LedgerError,
           (WitnessRequest(2, (bytes(32),), _NOTE).to_bytes(),), lambda data, request: request.to_bytes() == data),
    Parser("vouch", lambda data: vouch(data, given=[str(LOG_KEY)]), InvalidInput, (_NOTE.to_bytes(),),
           lambda data, found: not found.verified or data.startswith(_CHECKPOINT.text.encode())),
)  # fmt: skip
