"""Process definitions: from a strict YAML file to a resolved process, with every mistake at its line."""

from __future__ import annotations

from workflow.definition.compare import Difference, GateDifference, by_gate, differences, loosens
from workflow.definition.finding import Finding, Places
from workflow.definition.load import Loaded, load_process, read_process
from workflow.definition.people import check_roster
from workflow.definition.picture import as_mermaid
from workflow.definition.schema import as_json_schema, schema_text
from workflow.definition.show import as_text
from workflow.registry import shipped

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
