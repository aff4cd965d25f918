"""Process definitions: from a strict YAML file to a resolved process, with every mistake at its line."""

from __future__ import annotations

from pathlib import Path

from workflow.definition.compare import Difference, GateDifference, by_gate, differences, loosens
from workflow.definition.finding import Finding, Places
from workflow.definition.load import Loaded, load_process, read_process
from workflow.definition.people import check_roster
from workflow.definition.picture import as_mermaid
from workflow.definition.schema import as_json_schema, schema_text
from workflow.definition.show import as_text
from workflow.errors import NotFound

__all__ = [
    "Difference",
    "Finding",
    "GateDifference",
    "Loaded",
    "Places",
    "as_json_schema",
    "as_mermaid",
    "as_text",
    "by_gate",
    "check_roster",
    "differences",
    "load_process",
    "loosens",
    "read_process",
    "schema_text",
    "shipped",
]


def shipped() -> dict[str, Path]:
    """The ready-made processes of this distribution, by name.

    They are looked for beside this package and nowhere else: a ``policies`` folder that Python would find first, next
    to a release script, must not stand in for them.

    Raises:
        NotFound: the distribution has lost them.
    """
    folder = Path(__file__).resolve().parents[2] / "policies"
    found = {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    if not found:
        raise NotFound(f"there is no ready-made process in {folder}", remedy="install Holdfast anew")
    return found
