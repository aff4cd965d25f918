"""Every kind of damage ends in one sentence and a next step, never in a traceback and never in a report."""

import struct
import sys
import zipfile
import zlib

import pytest
from handmade import KEPT, as_json, as_zip, log, score
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.errors import InvalidInput, WorkflowError
from workflow.evidence import archive, inspect_log
from workflow.evidence.inspect_log import read_inspect_log

ZSTANDARD_LOG = (KEPT / "bio_uplift-0.31.eval").read_bytes()
HEADER = as_json(log())
DEFLATED_LOG = as_zip({"header.json": HEADER})
STORED_LOG = as_zip({"header.json": HEADER}, zipfile.ZIP_STORED)


def refusal(data, filename="bio.eval"):
    with pytest.raises(InvalidInput) as caught:
        read_inspect_log(data, filename)
    assert filename in caught.value.message
    assert caught.value.remedy
    return caught.value.message


NO_LOGS = {
    "nothing": (b"", "neither an Inspect log nor any JSON"),
    "a PDF": (b"%PDF-1.7 \xff\xfe", "neither an Inspect log nor any JSON"),
    "JSON cut off": (HEADER[:-1], "neither an Inspect log nor any JSON"),
    "two JSON values": (HEADER + b"{}", "neither an Inspect log nor any JSON"),
    "no UTF-8": (HEADER.decode().encode("utf-16"), "neither an Inspect log nor any JSON"),
    "a duplicate key": (HEADER.replace(b'"status"', b'"status": "success", "status"'), "stands twice"),
    "absurd nesting": (b"[" * 200_000, "neither an Inspect log nor any JSON"),
    "an absurd integer": (b'{"version": ' + b"9" * 10_000 + b"}", "neither an Inspect log nor any JSON"),
    "another JSON": (b'{"accuracy": 0.1}', "no Inspect log"),
    "a JSON list": (b"[]", "no Inspect log"),
    "a model card": (b'{"version": 2, "eval": "good"}', "no Inspect log"),
    "schema version 1": (as_json(log(version=1)), "version 1 of Inspect's log schema"),
    "schema version 3": (as_json(log(version=3)), "version 3 of Inspect's log schema"),
    "version 2.0": (as_json(log(version=2.0)), "version 2.0 of"),
    "a version that is too deep to show": (
        as_json(log(version=0)).replace(b"0", b"[" * 900 + b"]" * 900, 1),
        "of Inspect",
    ),
    "a version that rewrites the terminal": (as_json(log(version="\x1b[2J")), r"version '\x1b[2J' of"),
    "a metric that rewrites the terminal": (
        as_json(log(results__scores=[score("match", **{"\x1b[2J": "0.1"})])),
        r"metrics.\x1b[2J",
    ),
    "version true": (as_json(log(version=True)), "version True of"),
    "an unknown status": (as_json(log(status="fine")), "status"),
    "no task": (as_json(log(eval__task=None)), "eval.task"),
    "an empty task": (as_json(log(eval__task="")), "name"),
    "a task that rewrites the terminal": (as_json(log(eval__task="bio\x1b[2J")), "printable"),
    "a task in two spellings": (as_json(log(eval__task="bio\u0301")), "NFC"),
    "half a character": (as_json(log(eval__model="\ud800")), "model"),
    "a model name without end": (as_json(log(eval__model="m" * 300)), "256"),
    "counts as texts": (as_json(log(results__total_samples="400")), "results.total_samples"),
    "a negative count": (as_json(log(results__completed_samples=-1)), "results.completed_samples"),
    "no epochs": (as_json(log(eval__config={"epochs": 0})), "eval.config.epochs"),
    "a value as a text": (as_json(log(results__scores=[score("match", accuracy="0.1")])), "value"),
    "a value that is true": (as_json(log(results__scores=[score("match", accuracy=True)])), "value"),
    "scores that are no list": (as_json(log(results__scores={"match": 1})), "results.scores"),
    "invalidated in words": (as_json(log(invalidated="no")), "invalidated"),
    "metadata that is no object": (as_json(log(eval__metadata=[])), "eval.metadata"),
}


@pytest.mark.parametrize("data, why", NO_LOGS.values(), ids=NO_LOGS)
def test_what_is_no_log_is_refused_with_the_reason(data, why):
    assert why in refusal(data, "bio.json")


def patched(data, *, local=None, central=None):
    """The archive with bytes written over its last member's own header, and over its directory's last record."""
    changed = bytearray(data)
    for signature, patches in ((b"PK\x03\x04", local), (b"PK\x01\x02", central)):
        start = changed.rindex(signature)
        for offset, value in (patches or {}).items():
            changed[start + offset : start + offset + len(value)] = value
    return bytes(changed)


def u16(number):
    return struct.pack("<H", number)


def u32(number):
    return struct.pack("<L", number)


CENTRAL_FLAGS, CENTRAL_METHOD, CENTRAL_CRC, CENTRAL_PACKED, CENTRAL_SIZE, CENTRAL_OFFSET = 8, 10, 16, 20, 24, 42

DAMAGED_ARCHIVES = {
    "cut in the middle": (DEFLATED_LOG[: len(DEFLATED_LOG) // 2], "zip directory cannot be read"),
    "only its first bytes": (DEFLATED_LOG[:4], "zip directory cannot be read"),
    "no header": (as_zip({"notes.txt": b"hello"}), "no Inspect log"),
    "a header in another folder": (as_zip({"x/header.json": HEADER}), "no Inspect log"),
    "encrypted": (patched(DEFLATED_LOG, central={CENTRAL_FLAGS: u16(1)}), "encrypted"),
    "an unknown method": (patched(DEFLATED_LOG, central={CENTRAL_METHOD: u16(14)}), "zip method 14"),
    "another method than its bytes": (patched(STORED_LOG, central={CENTRAL_METHOD: u16(8)}), "does not unpack"),
    "no Zstandard bytes": (patched(STORED_LOG, central={CENTRAL_METHOD: u16(93)}), "does not unpack"),
    "a wrong checksum": (patched(DEFLATED_LOG, central={CENTRAL_CRC: u32(7)}), "size and checksum"),
    "more than declared": (patched(DEFLATED_LOG, central={CENTRAL_SIZE: u32(10)}), "does not end"),
    "less than declared": (patched(DEFLATED_LOG, central={CENTRAL_SIZE: u32(100_000)}), "size and checksum"),
    "stored, less than declared": (patched(STORED_LOG, central={CENTRAL_SIZE: u32(9)}), "size and checksum"),
    "packed bytes cut": (patched(DEFLATED_LOG, central={CENTRAL_PACKED: u32(9)}), "does not end"),
    "packed bytes beyond the file": (patched(DEFLATED_LOG, central={CENTRAL_PACKED: u32(10**6)}), "cut off"),
    "an offset into nothing": (patched(DEFLATED_LOG, central={CENTRAL_OFFSET: u32(10**6)}), "not where"),
    "an offset into other bytes": (patched(DEFLATED_LOG, central={CENTRAL_OFFSET: u32(1)}), "not where"),
    "another name in its own header": (patched(DEFLATED_LOG, local={30: b"footer"}), "another name"),
    "Zstandard, more than declared": (patched(ZSTANDARD_LOG, central={CENTRAL_SIZE: u32(10)}), "does not end"),
    "Zstandard, less than declared": (patched(ZSTANDARD_LOG, central={CENTRAL_SIZE: u32(10**6)}), "size and checksum"),
    "Zstandard, cut": (patched(ZSTANDARD_LOG, central={CENTRAL_PACKED: u32(99)}), "does not end"),
}


@pytest.mark.parametrize("data, why", DAMAGED_ARCHIVES.values(), ids=DAMAGED_ARCHIVES)
def test_a_damaged_archive_is_refused_with_the_reason(data, why):
    assert why in refusal(data)


def test_two_headers_in_one_archive_are_refused_because_either_could_be_meant():
    data = as_zip({"header.json": as_json(log(results__scores=[score("match", accuracy=0.01)])), "HEADER.json": HEADER})
    assert "stands 2 times" in refusal(data.replace(b"HEADER.json", b"header.json"))


def test_a_member_that_says_it_is_too_large_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(inspect_log, "MAX_JSON_BYTES", len(HEADER) - 1)
    assert "at most" in refusal(DEFLATED_LOG)


def test_a_member_of_exactly_the_limit_is_read(monkeypatch):
    monkeypatch.setattr(inspect_log, "MAX_JSON_BYTES", len(HEADER))
    assert read_inspect_log(DEFLATED_LOG, "bio.eval").conclusive


def test_a_bomb_that_lies_about_its_size_is_unpacked_no_further_than_it_says():
    bomb = patched(as_zip({"header.json": bytes(50_000_000)}), central={CENTRAL_SIZE: u32(1_000)})
    assert len(bomb) < 100_000
    unpacked = []
    original = zlib.decompressobj

    class Watched:
        def __init__(self, *arguments):
            self._inner = original(*arguments)

        def decompress(self, data, bound):
            unpacked.append(len(out := self._inner.decompress(data, bound)))
            return out

        def __getattr__(self, name):
            return getattr(self._inner, name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive.zlib, "decompressobj", Watched)
        assert "does not end" in refusal(bomb)
    assert unpacked == [1_001]


def test_a_json_log_that_is_too_large_is_pointed_to_the_other_form(monkeypatch):
    monkeypatch.setattr(inspect_log, "MAX_JSON_BYTES", len(HEADER) - 1)
    with pytest.raises(InvalidInput, match="at most") as caught:
        read_inspect_log(HEADER, "bio.json")
    assert "inspect log convert --to eval" in caught.value.remedy


def test_without_the_library_a_zstandard_log_names_what_to_install(monkeypatch):
    for package in ("backports", "compression"):
        monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(WorkflowError, match="Zstandard") as caught:
        read_inspect_log(ZSTANDARD_LOG, "bio.eval")
    assert caught.value.remedy == "pip install 'holdfast[inspect]'"
    assert read_inspect_log(DEFLATED_LOG, "bio.eval").conclusive


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(ZSTANDARD_LOG) - 1), st.integers(1, 255))
def test_one_changed_byte_never_shows_a_traceback_and_never_another_number(place, difference):
    changed = bytearray(ZSTANDARD_LOG)
    changed[place] ^= difference
    try:
        report = read_inspect_log(bytes(changed), "bio.eval")
    except InvalidInput as error:
        assert error.remedy
    else:
        # The byte was in a member that is not read, in a date or a comment, or made the archive one of a crashed run.
        assert report.status == "incomplete" or report == read_inspect_log(ZSTANDARD_LOG, "bio.eval")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b'{"version": 2, "eval": {']))
def test_arbitrary_bytes_never_show_a_traceback(data, beginning):
    with pytest.raises(InvalidInput):
        read_inspect_log(beginning + data, "bio.eval")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
places = st.sampled_from(
    [
        "status",
        "error",
        "invalidated",
        "log_updates",
        "results",
        "results__scores",
        "results__early_stopping",
        "eval__task",
        "eval__metadata",
        "eval__packages",
        "eval__dataset",
        "eval__config",
        "stats",
        "stats__completed_at",
    ]
)


@settings(max_examples=300, deadline=None)
@given(places, json_values)
def test_any_value_in_any_place_is_read_or_refused(place, value):
    data = as_json(log(**{place: value}))
    try:
        read_inspect_log(data, "bio.json").model_dump(mode="json")
    except InvalidInput as error:
        assert error.message
