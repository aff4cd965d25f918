"""What people see who sign far from the ledger, at 80 columns: whole screens, as they were agreed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_desk import Result, by
from keyed_desk import KeyedDesk

GOLDEN = Path(__file__).with_name("golden")
HEX = re.compile(r"[0-9a-f]{16,64}")
KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}")


def fixed(result: Result, *places: Path) -> str:
    """A screen with what is another each time (keys, digests and directories) made the same, and of the same length."""
    text = f"{result.out}{result.err}[exit {result.code}]\n"
    for place in places:
        text = text.replace(f"{place}/", "")
    text = KEY.sub("SHA256:" + "k" * 43, text)
    return HEX.sub(lambda match: ("0123456789abcdef" * 4)[: len(match[0])], text)


@pytest.fixture
def asked(signing: KeyedDesk) -> KeyedDesk:
    """Everything that a request can tell: a changed mind, a hold, a demand, a refusal, and an earlier approval."""
    signing.approve("mara")
    signing.does("review", "aurora", "biosecurity", "unacceptable", *by("priya", "the uplift is real"))
    signing.does("sign", "aurora", "publish", "--reject", *by("ivy", "the licence is unclear"))
    signing.does(
        "hold", "aurora", "--condition", "read the report of the red team", *by("jun", "Łucja found a jailbreak")
    )
    signing.does("request", "aurora", "publish", "-o", "aurora.request")
    signing.does("discharge", "aurora", "R1", *by("priya", "I read it"), "--request", "R1.request")
    return signing


def laptop(desk: KeyedDesk) -> KeyedDesk:
    there = desk.laptop()
    for request in desk.directory.glob("*.request"):
        shutil.copy(request, there.directory)
    return there


def decision(desk: KeyedDesk) -> tuple[Result, Path]:
    there = laptop(desk)
    typed = f"approve\nThe appendix convinced me.\n{desk.basis()[:8]}\n"
    return there("sign", "aurora.request", "--key", "keys/mara", typed=typed), there.directory


def act(desk: KeyedDesk) -> tuple[Result, Path]:
    there = laptop(desk)
    return there("sign", "R1.request", "--key", "keys/priya", typed="sign\n"), there.directory


def changed_files(desk: KeyedDesk) -> tuple[Result, Path]:
    (desk.directory / "aurora.request").unlink()
    (desk.directory / "model" / "model.safetensors").write_bytes(b"overwritten")
    desk.does("request", "aurora", "publish", "-o", "aurora.request")
    there = laptop(desk)
    return there("sign", "aurora.request", "--key", "keys/jun", typed="approve\n"), there.directory


def collected(desk: KeyedDesk) -> tuple[Result, Path]:
    there = laptop(desk)
    seen = ("--seen", desk.basis(), "-m", "as it was discussed")
    there.does("sign", "aurora.request", "--approve", *seen, "--key", "keys/kit", "--role", "safety")
    there.does("sign", "aurora.request", "--approve", *seen, "--key", "keys/mara")
    there.does("sign", "R1.request", "--approve", "--key", "keys/priya")
    desk.does("collect", str(there.directory / "aurora.request.kit.reply"))
    desk.does("review", "aurora", "biosecurity", "acceptable", *desk.signed("priya", "it was measured again"))
    (there.directory / "z.reply").write_text("nothing")
    return desk("collect", str(there.directory)), there.directory


SCREENS: dict[str, Callable[[KeyedDesk], tuple[Result, Path]]] = {
    "laptop-decision": decision,
    "laptop-act": act,
    "laptop-changed-files": changed_files,
    "collected": collected,
}


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_what_it_was(asked: KeyedDesk, name: str) -> None:
    result, place = SCREENS[name](asked)
    screen = fixed(result, place, asked.directory)

    assert screen == (GOLDEN / f"{name}.txt").read_text("utf-8")
    assert max(len(line) for line in result.out.splitlines() if str(place) not in line) <= 80
