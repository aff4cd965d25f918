"""Which reader a file gets, and what a document can and cannot be."""

import subprocess
import sys

import pytest
from handmade import KEPT, as_json, log, report

from workflow.errors import InvalidInput
from workflow.evidence import Bound, judge
from workflow.evidence.read import read_report


def test_a_log_is_read_as_a_log_in_either_form():
    for suffix in ("eval", "json", "EVAL"):
        kept = (KEPT / f"bio_uplift-0.31.{suffix.lower()}").read_bytes()
        assert read_report(kept, f"logs/bio.{suffix}").kind == "inspect"


@pytest.mark.parametrize("filename", ["red-team.pdf", "MODEL_CARD.md", "notes"])
def test_anything_else_is_a_document_under_the_name_that_its_bringer_gives_it(filename):
    found = read_report(b"%PDF-1.7", filename, name="red_team")
    assert (found.kind, found.name, found.status, found.metrics) == ("document", "red_team", "conclusive", ())


def test_a_document_meets_no_bound():
    found = read_report(b"accuracy: 0.01", "results.txt", name="bio_uplift")
    assert judge(Bound(metric="accuracy", at_most="1"), found).outcome == "inconclusive"


def test_a_damaged_log_does_not_become_a_document_by_itself():
    with pytest.raises(InvalidInput, match="neither an Inspect log nor any JSON"):
        read_report(b"%PDF-1.7", "bio.eval", name="bio_uplift")


def test_json_can_be_attached_as_a_document_on_purpose():
    assert read_report(b'{"a": 1}', "card.json", kind="document", name="card").kind == "document"


REFUSED = {
    "a document without a name": (b"x", "a.pdf", {}, "nothing in it says"),
    "a document with an empty name": (b"x", "a.pdf", {"name": ""}, "nothing in it says"),
    "a document with a name of control characters": (b"x", "a.pdf", {"name": "a\x07"}, "printable"),
    "an empty document": (b"", "a.pdf", {"name": "a"}, "is empty"),
    "an unknown kind": (b"x", "a.pdf", {"kind": "vibes"}, "no kind of evidence 'vibes'"),
    "a log under another name": (
        as_json(log()),
        "a.json",
        {"name": "cyber_range"},
        "a report of bio_uplift, not of cyber",
    ),
    "JSON of nobody's": (b'{"results": {}}', "a.json", {}, "no report that is read here"),
    "a document said to be a log": (b"x", "a.pdf", {"kind": "inspect"}, "neither an Inspect log"),
}


@pytest.mark.parametrize("data, filename, given, why", REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_with_the_next_step(data, filename, given, why):
    with pytest.raises(InvalidInput, match=why) as caught:
        read_report(data, filename, **given)
    assert caught.value.remedy


def test_a_log_under_its_own_name_is_read():
    assert read_report(as_json(log()), "a.json", name="bio_uplift").name == "bio_uplift"


def test_a_report_never_changes():
    with pytest.raises(ValueError, match="frozen"):
        report().status = "conclusive"


def test_reading_evidence_imports_nothing_that_the_core_does_not_need():
    code = "import sys, workflow.evidence; print([m for m in sys.modules if m.split('.')[0] in %r])"
    packages = ("backports", "compression", "zstandard", "inspect_ai")
    found = subprocess.run([sys.executable, "-c", code % (packages,)], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
