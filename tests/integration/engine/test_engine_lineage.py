"""A variant in a real ledger: its parent is released, its files are compared, and the audit looks again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.forger import Forger
from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, refused

FREEZE = {"freeze": {"zone": "UTC", "spans": [{"name": "autumn", "from": "2025-09-01", "to": "2025-10-01"}]}}
LINEAGE = {"lineage": {"exposure": "hosted", "unchanged": ["tokenizer"]}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``base`` in review, and ``tuned``, which was made from it, before a gate that asks where it comes from."""
    lab = Lab(tmp_path).people()
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD]}))
    lab.allow(
        lab.load(name="variant", host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, LINEAGE, FREEZE]})
    )
    start(lab, "base", "lab", weights="w", tokenizer="t")
    start(lab, "tuned", "variant", weights="tuned w", tokenizer="t", derived_from=["base"])
    yield lab
    lab.close()


def start(lab: Lab, slug: str, process: str, derived_from: list[str] | None = None, **components: str) -> None:
    path = lab.model(slug)
    for name, text in components.items():
        (path / name).mkdir(exist_ok=True)
        (path / name / "model.safetensors").write_text(text)
    lab.tick().start(
        slug,
        path,
        components={name: name for name in components},
        process=process,
        authors=["kim"],
        derived_from=derived_from or [],
        actor="lee",
        rationale=WHY,
    )
    lab.advance("submit", slug)


def test_the_parent_is_released_first_and_the_variant_after_it(lab: Lab) -> None:
    with refused("gate-denied", "open"):
        lab.advance("host", "tuned")
    assert lab.blocking("host", "tuned") == {"parent-exposure"}

    lab.advance("host", "base")
    lab.advance("host", "tuned")

    assert lab.stage("tuned") == "hosted"
    lab.audited()


def test_another_tokenizer_than_the_parents_is_refused(lab: Lab) -> None:
    lab.advance("host", "base")
    start(lab, "other", "variant", weights="other w", tokenizer="another", derived_from=["base"])

    with refused("gate-denied", "no"):
        lab.advance("host", "other")

    assert lab.blocking("host", "other") == {"component-changed"}
    lab.audited()


def test_a_parent_that_is_withdrawn_takes_its_variants_with_it(lab: Lab) -> None:
    lab.advance("host", "base")
    lab.advance("withdraw", "base")

    with refused("gate-denied", "no"):
        lab.advance("host", "tuned")

    assert lab.blocking("host", "tuned") == {"ancestor-withdrawn"}
    lab.audited()


def forged(lab: Lab, change: Callable[[dict[str, Any]], object]) -> tuple[str, ...]:
    """What the audit finds when an entry that hosted ``tuned`` claims to have observed something else."""
    forger = Forger(lab.directory / "ledger.db")
    entry = next(item for item in reversed(forger.entries) if item["stream"] == "release/tuned")
    change({item["kind"]: item for item in entry["observations"]})
    forger.seal()
    with lab.open() as engine:
        return tuple(problem.message for problem in engine.audit().problems)


def test_a_comparison_that_the_manifests_do_not_give_is_found(lab: Lab) -> None:
    lab.advance("host", "base")
    lab.advance("host", "tuned")

    found = forged(lab, lambda seen: seen["candidates_compared"]["ok"]["components"].update(weights="same"))

    assert any("rests on a comparison of two candidates that their manifests do not give" in item for item in found)


def frost(lab: Lab) -> None:
    lab.advance("host", "base")
    lab.clock.at = datetime.fromisoformat("2025-09-05T00:00:00+00:00")
    with refused("gate-denied", "no"):
        lab.advance("host", "tuned")


def test_a_calendar_that_says_otherwise_is_found(lab: Lab) -> None:
    frost(lab)

    found = forged(lab, lambda seen: seen["zoned_calendar"]["ok"].update(covered=False))

    assert any("rests on a calendar that says otherwise of that moment" in item for item in found)


def test_what_other_time_zone_data_say_of_a_calendar_is_not_taken_for_checked_where_ours_say_otherwise(
    lab: Lab,
) -> None:
    frost(lab)

    assert forged(lab, lambda seen: seen["zoned_calendar"]["ok"].update(tzdata="1970a")) == ()
    assert lab.engine.audit().outcome == "ok"
    forged(lab, lambda seen: seen["zoned_calendar"]["ok"].update(covered=False))

    report = lab.engine.audit()
    assert report.outcome != "ok"
    assert any("by the time zone data" in item for item in report.not_recomputed)
