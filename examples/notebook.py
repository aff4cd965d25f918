# %% [markdown]
# # Reading a ledger in a notebook
# Each cell stands by itself after the first two; open this file in any editor that knows `# %%` cells, or run it.
# The answers are frozen pydantic models: `.model_dump()` is for a table, `.model_dump_json()` for a file.
"""Reads the ledger that the story leaves behind, as one would in a notebook."""

# %%
import tempfile
from collections import Counter
from pathlib import Path

from story import NAME, tell

import workflow

directory = tempfile.TemporaryDirectory()
tell(Path(directory.name))

# %% Reading appends nothing, so a notebook may look as often as it likes.
engine = workflow.open_engine(f"sqlite:///{directory.name}/holdfast.db")
status = engine.status(NAME)
status.stage, status.exposure, status.candidate[:12]

# %% How often did the date move, and did somebody say why?
for change in status.schedule:
    print(f"{change.at:%d %b}  to {f'{change.planned:%d %b}' if change.planned else 'no date':8} {change.reason}")

# %% Who approved the bytes that left, and who was refused along the way?
history = engine.history(NAME, limit=1000)
print(Counter(item.actor for item in history if item.refused))
(released,) = [item for item in history if any(event.get("irreversible") for event in item.events)]
for verdict in released.verdicts:
    counted = [fact["person"] for fact in verdict["facts"] if fact["label"] == "counted"]
    if counted:
        print(f"{verdict['summary']:28} {', '.join(counted)}")

# %% What would have to happen next? Asking changes nothing.
answer = engine.explain(NAME, "withdraw", actor="kim")
[(verdict.policy, reason.text) for verdict in answer.blockers for reason in verdict.reasons]

# %% Is it all true? Every entry's bytes, links and decision are checked again from nothing.
report = engine.audit()
print(
    f"{report.outcome}: {report.entries} entries, {report.redecided} decided again, {report.refusals} of them refusals"
)
engine.close()
directory.cleanup()
