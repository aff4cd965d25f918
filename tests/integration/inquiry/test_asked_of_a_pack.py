"""The same questions of a pack: of one release they have the answers that the whole ledger gives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.integration.engine.lab import WHY, Lab
from workflow import Engine, NotFound, open_pack
from workflow.folding import Folder
from workflow.inquiry.coverage import coverage, read_list
from workflow.inquiry.exceptions import exceptions
from workflow.inquiry.past import Past
from workflow.inquiry.search import Search, Wanted
from workflow.inquiry.slips import slips
from workflow.inquiry.who_could import who_could
from workflow.looking import read_text
from workflow.pack import PackReader
from workflow.process import Exposure
from workflow.registry import Registry
from workflow.rulebook import Rulebook
from workflow.seals import Seals

RULES = Rulebook(Registry())


@pytest.fixture
def lived(review: Lab) -> Lab:
    """``aurora`` with dates, refusals and a report that was set aside; and what is said of nobody else's business."""
    review.tick().schedule("aurora", review.clock.now() + timedelta(days=9), actor="lee", rationale=WHY)
    review.tick().schedule("aurora", None, actor="lee", rationale=WHY)
    evidence = review.attach(review.log(), declare_as="lead")
    review.tick().set_aside("aurora", evidence, role="safety", actor="mara", rationale=WHY)
    review.sign("mara", "publish")
    review.hold("sam")
    review.start("borealis", path=review.model("other"))
    return review


@pytest.fixture
def pack(lived: Lab, tmp_path: Path) -> Iterator[PackReader]:
    lived.engine.export("aurora", tmp_path / "aurora.pack", checkpoint=False)
    with (tmp_path / "aurora.pack").open("rb") as file:
        yield PackReader(file)


def asked(reader: PackReader, now: datetime) -> dict[str, object]:
    words, folder = partial(read_text, reader), Folder()
    return {
        "exceptions": tuple(exceptions(reader, partial(folder.process, reader), "aurora", words, now)),
        "slips": tuple(slips(reader, partial(folder.release, reader), "aurora", words)),
        "who could": who_could(Past(reader, reader.head().frontier.size), RULES, "aurora", None, now, words),
        "history": Search(reader, Wanted(by="mara"), seals=lambda _: Seals(), actor=None)
        .page("aurora", before=None, after=None, limit=9)
        .items,
    }


def of_ledger(engine: Engine, now: datetime) -> dict[str, object]:
    return {
        "exceptions": engine.exceptions("aurora"),
        "slips": engine.slips("aurora"),
        "who could": engine.who_could("aurora", at=now),
        "history": engine.search_history("aurora", by="mara").items,
    }


def test_a_pack_answers_as_the_ledger_does(lived: Lab, pack: PackReader) -> None:
    now = lived.clock.now()

    assert asked(pack, now) == of_ledger(lived.engine, now)


def test_who_could_is_asked_of_any_entry_in_it(lived: Lab, pack: PackReader) -> None:
    places = [item.entry for item in lived.engine.history("aurora")]
    words = partial(read_text, pack)

    for place in places:
        ours = lived.engine.who_could("aurora", entry=place)
        assert who_could(Past(pack, place), RULES, "aurora", None, ours.at, words) == ours


def test_its_candidate_is_covered_and_what_it_does_not_hold_is_unknown(lived: Lab, pack: PackReader) -> None:
    listed = read_list(f"{lived.candidate('aurora')}\n{lived.candidate('borealis')}".encode())

    found = coverage(pack, listed, Exposure.INTERNAL, pack.head().frontier.size)

    assert [line.answer for line in found.lines] == ["released", "unknown"]


def test_the_same_methods_ask_a_pack_that_was_verified(lived: Lab, pack: PackReader, tmp_path: Path) -> None:
    with open_pack(tmp_path / "aurora.pack") as asked_of:
        now = asked_of.source.at
        assert (asked_of.source.vouched, asked_of.source.outcome) == (False, "ok")
        assert asked_of.slips() == lived.engine.slips("aurora")
        assert asked_of.exceptions("aurora") == lived.engine.exceptions("aurora")
        assert asked_of.who_could("aurora") == lived.engine.who_could("aurora", at=now).model_copy(
            update={"entry": asked_of.source.size}
        )
        assert asked_of.history("aurora") == lived.engine.history("aurora")
        waits = asked_of.waiting("aurora").releases[0].stays
        assert waits[0] == lived.engine.waiting("aurora").releases[0].stays[0]
        ours = {item.release: item.facts for item in lived.engine.difference(0).groups}
        theirs = {item.release: item.facts for item in asked_of.difference(0).groups}
        assert theirs == {slug: facts for slug, facts in ours.items() if slug != "borealis"}
        with pytest.raises(NotFound, match="the pack has nothing of borealis"):
            asked_of.slips("borealis")
