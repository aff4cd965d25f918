"""A measurement: a manifest that somebody signed where the files are, and everything that is not one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hands import Hand
from workflow import InvalidInput, NotFound, statement
from workflow.artifact import Manifest, build_manifest
from workflow.clock import timestamp
from workflow.ledger import encode
from workflow.measurement import Measurement, check_free, measure, read_measurement, write_measurement
from workflow.statement import NAMESPACE

ORIGIN = "holdfast.example/tests"
AT = datetime(2025, 7, 1, 9, tzinfo=UTC)
SAM = Hand("sam")


@pytest.fixture
def files(tmp_path: Path) -> Manifest:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"weights")
    (folder / "Łucja.txt").write_bytes(b"")
    return build_manifest(folder)


@pytest.fixture
def made(files: Manifest) -> Measurement:
    return measure(files, person="sam", origin=ORIGIN, at=AT, signer=SAM)


def resigned(made: Measurement, **changes: Any) -> Measurement:
    """The same measurement with something else said in it, and signed."""
    value = json.loads(made.statement)
    value["predicate"] |= changes
    data = encode(value)
    return replace(made, statement=data, signature=SAM.sign(data, NAMESPACE))


def test_it_says_who_measured_what_and_when_and_travels_as_one_document(made: Measurement, files: Manifest) -> None:
    again = Measurement.from_bytes(made.to_bytes())

    assert again == made
    said = again.measured(ORIGIN)
    assert (said.by, said.key, said.at) == ("sam", SAM.fingerprint, timestamp(AT))
    assert set(made.blobs) == {said.statement, said.signature}
    assert again.manifest == files


def test_what_is_signed_says_in_words_what_it_means(made: Measurement, files: Manifest) -> None:
    value = json.loads(made.statement)

    assert value["predicateType"] == "urn:holdfast:measurement:v1"
    assert value["subject"] == [{"name": "manifest", "digest": {"sha256": files.digest}}]
    assert value["predicate"]["meaning"] == (
        f"I, sam, hashed 2 files of 7 bytes in all, not before {timestamp(AT)}, and found them to be exactly the "
        f"candidate {files.digest}; I say so to the ledger {ORIGIN}."
    )
    assert statement.read(made.statement).tree is None


def test_two_measurements_of_the_same_files_are_two(made: Measurement, files: Manifest) -> None:
    assert measure(files, person="sam", origin=ORIGIN, at=AT, signer=SAM).statement != made.statement


def other_files(made: Measurement) -> Measurement:
    return replace(made, manifest=replace_files(made.manifest))


def replace_files(manifest: Manifest) -> Manifest:
    data = json.loads(manifest.to_bytes())
    data["files"][0]["sha256"] = "0" * 64
    return Manifest.from_bytes(encode(data))


def possession(made: Measurement) -> Measurement:
    data = statement.possession("sam", ORIGIN, SAM.fingerprint, SAM.blob, "0" * 32)
    return replace(made, statement=data, signature=SAM.sign(data, NAMESPACE))


FORGED: dict[str, tuple[Callable[[Measurement], Measurement], str]] = {
    "another's signature": (lambda m: replace(m, signature=Hand("sam", 1).sign(b"x", NAMESPACE)), "does not hold"),
    "in another namespace": (lambda m: replace(m, signature=SAM.sign(m.statement, "file")), "does not hold"),
    "no signature": (lambda m: replace(m, signature=b"-----BEGIN SSH SIGNATURE-----"), "does not hold"),
    "a byte of the statement": (
        lambda m: replace(m, statement=m.statement.replace(b"hashed 2", b"hashed 3")),
        "does not hold",
    ),
    "other files under the signature": (other_files, "about other files"),
    "other words": (lambda m: resigned(m, meaning="I, sam, hashed nothing."), "says something else"),
    "another number of files": (lambda m: resigned(m, files=3), "says something else"),
    "numbers that are none": (lambda m: resigned(m, files=True), "in the form that is kept"),
    "a time that is none": (lambda m: resigned(m, at="2025-02-30T00:00:00.000000Z"), "in the form that is kept"),
    "another ledger": (lambda m: resigned(m, origin="elsewhere"), "it is for the ledger elsewhere"),
    "another person, with this key": (lambda m: resigned(m, actor="jun"), "says something else"),
    "a key's possession": (possession, "is no measurement"),
    "a field more": (lambda m: resigned(m, tree=None), "does not hold"),
}


@pytest.mark.parametrize(("forge", "message"), FORGED.values(), ids=FORGED.keys())
def test_what_is_not_exactly_what_somebody_signed_does_not_count(
    made: Measurement, forge: Callable[[Measurement], Measurement], message: str
) -> None:
    forged = Measurement.from_bytes(forge(made).to_bytes())

    with pytest.raises(InvalidInput, match="does not count") as caught:
        forged.measured(ORIGIN)
    assert message in caught.value.message


def test_counts_that_are_not_the_manifest_s_do_not_count(made: Measurement) -> None:
    value = json.loads(made.statement)["predicate"]
    data = statement.measurement(
        "sam",
        ORIGIN,
        made.manifest.digest,
        at=value["at"],
        files=value["files"] + 1,
        size=value["bytes"],
        nonce=value["nonce"],
    )
    forged = replace(made, statement=data, signature=SAM.sign(data, NAMESPACE))

    with pytest.raises(InvalidInput, match="counts the files otherwise"):
        forged.measured(ORIGIN)


def test_a_measurement_is_for_one_ledger(made: Measurement) -> None:
    with pytest.raises(InvalidInput, match=f"it is for the ledger {ORIGIN}, and this is another.example/x"):
        made.measured("another.example/x")


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"format": True},
        {"kind": "holdfast-manifest"},
        {"manifest": "{}"},
        {"manifest": None},
        {"statement": 1},
        {"more": "x"},
    ],
    ids=str,
)
def test_a_document_of_another_form_is_refused(made: Measurement, change: dict[str, Any]) -> None:
    value = {**json.loads(made.to_bytes()), **change}

    with pytest.raises(InvalidInput, match="is not a measurement"):
        Measurement.from_bytes(encode(value))


@given(data=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_bytes_of_any_other_kind_are_refused_and_nothing_else(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="is not a measurement"):
        Measurement.from_bytes(data)


def test_a_document_that_is_spelt_otherwise_is_refused(made: Measurement) -> None:
    for spelt in (b" " + made.to_bytes(), made.to_bytes().replace(b'"format":1', b'"format":1,"format":1')):
        with pytest.raises(InvalidInput, match="is not a measurement"):
            Measurement.from_bytes(spelt)


def test_it_is_written_whole_and_over_nothing(made: Measurement, tmp_path: Path) -> None:
    file = tmp_path / "aurora.measured"
    write_measurement(made, file)

    assert read_measurement(file) == made
    with pytest.raises(InvalidInput, match="is there already"):
        write_measurement(made, file)


def test_it_is_not_written_among_the_files_or_where_no_directory_is(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()

    with pytest.raises(InvalidInput, match="lies among the files"):
        check_free(tmp_path / "model" / "m", [tmp_path / "model"])
    with pytest.raises(InvalidInput, match="no directory"):
        check_free(tmp_path / "nowhere" / "m", [])


def test_a_file_that_holds_something_else_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}")

    with pytest.raises(InvalidInput, match=r"x': this is not a measurement") as caught:
        read_measurement(tmp_path / "x")
    assert "holdfast candidate manifest PATH -o FILE --sign" in (caught.value.remedy or "")
    with pytest.raises(NotFound):
        read_measurement(tmp_path / "nothing")
