"""Which published digests went through here: files and manifests, released, known or never seen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable

import pytest

from tests.integration.engine.lab import Lab
from workflow import Engine, Exposure, InvalidInput, LedgerError
from workflow.inquiry import coverage
from workflow.inquiry.coverage import read_list
from workflow.inquiry.past import Past
from workflow.views.inquiry import CoverageLine

ONE, TWO = "1" * 64, "ab" * 32


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def out(lab: Lab) -> Lab:
    """``aurora`` is public, after one try that was replaced; ``borealis`` is only hosted."""
    lab.start(path=lab.model("first", model__safetensors="a first try", config__json="{}"))
    lab.replace(lab.model("second", model__safetensors="what was released", config__json="{}"))
    lab.advance("submit")
    lab.approve_publish()
    lab.advance("publish")
    lab.in_review("borealis", path=lab.model("other", model__safetensors="only hosted"))
    lab.sign("mara", "host", slug="borealis")
    lab.sign("jun", "host", slug="borealis")
    lab.advance("host", "borealis")
    return lab


def asked(lab: Lab, *digests: str, exposure: Exposure = Exposure.WEIGHTS) -> dict[str, CoverageLine]:
    return {line.digest: line for line in lab.engine.coverage("\n".join(digests).encode(), exposure=exposure).lines}


def test_a_file_is_known_by_what_its_own_candidate_reached(out: Lab) -> None:
    names = {name: digest(name) for name in ("what was released", "a first try", "only hosted", "never here")}

    found = out.engine.coverage(names)

    assert {line.name: line.answer for line in found.lines} == {
        "what was released": "released",
        "a first try": "known",
        "only hosted": "known",
        "never here": "unknown",
    }
    assert (found.released, found.known, found.unknown) == (1, 2, 1)


def test_a_file_that_several_candidates_share_is_released_by_one_of_them(out: Lab) -> None:
    line = asked(out, digest("{}"))[digest("{}")]

    assert line.answer == "released"
    first = line.places[0]
    assert (first.release, first.path, first.exposed) == ("aurora", "config.json", Exposure.WEIGHTS)
    assert len(line.places) == 2


def test_a_manifest_s_digest_will_do(out: Lab) -> None:
    candidate = out.candidate()

    line = asked(out, candidate)[candidate]

    assert (line.answer, line.places[0].path, line.places[0].candidate) == ("released", None, candidate)


def test_what_is_hosted_only_is_enough_where_that_is_asked(out: Lab) -> None:
    wanted = digest("only hosted")

    assert asked(out, wanted, exposure=Exposure.HOSTED)[wanted].answer == "released"
    assert asked(out, wanted)[wanted].answer == "known"


def test_what_was_withdrawn_since_was_released_all_the_same_and_says_so(out: Lab) -> None:
    out.advance("withdraw")

    line = asked(out, digest("what was released"))[digest("what was released")]

    assert (line.answer, line.places[0].withdrawn, line.places[0].exposed) == ("released", True, Exposure.WEIGHTS)


def test_bytes_that_provably_never_left_were_not_released(golden: Callable[[str], Engine]) -> None:
    engine = golden("published")
    begun = [item for item in engine.history(limit=1000) if item.events[-1]["type"] == "exposure_begun"]
    taken_back = [item.entry for item in engine.history(limit=1000) if item.events[0]["type"] == "exposure_aborted"]
    out, back = begun[-1].entry, taken_back[-1]
    assert out < back
    wanted = begun[-1].events[-1]["manifest"]

    with engine._reading() as reader:
        answers = [
            coverage.coverage(Past(reader, entry), read_list(wanted.encode()), Exposure.HOSTED, entry).lines[0].answer
            for entry in (out - 1, out, back)
        ]

    # Until that is proven it counts as out, whatever nobody saw.
    assert answers == ["known", "released", "known"]


LISTS = [
    (f"{ONE}\n{TWO}\n", [(ONE, None), (TWO, None)]),
    (f"{ONE}  model.safetensors\n{TWO} *with blanks.bin\r\n", [(ONE, "model.safetensors"), (TWO, "with blanks.bin")]),
    (f"# published\n\n  {ONE.upper()}\n", [(ONE, None)]),
    (f"SHA256 (model (1).bin) = {TWO}\n", [(TWO, "model (1).bin")]),
    (f"\\{ONE}  a\\nb\n", [(ONE, "a\\nb")]),
    (json.dumps({"a": ONE, "b": TWO.upper()}), [(ONE, "a"), (TWO, "b")]),
    (f'\ufeff{{"a": "{ONE}"}}', [(ONE, "a")]),
    (f'{{"a": "{ONE}", "a": "{TWO}"}}', [(ONE, "a"), (TWO, "a")]),
]


@pytest.mark.parametrize(("text", "expected"), LISTS)
def test_a_list_may_be_written_as_it_is_published(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert [(item.digest, item.name) for item in read_list(text.encode())] == expected


BAD = [
    "",
    "\n# nothing\n",
    "{}",
    "words",
    ONE[:-1],
    f"{ONE}x",
    '{"a": 1}',
    f'{{"a": "{ONE}"',
    '{"a": {"b": 1}}',
    "[1]",
]


@pytest.mark.parametrize("text", [*BAD, "{" * 100_000])
def test_a_list_that_says_nothing_or_something_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_list(text.encode())


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidInput):
        read_list(b"\xff\xfe" + ONE.encode())


def test_a_manifest_that_is_missing_answers_nothing(out: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coverage, "manifest_of", lambda blob, digest: None)

    with pytest.raises(LedgerError):
        out.engine.coverage(ONE.encode())
