"""A kept signature as a report: whose it is, for exactly which files, and what does not count."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.model_signatures import CURVES, Signer, spoilt, statement
from workflow import ledger
from workflow.artifact import Manifest, ManifestFile
from workflow.errors import InvalidInput
from workflow.evidence import Bound, EvidenceReport, judge
from workflow.evidence.model_signing import pack_model_signing, read_model_signing
from workflow.evidence.read import read_report

SIGNER = Signer()
FILES = {"a.safetensors": "1" * 64, "b.safetensors": "2" * 64, "config.json": "3" * 64}


def candidate(files: Mapping[str, str] = FILES) -> Manifest:
    return Manifest(tuple(ManifestFile("other", path, 1, digest) for path, digest in sorted(files.items())))


def kept(
    files: Mapping[str, str] = FILES,
    *,
    signer: Signer = SIGNER,
    key: bytes | None = None,
    bundle: bytes | None = None,
    manifest: Manifest | None = None,
    name: str = "aurora",
) -> bytes:
    made = bundle if bundle is not None else json.dumps(signer.bundle(statement(files, name))).encode()
    return pack_model_signing(made, key or signer.public, manifest or candidate(), "signer.pub")


def read(data: bytes) -> EvidenceReport:
    return read_report(data, "model.sig")


def metrics(report: EvidenceReport) -> dict[str, int]:
    return {metric.name: int(metric.value or 0) for metric in report.metrics}


@pytest.mark.parametrize("kind", CURVES)
def test_a_signature_for_exactly_the_candidate_s_files_is_conclusive_and_states_it(kind: str) -> None:
    signer = Signer(kind)

    report = read(kept(signer=signer))

    assert (report.kind, report.reader, report.status) == ("model_signing", "model-signing@1", "conclusive")
    assert report.name == signer.fingerprint
    assert report.candidate == candidate().digest
    assert metrics(report) == {"uncovered": 0, "unsigned": 0, "changed": 0, "missing": 0}
    assert (report.samples, report.detail, report.model) == (3, "", "aurora")
    assert report.run == hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in FILES.values())).hexdigest()


@pytest.mark.parametrize(
    ("signed", "counts", "samples", "detail"),
    [
        (
            {"a.safetensors": "1" * 64, "config.json": "3" * 64},
            {"uncovered": 1, "unsigned": 1, "changed": 0, "missing": 0},
            2,
            "1 not signed: b.safetensors",
        ),
        (
            {**FILES, "b.safetensors": "4" * 64},
            {"uncovered": 1, "unsigned": 0, "changed": 1, "missing": 0},
            2,
            "1 signed with other bytes: b.safetensors",
        ),
        (
            {**FILES, "x.py": "4" * 64},
            {"uncovered": 1, "unsigned": 0, "changed": 0, "missing": 1},
            3,
            "1 signed and not in the candidate: x.py",
        ),
        (
            {"a.safetensors": "2" * 64, "b.safetensors": "1" * 64, "config.json": "3" * 64},
            {"uncovered": 2, "unsigned": 0, "changed": 2, "missing": 0},
            1,
            "2 signed with other bytes: a.safetensors, b.safetensors",
        ),
        (
            {"a": "1" * 64, "b": "2" * 64, "config.json": "3" * 64},
            {"uncovered": 4, "unsigned": 2, "changed": 0, "missing": 2},
            1,
            "2 not signed: a.safetensors, b.safetensors; 2 signed and not in the candidate: a, b",
        ),
    ],
    ids=["a file left out", "a file changed", "a file too many", "contents exchanged", "other names, same root digest"],
)
def test_a_signature_for_other_files_is_incomplete_and_states_nothing(
    signed: dict[str, str], counts: dict[str, int], samples: int, detail: str
) -> None:
    report = read(kept(signed))

    assert (report.status, report.candidate) == ("incomplete", None)
    assert (metrics(report), report.samples, report.detail) == (counts, samples, detail)


def test_only_a_whole_signature_meets_the_bound_that_a_gate_would_ask() -> None:
    bound = Bound(metric="uncovered", at_most="0")  # type: ignore[arg-type]

    assert judge(bound, read(kept())).outcome == "met"
    assert judge(bound, read(kept({"a.safetensors": "1" * 64}))).outcome == "inconclusive"


def test_a_long_list_of_files_is_cut_to_what_an_entry_has_room_for() -> None:
    many = {f"{number:03}-é.bin": "1" * 64 for number in range(300)}

    report = read(kept(manifest=candidate({**FILES, **many})))

    assert report.detail.startswith("300 not signed: 000-é.bin, 001-é.bin")
    assert len(report.detail) == 256
    assert report.detail.endswith("...")
    assert metrics(report)["unsigned"] == 300


def test_the_report_follows_from_the_kept_bytes_alone_whatever_the_file_is_called() -> None:
    data = kept()

    assert read_report(data, "any.SIG") == read_report(data, "x.json", kind="model_signing") == read(data)
    assert read_report(data, "model.sig", name=SIGNER.fingerprint) == read(data)


def test_what_is_kept_is_one_canonical_document_from_which_the_signature_can_be_taken_again() -> None:
    bundle = json.dumps(SIGNER.bundle(statement(FILES)), indent=3).encode()

    value = ledger.decode(kept(bundle=bundle, key=SIGNER.public.replace(b"\n", b"\r\n")))

    assert set(value) == {"format", "kind", "bundle", "public_key", "manifest"}
    assert base64.b64decode(value["bundle"]) == bundle
    assert value["public_key"].encode() == SIGNER.public
    assert ledger.encode(value["manifest"]) == candidate().to_bytes()


GOOD = json.dumps(SIGNER.bundle(statement(FILES))).encode()
PARSED = json.loads(GOOD)
FLIPPED = bytearray(statement(FILES))
FLIPPED[FLIPPED.index(b"config") + 1] ^= 1

NOT_GENUINE: dict[str, tuple[Callable[[], bytes], str]] = {
    "another key": (lambda: kept(key=Signer(secret=8).public), "made with another key"),
    "another key, and no hint": (
        lambda: kept(key=Signer(secret=8).public, bundle=spoilt(PARSED, "verificationMaterial", "publicKey", "hint")),
        "not genuine",
    ),
    "a key on another curve": (lambda: kept(key=Signer("ecdsa-p384").public), "made with another key"),
    "a flipped byte in the payload": (
        lambda: kept(bundle=spoilt(PARSED, "dsseEnvelope", "payload", to=base64.b64encode(bytes(FLIPPED)).decode())),
        "not genuine",
    ),
    "no bundle": (lambda: kept(bundle=b""), "is not JSON"),
    "half a bundle": (lambda: kept(bundle=GOOD[:99]), "is not JSON"),
    "a signed payload that is no statement": (
        lambda: kept(bundle=json.dumps(SIGNER.bundle(b"{}")).encode()),
        "not a model-signing statement",
    ),
    "a statement about a single file": (lambda: kept({".": "1" * 64}), "leaves its name out"),
    "a statement about no file": (lambda: kept({}), "names no file"),
    "a name that no screen can show": (lambda: kept(name="a\nb"), "cannot be printed"),
    "a name that is too long": (lambda: kept(name="a" * 300), "model"),
    "a name in another normal form": (lambda: kept(name="cafe\u0301"), "NFC"),
}


@pytest.mark.parametrize(("made", "why"), NOT_GENUINE.values(), ids=NOT_GENUINE)
def test_what_is_not_genuine_is_no_report(made: Callable[[], bytes], why: str) -> None:
    with pytest.raises(InvalidInput, match=why) as caught:
        read(made())

    assert caught.value.message.startswith("model.sig")
    assert caught.value.remedy


def changed(**changes: Any) -> bytes:
    return ledger.encode({**ledger.decode(kept()), **changes})


def without(name: str) -> bytes:
    value = ledger.decode(kept())
    del value[name]
    return ledger.encode(value)


NO_DOCUMENT: dict[str, bytes] = {
    "nothing": b"",
    "the bundle by itself": GOOD,
    "another spelling": kept() + b"\n",
    "a list": b"[]",
    "a text": b'"format"',
    "another kind": changed(kind="holdfast-manifest"),
    "another version": changed(format=2),
    "a version that is no number": changed(format=True),
    "a field more": changed(more=1),
    "no manifest": without("manifest"),
    "no key": without("public_key"),
    "a key of no form": changed(public_key=7),
    "a key that is none": changed(public_key="mara"),
    "a key spelt otherwise": changed(public_key=SIGNER.public.decode().replace("\n", "\r\n")),
    "a bundle of no form": changed(bundle=None),
    "a bundle that is no base64": changed(bundle="é"),
    "a bundle spelt otherwise": changed(bundle=base64.b64encode(GOOD).decode() + "\n"),
    "a manifest of no form": changed(manifest=7),
    "a manifest that is none": changed(manifest={}),
}


@pytest.mark.parametrize("data", NO_DOCUMENT.values(), ids=NO_DOCUMENT)
def test_what_is_no_kept_signature_is_refused_with_the_next_step(data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(data)

    assert caught.value.remedy
    assert caught.value.message.isprintable()


def test_a_signature_without_its_key_says_how_to_name_one() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(GOOD)

    assert "--verify-with" in str(caught.value.remedy)


def test_a_signature_under_another_name_than_its_key_s_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not of mara"):
        read_report(kept(), "model.sig", name="mara")


def test_a_key_that_is_none_is_refused_under_its_own_file_s_name() -> None:
    with pytest.raises(InvalidInput, match=r"signer\.pub: that file holds a private key") as caught:
        kept(key=SIGNER.private)

    assert caught.value.remedy


def test_paths_that_two_components_share_cannot_be_held_against_a_signature() -> None:
    files = (ManifestFile("base", "x", 1, "1" * 64), ManifestFile("draft", "x", 1, "2" * 64))

    with pytest.raises(InvalidInput, match="same path"):
        read(kept(manifest=Manifest(files)))


KEPT = kept()


@settings(derandomize=True, deadline=None, max_examples=200)
@given(data=st.data())
def test_no_damaged_document_is_an_error_of_another_kind_or_another_s_report(data: st.DataObject) -> None:
    damaged = bytearray(KEPT)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        report = read_model_signing(bytes(damaged), "model.sig")
    except InvalidInput as error:
        assert error.remedy
    else:
        assert report.name == SIGNER.fingerprint
        assert report.candidate in (None, candidate().digest)
