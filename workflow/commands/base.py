"""What every command is."""

from __future__ import annotations

from typing import Any, ClassVar

from workflow import ledger
from workflow.facts import Slug
from workflow.process import Handle, Model

RATIONALE = "rationale"


class Command(Model):
    """A request by somebody, with a rationale under the text name ``rationale``."""

    command: ClassVar[str]
    added: ClassVar[tuple[str, ...]] = ()
    """Fields that came later. Where one is not used, the request is the one that there was before."""
    looks: ClassVar[bool] = False
    """Whether it rests on what was looked at outside, decided with it; nothing of such a one is signed but a notice."""
    actor: Handle

    def texts_named(self) -> tuple[str, ...]:
        """The names of the texts that come with it, and no others do."""
        return (RATIONALE,)

    def request(self) -> dict[str, Any]:
        """The request as plain data, texts left out."""
        unused = {name for name in self.added if getattr(self, name) == type(self).model_fields[name].default}
        return {"command": self.command, **self.model_dump(mode="json", by_alias=True, exclude=unused)}

    def brings(self) -> frozenset[str]:
        """The digests of the files that come with the request, where what is signed of it names some."""
        return frozenset()

    def digest(self) -> str:
        """What identifies the request, texts left out."""
        return ledger.digest(self.request())


class ReleaseCommand(Command):
    """A request about one release."""

    release: Slug
