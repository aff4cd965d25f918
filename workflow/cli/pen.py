"""What a person signs with: their own key, and never without showing what is signed, from the very bytes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from workflow import statement
from workflow.cli.explanation import field
from workflow.cli.output import Output
from workflow.signing import SshKeygen, find_keys
from workflow.statement import ACT, REQUEST, Read


@dataclass(frozen=True)
class Pen:
    """A signer that prints what it is handed before it signs."""

    out: Output
    signer: SshKeygen

    @property
    def fingerprint(self) -> str:
        """The key's."""
        return self.signer.public.fingerprint

    def sign(self, data: bytes, namespace: str) -> bytes:
        """The armored signature."""
        show_statement(self.out, statement.read(data), self.fingerprint)
        return self.signer.sign(data, namespace)


def own_key(environment: Mapping[str, str], enrolled: Callable[[], Collection[str]]) -> Path | None:
    """The one key of the person's own that is enrolled for them; None where there is none, or several.

    Args:
        environment: its ``HOME`` says where people's keys are.
        enrolled: the fingerprints that would do, asked for only where there is any key.
    """
    home = environment.get("HOME")
    keys = find_keys(Path(home)) if home else []
    wanted = set(enrolled()) if keys else set()
    # By their fingerprints: the same key in two files is no choice between keys.
    found = {name: key for key in keys if (name := SshKeygen(key).public.fingerprint) in wanted}
    if len(found) != 1:
        return None
    (public,) = found.values()
    private = public.with_suffix("")
    return private if private.exists() else public


def show_statement(out: Output, read: Read, key: str) -> None:
    """Prints a statement: what it means, and what it binds."""
    out.line(("You sign", "strong"), f" with {key}:")
    out.line(str(read.predicate["meaning"]), lead="    ")
    for name, value in _bound(read).items():
        field(out, name, value)


def _bound(read: Read) -> dict[str, str]:
    """What a statement says beside its meaning, that people may want to compare."""
    told: dict[str, str] = {}
    if read.kind == ACT:
        bound = read.predicate["binding"]
        told["process"] = bound["process"]
        if bound["basis"] is not None:
            told["basis"] = bound["basis"]
    elif read.kind == REQUEST:
        asked = read.predicate["request"]
        told |= {
            name: str(value)
            for name, value in asked.items()
            if name not in ("command", "actor", "change") and value is not None
        }
    if read.tree is not None:
        told["ledger"] = f"{read.tree.size} entries, tree root {read.tree.root[:16]}.."
    return told
