"""A release with a pack, a log key and a witness, and the files on a serving host."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import workflow
from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY
from workflow import DeployedReport, Witness
from workflow.checkpoints import WitnessRequest


class Host:
    """A lab whose people sign, with a release in review, and a host that has its files and gets its packs."""

    def __init__(self, directory: Path, lab: Keyed | None = None) -> None:
        self.directory = directory
        self.lab = lab or Keyed.staffed(directory)
        self.lab.allow(self.lab.signed())
        self.lab.settings["log_key"] = directory / "keys" / "log"
        (directory / "keys").mkdir(mode=0o700)
        self.lab.reopen()
        self.vkey = self.lab.engine.new_log_key()
        self.lab.agreed(self.lab.engine.name_log_key(self.vkey, actor=ADMINISTRATOR, rationale=WHY))
        self.lab.start(path=self.lab.model("model", **FILES))
        self.lab.advance("submit")
        self.files = directory / "host"
        shutil.copytree(directory / "model", self.files)

    def publish(self) -> None:
        """Everybody signs, and it is out."""
        self.lab.approve_publish()
        self.lab.advance("publish")

    def host(self) -> None:
        """It is served, and its weights stay in the lab."""
        self.lab.sign("mara", "host")
        self.lab.sign("jun", "host")
        self.lab.advance("host")

    def pack(self, name: str = "aurora.pack", *, note: str | None = None, **settings: Any) -> Path:
        """The release's pack as it is now, with a checkpoint; one that is empty stands for none."""
        path = self.directory / name
        checkpoint = (note if note is not None else self.lab.engine.checkpoint().note).encode()
        self.lab.engine.export("aurora", path, checkpoint=checkpoint or False, replace=True, **settings)
        return path

    def attestation(self, name: str = "aurora.vsa") -> Path:
        """What the log attests now."""
        path = self.directory / name
        path.write_bytes(self.lab.engine.attest("aurora"))
        return path

    def cosigned(self, name: str = "w") -> tuple[str, str]:
        """A checkpoint that a new witness cosigned now, and the witness's key."""
        witness = Witness.make(self.directory / name, f"witness.example/{name}")
        witness.add_log(self.vkey)
        request = WitnessRequest.from_bytes(self.lab.engine.for_witness(0))
        return witness.cosign(request, self.lab.clock).to_bytes().decode(), witness.key.vkey

    def asks(self, pack: Path, **settings: Any) -> DeployedReport:
        """What the host is told."""
        anchors = {"log_keys": [self.vkey]} if not {"log_keys", "witnesses", "pinned"} & settings.keys() else {}
        return workflow.verify_deployed(self.files, pack, clock=self.lab.clock, **{**anchors, **settings})


FILES = {"model.safetensors": "the weights", "config.json": "{}", "tokenizer.json": "[]"}


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """The release in review, and its files on the host."""
    found = Host(tmp_path)
    yield found
    found.lab.close()
