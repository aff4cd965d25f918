"""Attacks by questions: somebody supposes what is not so, to learn what is sealed or to pass the answer off as real."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attacked import WHY
from signed_lab import SIGNED_PROCESS, SignedLab

from workflow import Explanation, GateDenied

SAFETY = "safety: {means: looks for harm, authority: veto}"
SEALED = SIGNED_PROCESS.replace(SAFETY, SAFETY.replace("authority", "sealed: true, authority")).replace(
    "version: 1\n", "version: 2\n"
)
UNSEALED = SIGNED_PROCESS.replace("version: 1\n", "version: 3\n")


def suppositions(lab: SignedLab) -> list[dict[str, Any]]:
    assert lab.engine is not None
    later = lab.clock.now() + timedelta(days=40)
    process = lab.engine.load_process(lab.process(UNSEALED, "unsealed.yaml"))
    return [
        {"process": process},
        {"process": process, "assume_signed": ["safety", "security"]},
        {"process": process, "at": later},
        {"assume_signed": ["safety"]},
        {"at": later},
    ]


def asked(lab: SignedLab, trigger: str = "publish") -> list[Explanation]:
    assert lab.engine is not None
    return [lab.engine.explain("aurora", trigger, actor="lee", **what) for what in suppositions(lab)]


@pytest.mark.parametrize("conditions", [(), (("run the cyber range again", "security"),)], ids=["yes", "yes, if"])
def test_row_40_no_supposition_tells_who_decided_in_a_sealed_role(
    tmp_path: Path, conditions: tuple[tuple[str, str], ...]
) -> None:
    told = {}
    for person in ("mara", "jun"):
        directory = tmp_path / person
        directory.mkdir()
        lab = SignedLab(directory)
        lab.create()
        lab.allow(SEALED, "sealed.yaml")
        assert lab.engine is not None
        process = lab.engine.load_process(directory / "sealed.yaml")
        lab.engine.start("aurora", lab.model(), process=process, authors=["kim"], actor="lee", rationale=WHY)
        lab.engine.advance("aurora", "submit", actor="lee", rationale=WHY)
        lab.sign(person, "safety", requirements=conditions)
        told[person] = [answer.model_dump_json() for answer in asked(lab)]
        lab.close()

    assert told["mara"] == told["jun"]


def test_row_40_what_is_supposed_says_so_and_opens_nothing(tmp_path: Path) -> None:
    lab = SignedLab(tmp_path)
    lab.create()
    engine = lab.in_review()
    before = [item.hash for item in engine.history(limit=1000)]

    answer = engine.explain("aurora", "publish", actor="lee", assume_signed=["safety", "security"])

    assert answer.allowed
    assert answer.assuming is not None
    assert answer.model_dump(mode="json")["assuming"]["signed"] == ["safety", "security"]
    assert [item.hash for item in engine.history(limit=1000)] == before
    with pytest.raises(GateDenied):
        engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    lab.close()
