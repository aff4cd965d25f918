"""The verifier of packs that needs nothing of ours: real packs pass, and whatever was changed in one is named."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.golden.packs.make import PACK
from tests.integration.deployed.conftest import Host
from tests.integration.engine.lab import ADMINISTRATOR, WHY
from tests.pack.opened import put_together
from tests.pack.packing import ALL, WITNESS, NotesKey, checkpoint_of, log_of, packed, restored
from workflow import InvalidInput, LedgerError, verify_pack
from workflow.checkpoints import LogKey
from workflow.ledger import Frontier, entry_hash, leaf_hash, node_hash, sha256
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import COSIGNATURE, Note
from workflow.ledger.proofs import Nodes, consistency, inclusion, tree_root
from workflow.pack import Choice
from workflow.pack.form import Contents
from workflow.pack.readme import readme

SCRIPT = Path(__file__).parents[3] / "examples" / "verify_pack.py"
ORIGIN = "holdfast.example/golden-incidents"
LOG = log_of(ORIGIN)
Members = dict[str, bytes]
Json = dict[str, Any]

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


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("verify_pack", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def vouched(vkeys: tuple[NotesKey, ...] = (LOG, WITNESS)) -> list[str]:
    log, witness = vkeys
    return ["--log-key", log.vkey, "--witness", witness.vkey]


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
    script: ModuleType, public: str, message: str, signature: str
) -> None:
    key, said, made = bytes.fromhex(public), bytes.fromhex(message), bytes.fromhex(signature)

    assert script.ed25519(key, said, made)
    for near in (said + b"\0", b"other"):
        assert not script.ed25519(key, near, made)
    for place in (0, 31, 32, 63):
        spoiled = bytes(byte ^ (1 if at == place else 0) for at, byte in enumerate(made))
        assert not script.ed25519(key, said, spoiled)
    scalar = int.from_bytes(made[32:], "little") + script.ORDER
    assert not script.ed25519(key, said, made[:32] + scalar.to_bytes(32, "little"))
    assert not script.ed25519(key, said, made[:63])


# What was changed in a pack.


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def zipped(members: Mapping[str, bytes], *, summed: bool = True) -> bytes:
    """The members in a file, with sums that fit them."""
    contents = {name: data for name, data in members.items() if name != "SHA256SUMS"}
    if summed:
        lines = "".join(f"{sha256(data)}  {name}\n" for name, data in contents.items())
        contents["SHA256SUMS"] = lines.encode()
    else:
        contents["SHA256SUMS"] = members["SHA256SUMS"]
    return put_together(contents, sums=False)


def lines_of(members: Members, name: str) -> list[Json]:
    return [json.loads(line) for line in members[name].splitlines()]


def joined(values: list[Json]) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def canonical(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def retold(members: Members, entries: list[Json]) -> None:
    """Rewrites everything from some entries on, so that all hashes fit again."""
    ends: dict[str, tuple[int, str]] = {}
    bodies = []
    for entry in entries:
        before = ends.get(entry["stream"], (0, None))
        entry["version"], entry["prev"] = before[0] + 1, before[1]
        body = canonical(entry)
        ends[entry["stream"]] = (entry["version"], entry_hash(body))
        bodies.append(body)
    leaves = [leaf_hash(body) for body in bodies]
    about = json.loads(members["pack.json"])
    size, nodes = len(leaves), nodes_over(leaves)
    about.update(size=size, root=tree_root(size, nodes).hex(), entries=size, subtrees=subtrees_of(leaves))
    about["streams"] = [
        {"stream": name, "version": version, "hash": digest} for name, (version, digest) in sorted(ends.items())
    ]
    members["pack.json"] = canonical(about) + b"\n"
    members["entries.jsonl"] = b"".join(body + b"\n" for body in bodies)
    members["proofs.jsonl"] = joined(
        [
            {"seq": entry["seq"], "proof": [node.hex() for node in inclusion(entry["seq"] - 1, size, nodes)]}
            for entry in entries
        ]
    )
    members["roots.jsonl"] = joined(
        [
            {
                "size": item["size"],
                "root": tree_root(item["size"], nodes).hex(),
                "proof": [node.hex() for node in consistency(item["size"], size, nodes)],
            }
            for item in lines_of(members, "roots.jsonl")
            if item["size"] <= size
        ]
    )


def subtrees_of(leaves: list[bytes]) -> list[str]:
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return [node.hex() for node in frontier.subtrees]


def nodes_over(leaves: list[bytes]) -> Nodes:
    def nodes(level: int, place: int) -> bytes:
        if level == 0:
            return leaves[place]
        return node_hash(nodes(level - 1, 2 * place), nodes(level - 1, 2 * place + 1))

    return nodes


def flipped(name: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        data = bytearray(members[name])
        place = len(data) // 2
        data[place] ^= 1
        members[name] = bytes(data)

    return change


def blob_flipped(members: Members) -> None:
    flipped(sorted(name for name in members if name.startswith("blobs/"))[0])(members)


def blob_dropped(members: Members) -> None:
    statement = lines_of(members, "entries.jsonl")[23]["proof"]["statement"]
    del members[f"blobs/{statement}"]


def entry_dropped(members: Members) -> None:
    for name in ("entries.jsonl", "proofs.jsonl"):
        members[name] = joined(lines_of(members, name)[:-1])
    about = json.loads(members["pack.json"])
    members["pack.json"] = canonical({**about, "entries": about["entries"] - 1}) + b"\n"


def entries_swapped(members: Members) -> None:
    found = lines_of(members, "entries.jsonl")
    found[4], found[5] = found[5], found[4]
    members["entries.jsonl"] = joined(found)


def actor_changed(members: Members) -> None:
    found = lines_of(members, "entries.jsonl")
    found[30]["actor"] = "mara"
    members["entries.jsonl"] = joined(found)


def proof_changed(members: Members) -> None:
    found = lines_of(members, "proofs.jsonl")
    found[7]["proof"][0] = "0" * 64
    members["proofs.jsonl"] = joined(found)


def root_changed(members: Members) -> None:
    found = lines_of(members, "roots.jsonl")
    found[0]["root"] = "0" * 64
    members["roots.jsonl"] = joined(found)


def text_changed(members: Members) -> None:
    found = lines_of(members, "texts.jsonl")
    found[0]["text"] += " not"
    members["texts.jsonl"] = joined(found)


def text_dropped(members: Members) -> None:
    members["texts.jsonl"] = joined(lines_of(members, "texts.jsonl")[1:])


def spelt_otherwise(members: Members) -> None:
    members["roots.jsonl"] = members["roots.jsonl"].replace(b'"size":', b'"size": ')


def unknown_member(members: Members) -> None:
    members["notes.txt"] = b"read me"


def climbing_name(members: Members) -> None:
    members["blobs/../../pack.json"] = b"{}"


def other_root_signed(members: Members) -> None:
    root = tree_root(1, nodes_over([leaf_hash(b"another")]))
    forked = Checkpoint(ORIGIN, json.loads(members["pack.json"])["size"], root)
    members["checkpoint"] = WITNESS.cosign(LOG.sign(forked)).to_bytes()


def other_origin_signed(members: Members) -> None:
    about = json.loads(members["pack.json"])
    other = Checkpoint("other.example", about["size"], bytes.fromhex(about["root"]))
    members["checkpoint"] = WITNESS.cosign(LOG.sign(other)).to_bytes()


def signed_by_a_stranger(members: Members) -> None:
    about = json.loads(members["pack.json"])
    stranger = NotesKey(ORIGIN, number=9)
    members["checkpoint"] = WITNESS.cosign(
        stranger.sign(Checkpoint(ORIGIN, about["size"], bytes.fromhex(about["root"])))
    ).to_bytes()


def not_cosigned(members: Members) -> None:
    about = json.loads(members["pack.json"])
    checkpoint = Checkpoint(ORIGIN, about["size"], bytes.fromhex(about["root"]))
    members["checkpoint"] = NotesKey("witness.example/w", COSIGNATURE, 9).cosign(LOG.sign(checkpoint)).to_bytes()


def no_checkpoint(members: Members) -> None:
    del members["checkpoint"]
    about = json.loads(members["pack.json"])
    members["pack.json"] = canonical({**about, "checkpoint": False}) + b"\n"


def told(members: Members, **said: object) -> None:
    members["pack.json"] = canonical({**json.loads(members["pack.json"]), **said}) + b"\n"


def other_release(members: Members) -> None:
    told(members, release="aurora-9b")


def other_subtrees(members: Members) -> None:
    told(members, subtrees=["0" * 64] * len(json.loads(members["pack.json"])["subtrees"]))


def made_by_an_auditor(members: Members) -> None:
    told(members, by="certified by AUDITOR INC holdfast")


def more_is_said(members: Members) -> None:
    told(members, audited=True)


def unreal_text_withheld(members: Members) -> None:
    told(members, left_out={"evidence": [], "texts": [{"entry": 3, "name": "poem", "commitment": "0" * 64}]})


def unreal_evidence_withheld(members: Members) -> None:
    left_out = json.loads(members["pack.json"])["left_out"]
    told(members, left_out={**left_out, "evidence": [{"entry": 3, "blob": "0" * 64}]})


def proof_of_nothing(members: Members) -> None:
    members["proofs.jsonl"] += canonical({"seq": 99, "proof": []}) + b"\n"


def texts_turned(members: Members) -> None:
    members["texts.jsonl"] = joined(lines_of(members, "texts.jsonl")[::-1])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (blob_flipped, "was altered"),
        (blob_dropped, "entry 24"),
        (entry_dropped, "an entry is missing, or a stream is cut off"),
        (entries_swapped, "entry 6 does not continue roster"),
        (actor_changed, "entry 31 is not in the tree"),
        (proof_changed, "entry 8 is not in the tree"),
        (root_changed, "is not of this tree"),
        (text_changed, "a text was altered"),
        (text_dropped, "a text of entry"),
        (spelt_otherwise, "not in canonical form"),
        (unknown_member, "'notes.txt' is no part of a pack"),
        (climbing_name, "is no part of a pack"),
        (other_root_signed, "the checkpoint is of another ledger"),
        (other_origin_signed, "the checkpoint is of another ledger"),
        (signed_by_a_stranger, f"the checkpoint is not signed by {ORIGIN}"),
        (other_release, "has no stream of the release 'aurora-9b'"),
        (other_subtrees, "the subtrees in pack.json do not have its root"),
        (made_by_an_auditor, "other fields than a pack's"),
        (more_is_said, "other fields than a pack's"),
        (unreal_text_withheld, "entry 3 has no text poem that could be withheld"),
        (unreal_evidence_withheld, "that could be withheld"),
        (proof_of_nothing, "there is a proof of what is not in the pack"),
        (texts_turned, "texts.jsonl: something stands twice"),
    ],
)
def test_what_was_changed_is_named_even_where_the_sums_fit(
    script: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Members], None],
    said: str,
) -> None:
    members = members_of(PACK.read_bytes())
    change(members)
    (tmp_path / "release.pack").write_bytes(zipped(members))

    code = script.main([str(tmp_path / "release.pack"), *vouched()])

    assert code == 3
    assert said in capsys.readouterr().out.splitlines()[-1]


@pytest.mark.parametrize(("change", "who"), [(not_cosigned, WITNESS.key.name), (no_checkpoint, ORIGIN)])
def test_who_was_named_and_says_nothing_is_no_damage_and_does_not_pass(
    script: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[Members], None],
    who: str,
) -> None:
    members = members_of(PACK.read_bytes())
    change(members)
    pack = tmp_path / "release.pack"
    pack.write_bytes(zipped(members))
    contents = Contents.from_bytes(members["pack.json"])
    pack.write_bytes(zipped({**members, "README.txt": readme(contents)}))

    assert script.main([str(pack), *vouched()]) == 8
    assert f"SAYS NOTHING of it: {who}" in capsys.readouterr().out
    report = verify_pack(pack, log_keys=[LOG.vkey], witnesses=[WITNESS.vkey])
    assert report.outcome == "incomplete"


FIELDS = {
    "local header": (0, (4, 6, 8, 10, 12, 14, 18, 20, 22, 26, 28)),
    "directory": (PACK.read_bytes().index(b"PK\1\2"), (4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 30, 32, 34, 36, 38, 42)),
    "end record": (len(PACK.read_bytes()) - 22, (0, 4, 6, 8, 10, 12, 16, 20, 21)),
}


@pytest.mark.parametrize("where", FIELDS)
def test_no_byte_around_the_members_can_be_another(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], where: str
) -> None:
    start, offsets = FIELDS[where]
    for offset in offsets:
        data = bytearray(PACK.read_bytes())
        data[start + offset] ^= 1
        (tmp_path / "release.pack").write_bytes(data)

        assert script.main([str(tmp_path / "release.pack"), *vouched()]) == 3, offset
        assert "WRONG: " in capsys.readouterr().out


WHOLE = PACK.read_bytes()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (WHOLE + b"\n", 3),
        (b"\n" + WHOLE, 3),
        (WHOLE[:-1], 3),
        (WHOLE[:9000], 3),
        (WHOLE[: WHOLE.index(b"PK\1\2")], 3),
        (WHOLE + WHOLE, 3),
        (b"", 2),
        (b"hello", 2),
        (b"PK\5\6" + b"\0" * 18, 2),
    ],
)
def test_what_is_cut_off_longer_or_no_pack_has_the_exit_code_that_holdfast_gives_it(
    script: ModuleType, tmp_path: Path, data: bytes, code: int
) -> None:
    pack = tmp_path / "release.pack"
    pack.write_bytes(data)

    assert script.main([str(pack), *vouched()]) == code
    with pytest.raises(LedgerError if code == 3 else InvalidInput):
        verify_pack(pack)


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


@pytest.mark.parametrize(
    "name", ["pack.json", "entries.jsonl", "proofs.jsonl", "roots.jsonl", "texts.jsonl", "checkpoint"]
)
def test_a_flipped_bit_in_any_member_is_found_by_its_sum(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    members = members_of(PACK.read_bytes())
    flipped(name)(members)
    (tmp_path / "release.pack").write_bytes(zipped(members, summed=False))

    assert script.main([str(tmp_path / "release.pack"), *vouched()]) == 3
    assert f"{name} was altered" in capsys.readouterr().out


def approval(entries: list[Json]) -> Json:
    """Mara's approval of the release, entry 24."""
    entry = entries[23]
    assert entry["events"][0]["binding"]["decision"] == "approve"
    return entry


def for_other_bytes(entries: list[Json]) -> None:
    approval(entries)["events"][0]["binding"]["candidate"] = "0" * 64


def by_somebody_else(entries: list[Json]) -> None:
    entry = approval(entries)
    entry["actor"] = "jun"


def with_another_key(entries: list[Json]) -> None:
    approval(entries)["proof"]["key"] = entries[24]["proof"]["key"]


def with_anothers_signature(entries: list[Json]) -> None:
    approval(entries)["proof"]["signature"] = entries[24]["proof"]["signature"]


def with_other_words(entries: list[Json]) -> None:
    approval(entries)["texts"]["rationale"] = "0" * 64


def for_another_request(entries: list[Json]) -> None:
    approval(entries)["command_id"] = f"signed/mara/{'0' * 32}"


def up_to_hosted_only(entries: list[Json]) -> None:
    approval(entries)["events"][0]["exposure"] = "hosted"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (for_other_bytes, "entry 24: another binding was signed"),
        (by_somebody_else, "was no key of jun's then"),
        (with_another_key, "was no key of mara's then"),
        (with_anothers_signature, "entry 24: the signature of mara is not genuine"),
        (with_other_words, "entry 24: other words were signed"),
        (for_another_request, "entry 24: signed for another request"),
        (up_to_hosted_only, "entry 24: other details were signed"),
    ],
)
def test_in_a_history_that_was_rewritten_as_a_whole_the_signatures_do_not_fit(
    script: ModuleType,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[list[Json]], None],
    said: str,
) -> None:
    members = members_of(PACK.read_bytes())
    entries = lines_of(members, "entries.jsonl")
    change(entries)
    retold(members, entries)
    (tmp_path / "release.pack").write_bytes(zipped(members))

    assert script.main([str(tmp_path / "release.pack")]) == 3
    assert said in capsys.readouterr().out.splitlines()[-1]


def test_a_history_that_was_cut_short_as_a_whole_is_not_what_the_log_signed(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = members_of(PACK.read_bytes())
    entries = lines_of(members, "entries.jsonl")[:31]
    texts = {commitment for entry in entries for commitment in entry["texts"].values()}
    retold(members, entries)
    members["texts.jsonl"] = joined([item for item in lines_of(members, "texts.jsonl") if item["commitment"] in texts])
    (tmp_path / "release.pack").write_bytes(zipped(members))

    assert script.main([str(tmp_path / "release.pack")]) == 3
    assert "the checkpoint is of another ledger" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"PK", 2, "this is no pack"),
        (b"not a pack", 2, "this is no pack"),
        (put_together({"README.txt": b""}), 2, "this is no pack"),
        (put_together({"pack.json": b"[" * 100_000}), 3, "WRONG"),
        (put_together({**members_of(WHOLE), "pack.json": b"[" * 100_000 + b"\n"}), 3, "WRONG"),
    ],
    ids=["cut", "text", "bare", "alone", "deep"],
)
def test_what_is_no_pack_is_said_to_be_none(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], data: bytes, code: int, said: str
) -> None:
    (tmp_path / "release.pack").write_bytes(data)

    assert script.main([str(tmp_path / "release.pack")]) == code
    assert said in capsys.readouterr().out


def test_a_member_that_unpacks_to_more_than_it_takes_is_not_unpacked(
    script: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with zipfile.ZipFile(tmp_path / "release.pack", "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr("pack.json", b"0" * 10_000_000)

    assert script.main([str(tmp_path / "release.pack")]) == 3
    assert "WRONG: pack.json" in capsys.readouterr().out


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
