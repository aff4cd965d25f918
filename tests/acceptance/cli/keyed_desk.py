"""A ledger whose people have keys: real ones, made by ssh-keygen, and enrolled before anything began."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from cli_desk import PEOPLE, PROCESS, WHY, Desk, by

from workflow.possession import possess
from workflow.signing import SshKeygen

ADMINISTRATOR = "ops"


def make_key(path: Path) -> Path:
    """A key of somebody's, without a passphrase."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{path.name}@laptop", "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


class KeyedDesk(Desk):
    """A desk where everybody's key lies in ``keys``, under their name."""

    def key(self, person: str) -> Path:
        return self.directory / "keys" / person

    def fingerprint(self, person: str) -> str:
        return SshKeygen(self.key(person)).public.fingerprint

    def enrol(self, person: str, name: str | None = None) -> None:
        """Makes a key for somebody and enrols it, with their own word and the administrator's."""
        key = make_key(self.key(name or person))
        pen = SshKeygen(key)
        with self.engine() as engine:
            origin = engine.roster().origin
            held = possess(person, origin, pen.public, pen)
            first = person == ADMINISTRATOR
            hand = engine if first else engine.signing_with(SshKeygen(self.key(ADMINISTRATOR)))
            hand.enrol_key(
                person,
                pen.public.line,
                verified_by="lee" if first else ADMINISTRATOR,
                how="in person, by their passport",
                actor=ADMINISTRATOR,
                rationale=WHY,
                possession=held,
            )

    def to_review(self) -> None:
        """Starts ``aurora`` under the process that demands signatures, and brings it to review."""
        self.does("start", "aurora", "model", "--process", "signed", "--author", "ada", "--label", "2.1", *by("lee"))
        self.does("advance", "aurora", "submit", *by("lee"))

    def approve(self, *people: str) -> None:
        for person in people:
            self.does("sign", "aurora", "publish", "--approve", "--seen", self.basis(), *self.signed(person))

    def signed(self, person: str, why: str = WHY) -> tuple[str, ...]:
        """Who acts, why, and with which key."""
        return (*by(person, why), "--key", str(self.key(person)))

    def laptop(self, name: str = "laptop") -> KeyedDesk:
        """A place without a ledger or a configuration, with everybody's keys at hand."""
        place = self.directory.parent / name
        place.mkdir()
        shutil.copytree(self.directory / "keys", place / "keys")
        return KeyedDesk(place, self.clock)


def prepare(directory: Path) -> None:
    """Puts keys, and a process that demands signatures, into a prepared ledger."""
    desk = KeyedDesk(directory)
    (directory / "keys").mkdir()
    for person in (ADMINISTRATOR, *PEOPLE):
        desk.enrol(person)
    text = (
        PROCESS.read_text("utf-8")
        .replace("process: small", "process: signed")
        .replace(
            "means: A small process for the tests of the command line.\n",
            "means: A small process that demands signatures.\nsigned: true\n",
        )
    )
    (directory / "signed.yaml").write_text(text, "utf-8")
    desk.does("charter", "allow", "signed.yaml", "--up-to", "weights", *desk.signed(ADMINISTRATOR))
