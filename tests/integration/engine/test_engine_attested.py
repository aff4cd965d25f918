"""The decision on a release for those outside: a verification summary that standard tools check."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import google.protobuf.json_format as protobuf
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from in_toto_attestation.predicates.vsa.v1.vsa_pb2 import VerificationSummary
from in_toto_attestation.v1.statement import Statement
from in_toto_attestation.v1.statement_pb2 import Statement as StatementMessage
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import SSlibKey

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab
from workflow import Exposure, HistoryForked, InvalidInput, LedgerError, NotFound
from workflow.attestation import DECISION, LEVEL, NO_CLAIM, PREDICATE, enveloped, opened
from workflow.checkpoints import LogKey, make_key
from workflow.checkpoints.vouching import genuine
from workflow.ledger.note import NoteKey

Json = dict[str, Any]
SAFE = Ed25519PublicKey.from_public_bytes


@pytest.fixture
def logged(review: Lab) -> Lab:
    """The release in review, in a ledger that has a log key."""
    return with_log_key(review)


def with_log_key(lab: Lab) -> Lab:
    lab.settings["log_key"] = lab.directory / "log"
    lab.reopen()
    lab.engine.name_log_key(lab.engine.new_log_key(), actor=ADMINISTRATOR, rationale=WHY)
    return lab


def vkey_of(lab: Lab) -> str:
    return lab.engine.roster().log_keys[-1].key


def trusted(vkey: str) -> SSlibKey:
    """What somebody who checks has of a key, for the standard library of envelopes."""
    return SSlibKey.from_crypto(SAFE(NoteKey.parse(vkey).public), keyid="+".join(vkey.split("+")[:2]))


def attested(lab: Lab, **settings: Any) -> Json:
    """What the log attests now."""
    return checked(lab.engine.attest("aurora", **settings), vkey_of(lab))


def checked(envelope: bytes, vkey: str) -> Json:
    """The statement, as the standard verifiers of envelope, statement and predicate accept it."""
    read = Envelope.from_dict(json.loads(envelope))
    assert list(read.verify([trusted(vkey)], 1)) == ["+".join(vkey.split("+")[:2])]
    assert read.payload_type == "application/vnd.in-toto+json"
    Statement.copy_from_pb(protobuf.Parse(read.payload, StatementMessage())).validate()
    statement: Json = json.loads(read.payload)
    assert statement["predicateType"] == PREDICATE
    # In version 0.9.3 of these bindings verifiedLevels is one text; SLSA has had a list there from 1.0 on.
    said = {name: value for name, value in statement["predicate"].items() if name != "verifiedLevels"}
    summary = protobuf.ParseDict(said, VerificationSummary(), ignore_unknown_fields=True)
    assert summary.verification_result in ("PASSED", "FAILED")
    assert summary.verifier.id and summary.resource_uri and summary.policy.uri and summary.policy.digest["sha256"]
    levels = statement["predicate"]["verifiedLevels"]
    assert levels and all(isinstance(level, str) for level in levels)
    return statement


def published(lab: Lab) -> Lab:
    lab.approve_publish()
    lab.advance("publish")
    return lab


def test_a_summary_of_what_is_out_passes_and_names_every_file_the_process_and_the_decision(logged: Lab) -> None:
    published(logged)

    statement = attested(logged)

    predicate = statement["predicate"]
    status, history = logged.engine.status("aurora"), logged.engine.history("aurora", limit=1)
    files = logged.engine.manifest("aurora").files
    assert [item["digest"]["sha256"] for item in statement["subject"]] == [
        status.candidate,
        *(file.sha256 for file in files),
    ]
    assert statement["subject"][1]["name"] == f"{files[0].component}/{files[0].path}"
    assert predicate["verificationResult"] == "PASSED"
    assert predicate["policy"] == {
        "uri": "urn:holdfast:process:lab%401",
        "digest": {"sha256": status.process},
    }
    assert predicate["verifier"]["id"].startswith("urn:holdfast:ledger:")
    assert predicate["slsaVersion"] == "1.2"
    decision = predicate[DECISION]
    assert decision["decision"]["hash"] == history[0].hash
    assert decision["decision"]["by"] == "lee"
    assert {(item["person"], item["role"]) for item in decision["decision"]["approvals"]} == {
        ("mara", "safety"),
        ("jun", "safety"),
        ("sam", "security"),
    }
    assert decision["ledger"]["size"] == status.entries


def test_the_entry_of_the_decision_is_an_input_by_the_digest_of_its_bytes(logged: Lab) -> None:
    published(logged)
    entry = logged.engine.released("aurora").decision
    assert entry is not None

    inputs = attested(logged)["predicate"]["inputAttestations"]

    with logged.engine._reading() as reader:
        stored = reader.entry(entry.entry)
    assert stored is not None
    assert hashlib.sha256(stored.body).hexdigest() in [item["digest"]["sha256"] for item in inputs]


def test_no_level_looks_like_one_of_slsas_but_the_one_that_claims_nothing(logged: Lab) -> None:
    published(logged)

    levels = attested(logged)["predicate"]["verifiedLevels"]

    assert levels == [NO_CLAIM, f"{LEVEL}VETTED", f"{LEVEL}HOSTED", f"{LEVEL}WEIGHTS"]
    assert [level for level in levels if level.startswith("SLSA_")] == ["SLSA_BUILD_LEVEL_UNEVALUATED"]


@pytest.mark.parametrize("asked", list(Exposure)[1:])
def test_what_is_hosted_passes_up_to_that_and_no_further(logged: Lab, asked: Exposure) -> None:
    logged.sign("mara", "host")
    logged.sign("jun", "host")
    logged.advance("host")

    predicate = attested(logged, exposure=asked)["predicate"]

    passes = asked.rank <= Exposure.HOSTED.rank
    assert predicate["verificationResult"] == ("PASSED" if passes else "FAILED")
    assert predicate["verifiedLevels"] == ([NO_CLAIM, f"{LEVEL}VETTED", f"{LEVEL}HOSTED"] if passes else ["FAILED"])
    assert predicate[DECISION]["standing"] == ("released" if passes else "not_released")


def stays(lab: Lab) -> None:
    pass


def is_refused(lab: Lab) -> None:
    lab.reject("mara")


def is_withdrawn(lab: Lab) -> None:
    published(lab).advance("withdraw")


def is_withdrawn_before(lab: Lab) -> None:
    lab.advance("withdraw")


def is_pulled_back(lab: Lab) -> None:
    lab.sign("mara", "host")
    lab.sign("jun", "host")
    lab.advance("host")
    lab.advance("pull")


@pytest.mark.parametrize(
    ("happens", "standing", "decided", "ended"),
    [
        (stays, "not_released", False, False),
        (is_refused, "refused", False, False),
        (is_withdrawn, "withdrawn", True, True),
        (is_withdrawn_before, "withdrawn", False, True),
        (is_pulled_back, "pulled_back", True, True),
    ],
)
def test_what_is_not_out_fails_and_says_what_it_is(
    logged: Lab, happens: Any, standing: str, decided: bool, ended: bool
) -> None:
    happens(logged)

    predicate = attested(logged)["predicate"]

    said = predicate[DECISION]
    assert predicate["verificationResult"] == "FAILED"
    assert predicate["verifiedLevels"] == ["FAILED"]
    assert said["standing"] == standing
    assert (said["decision"] is not None, said["ended"] is not None) == (decided, ended)


def test_what_was_hosted_again_names_the_decision_that_holds_now(logged: Lab) -> None:
    is_pulled_back(logged)
    logged.sign("mara", "host")
    logged.sign("jun", "host")
    again = logged.advance("host")

    found = logged.engine.released("aurora")

    assert found.standing == "released"
    assert found.decision is not None and found.decision.entry == again.entry
    assert found.ended is None


@pytest.mark.parametrize("by", ["hold", "incident"])
def test_with_a_hold_or_an_incident_against_it_nothing_passes_until_that_is_dealt_with(logged: Lab, by: str) -> None:
    published(logged)
    candidate = logged.candidate()
    if by == "hold":
        name = logged.hold()
    else:
        opening = logged.tick().open_incident(
            "aurora",
            "it answers what it should not",
            role="safety",
            known_since=logged.clock.now(),
            affected=[candidate],
            actor="mara",
            rationale="It was reported.",
        )
        name = opening.events[0].id  # type: ignore[attr-defined]

    predicate = attested(logged)["predicate"]

    assert predicate["verificationResult"] == "FAILED"
    assert predicate[DECISION]["standing"] == "released"
    assert [(item["kind"], item["id"]) for item in predicate[DECISION]["against"]] == [(by, name)]


def test_the_withdrawal_of_the_same_files_in_another_release_stands_against_it(logged: Lab) -> None:
    published(logged)
    logged.start("second", path=logged.directory / "model")
    logged.advance("withdraw", "second")

    found = logged.engine.released("aurora")

    assert [(item.kind, item.id, item.release) for item in found.against] == [
        ("withdrawal", "second/withdrawn", "second")
    ]


def test_whose_signatures_counted_is_told_with_their_keys(signing: Keyed) -> None:
    published(signing)

    found = signing.engine.released("aurora")

    assert found.decision is not None
    assert {item.person: item.key for item in found.decision.approvals} == {
        person: signing.hands[person].fingerprint for person in ("mara", "jun", "sam")
    }


def test_a_summary_that_was_edited_or_signed_by_a_stranger_is_not_taken(logged: Lab) -> None:
    made = logged.engine.attest("aurora")
    envelope = json.loads(made)
    payload = base64.b64decode(envelope["payload"])
    edited = payload.replace(b'"verificationResult":"FAILED"', b'"verificationResult":"PASSED"')
    assert edited != payload
    changed = json.dumps({**envelope, "payload": base64.b64encode(edited).decode()}).encode()
    make_key(logged.directory / "stranger")
    resigned = enveloped(edited, [LogKey.read(logged.directory / "stranger", NoteKey.parse(vkey_of(logged)).name)])
    renamed = json.loads(resigned)
    renamed["signatures"][0]["keyid"] = envelope["signatures"][0]["keyid"]

    for forged in (changed, resigned, json.dumps(renamed).encode()):
        with pytest.raises(VerificationError):
            checked(forged, vkey_of(logged))
        with pytest.raises(LedgerError, match="not signed with the log key"):
            opened(forged, [NoteKey.parse(vkey_of(logged))], genuine)
    assert opened(made, [NoteKey.parse(vkey_of(logged))], genuine).found.standing == "not_released"


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"payload":1,"payloadType":"","signatures":[]}', b"\xff"])
def test_what_is_no_envelope_is_no_attestation(data: bytes) -> None:
    with pytest.raises(LedgerError, match="no attestation"):
        opened(data, [], genuine)


def test_what_the_log_key_signed_that_is_no_summary_is_no_attestation(logged: Lab) -> None:
    key = LogKey.read(logged.directory / "log", NoteKey.parse(vkey_of(logged)).name)
    envelope = json.loads(logged.engine.attest("aurora"))
    other = base64.b64decode(envelope["payload"]).replace(b"urn:holdfast:ledger:", b"urn:holdfast:ledger:other.")

    for payload in (b"{}", b"not json", other):
        with pytest.raises(LedgerError):
            opened(enveloped(payload, [key]), [key.key], genuine)


def test_nothing_is_attested_of_a_ledger_that_was_put_back(logged: Lab) -> None:
    logged.close()
    backup = (logged.directory / "ledger.db").read_bytes()
    logged.reopen()
    logged.engine.attest("aurora")
    logged.reject("mara")
    logged.engine.attest("aurora")
    logged.close()
    later = (logged.directory / "ledger.db").read_bytes()
    (logged.directory / "ledger.db").write_bytes(backup)
    logged.reopen()

    with pytest.raises(HistoryForked):
        logged.engine.attest("aurora")
    logged.close()
    (logged.directory / "ledger.db").write_bytes(later)
    logged.reopen()


def test_without_a_log_key_nothing_is_attested(review: Lab) -> None:
    with pytest.raises(InvalidInput, match="log's key"):
        review.engine.attest("aurora")


def test_of_what_is_not_there_nothing_is_attested(logged: Lab) -> None:
    with pytest.raises(NotFound):
        logged.engine.attest("borealis")


@pytest.mark.parametrize(
    "resource", ["aurora", "", "https:", "two words:x", "HTTPS://example.com/a", "https://x/\u00e9"]
)
def test_a_resource_that_is_no_uri_is_refused(logged: Lab, resource: str) -> None:
    with pytest.raises(InvalidInput, match="URI"):
        logged.engine.attest("aurora", resource=resource)


def test_where_the_files_are_is_said_as_it_was_given(logged: Lab) -> None:
    statement = attested(logged, resource="pkg:huggingface/lab/aurora-7b@1.1")

    assert statement["predicate"]["resourceUri"] == "pkg:huggingface/lab/aurora-7b@1.1"
