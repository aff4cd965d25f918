"""A gate in front of other tooling: goes on only where Holdfast lets the release go, and says why where it does not.

``python examples/release_script.py sqlite:///holdfast.db aurora-7b release lee`` ends with 0 when the transition has
happened, 1 when a rule or a person refused, 2 when the question makes no sense, 3 when the ledger is not what it must
be, 4 when something could not be checked or reached, 8 when it only waits for somebody.
"""

from __future__ import annotations

import sys

import workflow

EXIT = {"no": 1, "error": 4, "open": 8}
CANNOT = (workflow.StorageError, workflow.ConcurrentUpdate)


def release(url: str, name: str, trigger: str, actor: str) -> int:
    """Pulls the trigger, prints what stands in the way, and returns the exit code."""
    try:
        with workflow.open_engine(url) as engine:
            outcome = engine.advance(name, trigger, actor=actor, rationale="the release job has reached this step")
    except workflow.Refused as refused:
        print(refused.message, file=sys.stderr)
        for verdict in refused.verdicts:
            for reason in verdict.reasons:
                print(f"{reason.kind}\t{verdict.policy}\t{reason.code}\t{reason.text}\t{','.join(reason.who)}")
        return EXIT[refused.outcome]
    except workflow.WorkflowError as error:
        print(f"{error.message}; next: {error.remedy}", file=sys.stderr)
        return 3 if isinstance(error, workflow.LedgerError) else 4 if isinstance(error, CANNOT) else 2
    print(f"allowed, entry {outcome.entry}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(release(*sys.argv[1:]))
