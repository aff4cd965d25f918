"""No list beside the entries is believed: whoever edits one changes no answer."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.integration.engine.lab import Lab, definition


def answers(lab: Lab) -> list[str]:
    engine = lab.engine
    size = engine.history(limit=1)[0].entry
    told = [
        engine.search_history("aurora", stage="review"),
        engine.difference(0, size),
        engine.coverage({"x": candidate_of(lab)}),
        *engine.exceptions(),
        *engine.slips(),
        *engine.waiting().releases,
        *engine.who_could("aurora", entry=size).gates,
    ]
    return [item.model_dump_json(exclude={"seconds"}) for item in told]


def candidate_of(lab: Lab) -> str:
    return str(lab.engine.history("aurora")[-1].events[0]["candidate"]["digest"])


def test_a_list_that_was_edited_hides_nothing(tmp_path: Path) -> None:
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.read(definition(name="alone", solo="true")))
    lab.in_review(process="alone")
    lab.advance("wait")
    lab.tick().schedule("aurora", lab.clock.now(), actor="lee", rationale="a day is a day")
    before = answers(lab)

    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("UPDATE release SET stage = 'public', exposure = 'weights', closed = 1, planned = NULL")
    edited = answers(lab)
    with closing(sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)) as other:
        other.execute("DELETE FROM release")
    emptied = answers(lab)
    lab.close()

    assert before == edited == emptied
    assert any("one person may ask" in text for text in before)
