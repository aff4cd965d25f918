"""Real signatures of model-signing, attached to a release and held against its candidate; the package agrees."""

from __future__ import annotations

import base64
import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from model_signing import hashing, signing, verifying

from tests.attacks.owned import tampering
from tests.integration.engine.lab import CALLED_BY_LEAD, Lab
from tests.support.model_signatures import CURVES, Signer, spoilt
from workflow import InvalidInput, NotFound
from workflow.views import EvidenceView

CONTENTS = {"model.safetensors": "weights", "config.json": "{}", "tokenizer__json": "{ }"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, with the model beside it."""
    lab = Lab.with_people(tmp_path)
    lab.allow(lab.load())
    lab.in_review(path=lab.model(**CONTENTS))
    yield lab
    lab.close()


@pytest.fixture
def keys(tmp_path: Path) -> Callable[[str, int], tuple[Path, Path]]:
    def made(kind: str = "ecdsa-p256", secret: int = 7) -> tuple[Path, Path]:
        private, public = tmp_path / f"{kind}-{secret}.pem", tmp_path / f"{kind}-{secret}.pub"
        signer = Signer(kind, secret)
        private.write_bytes(signer.private)
        public.write_bytes(signer.public)
        return private, public

    return made


def signed(lab: Lab, private: Path, *, ignored: tuple[str, ...] = (), name: str = "model.sig") -> Path:
    """The model, signed by the package itself."""
    file = lab.directory / name
    config = hashing.Config().set_ignored_paths(paths=list(ignored), ignore_git_paths=False)
    signing.Config().use_elliptic_key_signer(private_key=private).set_hashing_config(config).sign(
        lab.directory / "model", file
    )
    return file


def believed(lab: Lab, file: Path, public: Path, *, ignored: tuple[str, ...] = ()) -> bool:
    """What the package itself says of a signature and the model as it lies there."""
    config = hashing.Config().set_ignored_paths(paths=list(ignored), ignore_git_paths=False)
    try:
        verifying.Config().use_elliptic_key_verifier(public_key=public).set_hashing_config(config).verify(
            lab.directory / "model", file
        )
    except Exception:  # the package has no error of its own
        return False
    return True


def only(lab: Lab) -> EvidenceView:
    (view,) = lab.engine.status("aurora").evidence
    return view


def kept(lab: Lab) -> bytes:
    """The bytes that the ledger keeps of the only report."""
    with closing(sqlite3.connect(lab.directory / "ledger.db")) as connection:
        (data,) = connection.execute("SELECT content FROM blob WHERE digest = ?", (only(lab).blob,)).fetchone()
    return bytes(data)


def uncovered(view: EvidenceView) -> Any:
    return next(metric["value"] for metric in view.metrics if metric["name"] == "uncovered")


@pytest.mark.parametrize("kind", CURVES)
def test_a_real_signature_over_the_whole_candidate_counts_and_is_audited(
    lab: Lab, keys: Callable[..., tuple[Path, Path]], kind: str
) -> None:
    private, public = keys(kind)
    file = signed(lab, private)

    lab.attach(file, verify_with=public)

    view = only(lab)
    assert (view.kind, view.name, view.status) == ("model_signing", Signer(kind).fingerprint, "conclusive")
    assert (view.candidate, view.current, view.stated) == (lab.candidate(), True, True)
    assert (uncovered(view), view.samples) == ("0", 3)
    assert believed(lab, file, public)
    lab.audited()


def test_a_gate_wants_a_signature_of_one_key_over_every_file(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    wanted = {
        "kind": "model_signing",
        "name": Signer("ecdsa-p256", 7).fingerprint,
        "metric": "uncovered",
        "at_most": "0",
    }
    gate = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, {"evidence": wanted}]}
    lab.allow(lab.load(name="signed_files", host=gate))
    lab.in_review("borealis", path=lab.directory / "model", process="signed_files")
    private, public = keys("ecdsa-p256", 8)
    lab.attach(signed(lab, private, name="another.sig"), "borealis", verify_with=public)
    assert lab.blocking("host", "borealis") == {"no-report"}

    private, public = keys("ecdsa-p256", 7)
    lab.attach(signed(lab, private), "borealis", verify_with=public)

    lab.advance("host", "borealis")
    assert lab.stage("borealis") == "hosted"
    lab.audited()


def test_a_signature_of_the_package_s_own_command_counts(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    private, public = keys()
    command = [sys.executable, "-m", "model_signing", "sign", "key", "model", "--private_key", str(private)]
    subprocess.run([*command, "--signature", "model.sig"], cwd=lab.directory, capture_output=True, check=True)

    lab.attach(lab.directory / "model.sig", verify_with=public)

    assert only(lab).status == "conclusive"


def extra(lab: Lab) -> None:
    (lab.directory / "model" / "extra.bin").write_text("more")


def other_bytes(lab: Lab) -> None:
    (lab.directory / "model" / "model.safetensors").write_text("weightz")


def fewer(lab: Lab) -> None:
    (lab.directory / "model" / "config.json").unlink()


def other_names(lab: Lab) -> None:
    """The same bytes in the same order of paths: the root digest that was signed stays as it is."""
    for old, new in (("config.json", "config.jsoo"), ("model.safetensors", "model.safetensort")):
        (lab.directory / "model" / old).rename(lab.directory / "model" / new)


def exchanged(lab: Lab) -> None:
    model = lab.directory / "model"
    (model / "config.json").rename(model / "aside")
    (model / "tokenizer.json").rename(model / "config.json")
    (model / "aside").rename(model / "tokenizer.json")


TAMPERED: dict[str, tuple[Callable[[Lab], None], str, str]] = {
    "a file more": (extra, "1", "1 not signed: extra.bin"),
    "other bytes": (other_bytes, "1", "1 signed with other bytes: model.safetensors"),
    "a file less": (fewer, "1", "1 signed and not in the candidate: config.json"),
    "other names": (other_names, "4", "2 not signed: config.jsoo, model.safetensort; 2 signed and not"),
    "exchanged names": (exchanged, "2", "2 signed with other bytes: config.json, tokenizer.json"),
}


@pytest.mark.parametrize(("tamper", "count", "detail"), TAMPERED.values(), ids=TAMPERED)
def test_a_real_signature_over_other_files_is_refused_unless_somebody_keeps_it_as_incomplete(
    lab: Lab, keys: Callable[..., tuple[Path, Path]], tamper: Callable[[Lab], None], count: str, detail: str
) -> None:
    private, public = keys()
    file = signed(lab, private)
    tamper(lab)
    lab.replace(lab.directory / "model")
    before = lab.entries()

    with pytest.raises(InvalidInput, match="is genuine, and is not for exactly") as caught:
        lab.attach(file, verify_with=public)
    assert detail in caught.value.message
    assert "--declare-as" in str(caught.value.remedy)
    assert lab.entries() == before

    lab.attach(file, verify_with=public, declare_as="lead")
    view = only(lab)
    assert (view.status, view.stated, uncovered(view)) == ("incomplete", False, count)
    assert not believed(lab, file, public)
    lab.audited()


def test_the_names_are_compared_though_the_root_digest_stays_the_same(
    lab: Lab, keys: Callable[..., tuple[Path, Path]]
) -> None:
    private, _ = keys()

    def root() -> str:
        payload = json.loads(signed(lab, private).read_text())["dsseEnvelope"]["payload"]
        return str(json.loads(base64.b64decode(payload))["subject"][0]["digest"]["sha256"])

    before = root()
    other_names(lab)

    assert root() == before


def test_weights_that_the_signer_left_out_are_not_covered(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    private, public = keys()
    weights = str(lab.directory / "model" / "model.safetensors")
    file = signed(lab, private, ignored=(weights,))
    assert believed(lab, file, public, ignored=(weights,))

    with pytest.raises(InvalidInput, match=r"1 not signed: model\.safetensors"):
        lab.attach(file, verify_with=public)


def test_another_key_is_refused(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    private, _ = keys()
    _, other = keys("ecdsa-p256", 8)
    file = signed(lab, private)

    with pytest.raises(InvalidInput, match="another key"):
        lab.attach(file, verify_with=other)
    assert not believed(lab, file, other)


def test_a_flipped_byte_of_the_payload_is_refused(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    private, public = keys()
    file = signed(lab, private)
    bundle = json.loads(file.read_text())
    payload = bytearray(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    payload[payload.index(b"config.json")] ^= 1
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(payload).decode()
    file.write_text(json.dumps(bundle))

    with pytest.raises(InvalidInput, match="not genuine"):
        lab.attach(file, verify_with=public)
    assert not believed(lab, file, public)


PUBLIC_KEY, SIGNATURE = ("verificationMaterial", "publicKey"), ("dsseEnvelope", "signatures", 0)


@pytest.mark.parametrize(
    ("spoil", "taken"),
    [
        (lambda bundle: json.dumps(bundle).encode(), True),
        (lambda bundle: json.dumps(bundle, indent=2).encode(), True),
        (lambda bundle: spoilt(bundle, *PUBLIC_KEY, "hint"), True),
        (lambda bundle: spoilt(bundle, "verificationMaterial", "tlogEntries"), True),
        (lambda bundle: spoilt(bundle, *SIGNATURE, "keyid"), True),
        (lambda bundle: spoilt(bundle, *SIGNATURE, "keyid", to="mara"), False),
        (
            lambda bundle: spoilt(bundle, "dsseEnvelope", "signatures", to=bundle["dsseEnvelope"]["signatures"] * 2),
            False,
        ),
        (lambda bundle: json.dumps(bundle).encode().replace(b'"keyid"', b'"keyid": "", "keyid"'), False),
        (lambda bundle: spoilt(bundle, *PUBLIC_KEY, "hint", to="0" * 64), False),
        (lambda bundle: spoilt(bundle, *SIGNATURE, "sig", to="AAAA"), False),
        (lambda bundle: spoilt(bundle, "mediaType", to="application/vnd.dev.sigstore.bundle+json;version=0.2"), False),
    ],
)
def test_whatever_is_taken_here_the_package_takes_too(
    lab: Lab, keys: Callable[..., tuple[Path, Path]], spoil: Callable[[dict[str, Any]], bytes], taken: bool
) -> None:
    private, public = keys()
    file = signed(lab, private)
    file.write_bytes(spoil(json.loads(file.read_text())))

    if not taken:
        with pytest.raises(InvalidInput):
            lab.attach(file, verify_with=public)
        return
    lab.attach(file, verify_with=public)
    assert only(lab).status == "conclusive"
    assert believed(lab, file, public)


def test_a_signature_for_an_earlier_candidate_is_held_against_that_one(
    lab: Lab, keys: Callable[..., tuple[Path, Path]]
) -> None:
    private, public = keys()
    file, first = signed(lab, private), lab.candidate()
    other_bytes(lab)
    lab.replace(lab.directory / "model")

    lab.attach(file, verify_with=public, candidate=first)

    assert (only(lab).status, only(lab).candidate, only(lab).current) == ("conclusive", first, False)
    lab.audited()


def test_a_candidate_of_another_release_is_refused(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    private, public = keys()
    file = signed(lab, private)
    lab.start("borealis", path=lab.model("second"))

    with pytest.raises(InvalidInput, match="never had the candidate"):
        lab.attach(file, verify_with=public, candidate=lab.candidate("borealis"))


def test_the_kept_document_can_be_attached_elsewhere_and_says_the_same(
    lab: Lab, keys: Callable[..., tuple[Path, Path]]
) -> None:
    private, public = keys()
    lab.attach(signed(lab, private), verify_with=public)
    (lab.directory / "kept.sig").write_bytes(kept(lab))

    with pytest.raises(InvalidInput, match="attached already"):
        lab.attach(lab.directory / "kept.sig")
    lab.start("borealis", path=lab.directory / "model")
    lab.attach(lab.directory / "kept.sig", "borealis")

    (view,) = lab.engine.status("borealis").evidence
    assert (view.status, view.stated) == ("conclusive", True)


def test_a_bundle_under_any_name_is_kept_as_a_signature(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    private, public = keys()

    lab.attach(signed(lab, private, name="aurora.sigstore.json"), verify_with=public)

    assert (only(lab).kind, only(lab).filename) == ("model_signing", "aurora.sigstore.json.sig")
    lab.audited()


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "is not a signature together with the key"),
        ({"kind": "model_signing"}, "is not a signature together with the key"),
        ({"verify_with": "nothing.pub"}, "there is no file"),
        ({"verify_with": "."}, "cannot be read"),
        ({"verify_with": "/dev/zero"}, "is not a regular file"),
        ({"verify_with": "ecdsa-p256-7.pem"}, "holds a private key"),
        ({"verify_with": "model/config.json"}, "exactly one public key"),
        ({"verify_with": "large"}, "is larger than"),
        ({"verify_with": "ecdsa-p256-7.pub", "kind": "document", "name": "card"}, "given as 'document'"),
        ({"verify_with": "ecdsa-p256-7.pub", "kind": "inspect"}, "given as 'inspect'"),
        ({"verify_with": "ecdsa-p256-7.pub", "name": "mara"}, "not of mara"),
    ],
)
def test_a_mistake_is_one_error_and_records_nothing(
    lab: Lab, keys: Callable[..., tuple[Path, Path]], settings: dict[str, str], why: str
) -> None:
    private, _ = keys()
    file = signed(lab, private)
    (lab.directory / "large").write_bytes(bytes(100_000))
    before = lab.entries()
    key = {"verify_with": lab.directory / settings["verify_with"]} if "verify_with" in settings else {}

    with pytest.raises((InvalidInput, NotFound), match=why):
        lab.attach(file, **{**settings, **key})

    assert lab.entries() == before


# in an audit


def test_an_audit_verifies_the_signature_again(lab: Lab, keys: Callable[..., tuple[Path, Path]]) -> None:
    private, public = keys()
    lab.attach(signed(lab, private), verify_with=public)
    lab.audited()
    mine, other = (json.dumps(Signer(secret=secret).public.decode())[1:-1].encode() for secret in (7, 8))
    blob, forged = only(lab).blob, kept(lab).replace(mine, other)
    assert other in forged
    with tampering(lab.directory / "ledger.db") as connection:
        connection.execute("UPDATE blob SET content = ?, size = ? WHERE digest = ?", (forged, len(forged), blob))

    report = lab.open().audit()

    assert report.outcome == "failed"
    assert any(
        "names a report that cannot be read" in problem.message and "another key" in problem.message
        for problem in report.problems
    )
