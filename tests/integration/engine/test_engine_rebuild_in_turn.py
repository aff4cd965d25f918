"""A rebuild has one release in memory at a time, however many there are."""

from __future__ import annotations

from pathlib import Path

from tests.integration.engine.lab import Lab
from workflow.audit import projections
from workflow.ledger import release_stream


def test_the_releases_are_folded_one_after_the_other_as_they_are_asked_for(tmp_path: Path) -> None:
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load())
    slugs = ["cygnus", "aurora", "borealis"]
    for slug in slugs:
        lab.start(slug)
    lab.hold(slug="cygnus")
    read: list[str] = []
    with lab.engine._pipeline.storage.snapshot() as reader:
        stream = reader.stream
        reader.stream = lambda name, after=0: read.append(name) or stream(name, after)  # type: ignore[method-assign, func-returns-value]

        head, releases = projections(reader)
        assert (read, head) == ([], reader.head())
        for count, listed in enumerate(releases, 1):
            assert listed.row == reader.release(slugs[count - 1])
            assert read == [release_stream(slug) for slug in slugs[:count]]
    assert lab.engine.rebuild() == len(slugs)
    lab.close()
