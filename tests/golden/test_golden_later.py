"""What later versions added is read, decided and written the same by every version after them."""

from __future__ import annotations

import json

import pytest

from tests.golden.keeping import HERE, Kept
from tests.golden.later import NAMES, told
from tests.golden.signed.test_golden_signed import _unrooted, signed
from tests.golden.test_golden import parsed, said
from workflow import events, statement
from workflow.ledger import decode, encode


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def kept(name: str) -> Kept:
    return Kept.read(HERE / name)


@pytest.fixture(scope="module")
def today(name: str, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return told(name, tmp_path_factory.mktemp("golden"))


def test_its_bytes_have_the_root_that_was_written_down(name: str, kept: Kept) -> None:
    assert kept.root == json.loads((HERE / name / "root.json").read_bytes())


def test_it_is_verified_and_decided_again_to_the_same_end(kept: Kept, tmp_path_factory: pytest.TempPathFactory) -> None:
    with kept.restore(f"sqlite:///{tmp_path_factory.mktemp('golden') / 'golden.db'}") as engine:
        report = engine.audit()

    assert (report.outcome, report.problems, report.not_recomputed) == ("ok", (), ())
    assert (report.entries, report.redecided) == (len(kept.entries), len(kept.entries) - 1)


def test_every_statement_is_read_and_every_event_is_written_back_to_its_bytes(kept: Kept) -> None:
    for blob in kept.blobs:
        if blob.startswith(b'{"_type"'):
            assert statement.read(blob).predicate == decode(blob)["predicate"]
    for entry, body in zip(parsed(kept), kept.entries, strict=True):
        assert entry.to_bytes() == body
        assert encode([events.dump(event) for event in events.parse(entry.events)]) == encode(entry.events)


def test_today_s_code_writes_the_same_but_for_the_wording(kept: Kept, today: Kept) -> None:
    for written, golden in zip(parsed(today), parsed(kept), strict=True):
        assert _unrooted(said(written, today.blob)) == _unrooted(said(golden, kept.blob))


def test_today_s_code_signs_the_same_words(kept: Kept, today: Kept) -> None:
    for written, golden in zip(signed(today), signed(kept), strict=True):
        assert {**written["predicate"], "tree": None} == {**golden["predicate"], "tree": None}
