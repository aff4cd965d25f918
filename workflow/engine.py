"""The engine as people import it: one method a command, and the questions that can be asked.

Every command takes who asks (``actor``) and why (``rationale``), appends exactly one entry, and returns its outcome.
What is not allowed is recorded too, and raised as :class:`~workflow.errors.Refused`. The same ``command_id`` with the
same request returns the recorded outcome again instead of doing it twice.
"""

from __future__ import annotations

from types import TracebackType
from typing import Self

from workflow.api.absences import Absences
from workflow.api.administering import Administering
from workflow.api.asking import Asking
from workflow.api.attesting import Attesting
from workflow.api.checking import Checking
from workflow.api.checkpointing import Checkpointing
from workflow.api.exchanging import Exchanging
from workflow.api.exporting import Exporting
from workflow.api.incidents import Incidents
from workflow.api.inquiring import Inquiring
from workflow.api.keys import Keys
from workflow.api.migrating import Migrating
from workflow.api.moving import Moving
from workflow.api.proving import Proving
from workflow.api.publishing import Publishing
from workflow.api.reporting import Reporting
from workflow.api.saying import Saying
from workflow.api.showing import Showing
from workflow.api.stopping import Stopping
from workflow.proof import Signer


class Engine(
    Moving,
    Publishing,
    Migrating,
    Saying,
    Stopping,
    Incidents,
    Showing,
    Administering,
    Keys,
    Checkpointing,
    Absences,
    Exchanging,
    Asking,
    Inquiring,
    Attesting,
    Checking,
    Reporting,
    Proving,
    Exporting,
):
    """One ledger, opened. Use it as a context manager, or call :meth:`close`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def signing_with(self, signer: Signer) -> Self:
        """The same ledger for somebody who signs: every act of theirs that is signed, is signed by this.

        The signer is asked outside of every lock, only for what would be allowed, and hands back nothing but the
        signature; see :class:`workflow.signing.SshKeygen`.
        """
        return type(self)(self._pipeline, signer, log=self._log)

    def close(self) -> None:
        """Lets go of the database."""
        self._pipeline.storage.close()
