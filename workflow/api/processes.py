"""Finds processes: in the charter by name or digest, or in a file."""

from __future__ import annotations

from workflow.api.base import Session, StrPath
from workflow.errors import NotFound
from workflow.ledger import is_digest
from workflow.process import Process


class Processes(Session):
    """How a process is named."""

    def load_process(self, path: StrPath) -> Process:
        """Reads and resolves a process file, with the policies that this engine was told to allow.

        Raises:
            DefinitionError: with every mistake, at its line.
        """
        from workflow.definition import load_process

        return load_process(path, self._pipeline.rulebook.registry)

    def process(self, which: str | Process) -> Process:
        """The process of a name in the charter (the one chartered last), of a digest, or as it was given.

        Raises:
            NotFound: the charter has none of that name, or none of that digest is kept.
        """
        if isinstance(which, Process):
            return which
        with self._reading() as reader:
            if is_digest(which):
                return self._pipeline.folder.process(reader, which)
            charter = self._pipeline.folder.roster(reader).charter
            named = [item for item in charter.values() if item.name == which]
            if not named:
                known = ", ".join(dict.fromkeys(item.name for item in charter.values())) or "none"
                raise NotFound(f"the charter has no process {which!r}", remedy=f"it has: {known}")
            return self._pipeline.folder.process(reader, named[-1].process)
