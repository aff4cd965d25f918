"""The verifier of packs that needs nothing of ours: real packs pass, and it says who stands for them."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.acceptance.examples.taken_apart import LOG, SCRIPT, WHOLE, members_of, vouched
from tests.golden.packs.make import PACK
from tests.integration.deployed.conftest import Host
from tests.integration.engine.lab import ADMINISTRATOR, WHY
from tests.pack.packing import ALL, WITNESS, NotesKey, checkpoint_of, log_of, packed, restored
from workflow import verify_pack
from workflow.checkpoints import LogKey
from workflow.ledger import entry_hash
from workflow.ledger.note import Note
from workflow.pack import Choice

RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        """e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155
        5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b""",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        """92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da
        085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00""",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        """6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac
        18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a""",
    ),
]
"""Tests 1 to 3 of RFC 8032, section 7.1: a public key, a message and the signature."""


def alone(pack: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The script by a Python that has nothing but the standard library, with nothing but ssh-keygen on the PATH."""
    tools = pack.parent / "tools"
    tools.mkdir(exist_ok=True)
    keygen = shutil.which("ssh-keygen")
    assert keygen is not None
    if not (tools / "ssh-keygen").exists():
        (tools / "ssh-keygen").symlink_to(keygen)
    return subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", str(SCRIPT), str(pack), *options],
        cwd=pack.parent,
        env={"PATH": str(tools), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("name", "release"), ALL)
def test_every_real_pack_passes_without_anything_of_ours(name: str, release: str, tmp_path: Path) -> None:
    with restored(name, tmp_path) as engine:
        checkpoint = checkpoint_of(engine)
        log = log_of(checkpoint.origin)
        note = WITNESS.cosign(log.sign(checkpoint))
        pack = tmp_path / "release.pack"
        pack.write_bytes(packed(engine, release, checkpoint=note.to_bytes()))

    ran = alone(pack, *vouched((log, WITNESS)))

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    assert f"vouched for by: {log.key.name}, for the first {checkpoint.size} entries" in ran.stdout
    assert f"{WITNESS.key.name} on 2027-01-15 at 08:00:00 UTC" in ran.stdout


def test_the_python_that_runs_it_has_nothing_of_ours_to_import() -> None:
    for module in ("workflow", "policies", "cryptography"):
        ran = subprocess.run([sys.executable, "-I", "-S", "-c", f"import {module}"], capture_output=True, check=False)
        assert b"ModuleNotFoundError" in ran.stderr


def test_it_says_who_signed_what_which_moves_were_made_and_what_it_did_not_check(tmp_path: Path) -> None:
    shutil.copy(PACK, tmp_path / "release.pack")

    said = alone(tmp_path / "release.pack", *vouched()).stdout

    assert "entry 24, signed: I, mara, as safety, approve `publish` of aurora-fix" in said
    assert "entry 31, release/aurora-fix: lee moved it from review to public, which is weights" in said
    assert "withheld   1 texts, 0 reports" in said
    assert "not checked here, but by `holdfast audit verify --pack`" in said


def test_texts_and_reports_that_were_withheld_are_counted_and_it_still_verifies(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with restored("signed", tmp_path) as engine:
        (tmp_path / "release.pack").write_bytes(packed(engine, "aurora", Choice(evidence=False, texts=False)))

    assert script.main([str(tmp_path / "release.pack")]) == 8
    assert "withheld   170 texts, 1 reports" in capsys.readouterr().out


def test_where_nobody_vouches_it_says_so_and_does_not_pass(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main([str(PACK)]) == 8
    assert "NOBODY VOUCHES" in capsys.readouterr().out


def test_a_pin_stands_for_its_entry_and_for_no_more(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    first = members_of(PACK.read_bytes())["entries.jsonl"].split(b"\n")[0]

    assert script.main([str(PACK), "--pin", f"1:{entry_hash(first)}"]) == 8
    assert "but for the entries that are pinned" in capsys.readouterr().out
    assert script.main([str(PACK), *vouched(), "--pin", f"1:{entry_hash(first)}"]) == 0
    assert script.main([str(PACK), *vouched(), "--pin", f"1:{'0' * 64}"]) == 3
    assert "entry 1 is not the one that is pinned" in capsys.readouterr().out


def test_a_log_key_that_was_replaced_vouches_for_no_later_tree(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = Host(tmp_path)
    host.publish()
    old, before = host.vkey, host.pack("before.pack")
    stolen = LogKey.read(tmp_path / "keys" / "log", host.lab.origin)
    (tmp_path / "keys" / "log").unlink()
    new = host.lab.engine.new_log_key()
    host.lab.agreed(host.lab.engine.name_log_key(new, actor=ADMINISTRATOR, rationale=WHY))
    host.lab.hold()
    later = Note(checkpoint_of(host.lab.engine).text)
    forged = later.with_signature(stolen.key, stolen.sign(later.text.encode())).to_bytes().decode()
    pack, own = host.pack("forged.pack", note=forged), host.pack("own.pack")
    host.lab.close()

    assert script.main([str(before), "--log-key", old]) == 0
    assert script.main([str(own), "--log-key", new]) == 0
    assert script.main([str(pack), "--log-key", old]) == 3
    assert "was replaced by entry" in capsys.readouterr().out


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_ed25519_holds_for_the_vectors_of_rfc_8032_and_for_nothing_near_them(
    arithmetic: ModuleType, public: str, message: str, signature: str
) -> None:
    key, said, made = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert arithmetic.ed25519(key, said, made)
    for near in (said + b"\0", b"other"):
        assert not arithmetic.ed25519(key, near, made)
    for place in (0, 31, 32, 63):
        spoiled = bytes(byte ^ (1 if at == place else 0) for at, byte in enumerate(made))
        assert not arithmetic.ed25519(key, said, spoiled)
    scalar = int.from_bytes(made[32:], "little") + arithmetic.ORDER
    assert not arithmetic.ed25519(key, said, made[:32] + scalar.to_bytes(32, "little"))
    assert not arithmetic.ed25519(key, said, made[:63])


def test_a_pack_that_is_not_there_is_a_mistake_in_what_was_typed(script: ModuleType, tmp_path: Path) -> None:
    assert script.main([str(tmp_path / "none.pack")]) == 2


def test_one_of_several_log_keys_is_enough_and_another_ledger_s_alone_is_said_to_be_perhaps_the_mistake(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    other = NotesKey("other.example")

    assert script.main([str(PACK), "--log-key", other.vkey, "--log-key", LOG.vkey]) == 0
    assert script.main([str(PACK), "--log-key", other.vkey]) == 3
    assert "the key of another ledger: check it" in capsys.readouterr().out


def test_pins_have_the_exit_codes_that_holdfast_gives_them(script: ModuleType) -> None:
    lines = members_of(WHOLE)["entries.jsonl"].splitlines()
    last = next(line for line in reversed(lines) if json.loads(line)["stream"] == "release/aurora-fix")
    pins = {
        f"{json.loads(last)['seq']}:{entry_hash(last)}": (0, "ok"),
        f"1:{entry_hash(lines[0])}": (8, "incomplete"),
        f"99:{'0' * 64}": (8, "incomplete"),
        f"1:{'0' * 64}": (3, "failed"),
    }

    for pin, (code, outcome) in pins.items():
        seq, digest = pin.split(":")
        assert script.main([str(PACK), "--pin", pin]) == code, pin
        assert verify_pack(PACK, pinned={int(seq): digest}).outcome == outcome, pin


def test_what_is_not_there_and_keys_that_are_none_are_mistakes_in_what_was_asked(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert script.main([str(tmp_path / "none.pack")]) == 2
    with pytest.raises(SystemExit) as ended:
        script.main([str(PACK), "--log-key", "no key"])
    assert ended.value.code == 2
    coded = base64.b64encode(b"\x01" + bytes(32)).decode()
    for option, key in (("--log-key", f"name+00000000+{coded}"), ("--log-key", WITNESS.vkey), ("--witness", LOG.vkey)):
        with pytest.raises(SystemExit) as ended:
            script.main([str(PACK), option, key])
        assert ended.value.code == 2


def test_the_single_steps_by_hand_are_the_ones_that_the_page_says(tmp_path: Path) -> None:
    page = (SCRIPT.parents[1] / "docs" / "pack-format.md").read_text(encoding="utf-8")
    steps = page.split("Single steps, by hand:")[1].split("```sh\n")[1].split("```")[0]
    shutil.copy(PACK, tmp_path / "aurora-7b.pack")

    ran = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", steps], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (ran.returncode, ran.stderr) == (0, ""), ran.stdout
    entry = members_of(PACK.read_bytes())["entries.jsonl"].splitlines()[23]
    assert f"{entry_hash(entry)}  -" in ran.stdout
    assert 'Good "holdfast" signature for mara' in ran.stdout
    assert "I, mara, as safety, approve `publish` of aurora-fix" in ran.stdout
