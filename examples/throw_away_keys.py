"""Keys for the people of an example: made with ``ssh-keygen``, enrolled on the roster, and gone with their directory.

Real people keep their keys to themselves. What an administrator needs of them is the public half, and what the key
itself signed about whose it is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

import workflow


def give_keys(
    engine: workflow.Engine, administrator: str, people: Iterable[str], directory: Path
) -> dict[str, workflow.Engine]:
    """For each of them, the same ledger as signed with a key of theirs; the administrator's comes first."""
    signing: dict[str, workflow.Engine] = {}
    origin = engine.roster().origin
    directory.mkdir()
    for person in (administrator, *people):
        file = directory / person
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", file], check=True)
        key = workflow.SshKeygen(file)
        signing.get(administrator, engine).enrol_key(
            person,
            key.public.line,
            possession=workflow.possess(person, origin, key.public, key),
            # Until the roster has its first key, nobody else is there who could have looked.
            verified_by=administrator,
            how="made in this directory, before everybody's eyes",
            actor=administrator,
            rationale=f"{person} signs with this from today on",
        )
        signing[person] = engine.signing_with(key)
    return signing
