"""The built-in policies, one module each, and the ready-made processes beside them.

``BUILT_IN`` is the whole registry: for each short name, every revision that was ever shipped and where it stands. A
revision is never taken out, because a ledger may have to be decided anew by it.
"""

BUILT_IN: dict[str, dict[int, str]] = {
    "actor": {1: "actor:Actor"},
    "all_of": {1: "all_of:AllOf"},
    "any_of": {1: "any_of:AnyOf"},
    "candidate_unchanged": {1: "candidate_unchanged:CandidateUnchanged", 2: "candidate_unchanged:CandidateMeasured"},
    "charter": {1: "charter:Charter"},
    "evidence": {1: "evidence:EvidencePolicy", 2: "evidence:EvidenceOfAncestors"},
    "findings": {1: "findings:Findings"},
    "freeze": {1: "freeze:Freeze"},
    "holds": {1: "holds:Holds"},
    "lineage": {1: "lineage:Lineage"},
    "objections": {1: "objections:Objections"},
    "required_tests": {1: "required_tests:RequiredTests"},
    "requirements": {1: "requirements:Requirements", 2: "requirements:RequirementsButFindings"},
    "review_time": {1: "review_time:ReviewTime"},
    "risk_areas": {1: "risk_areas:RiskAreas"},
    "sign_offs": {1: "sign_offs:SignOffs"},
    "soak": {1: "soak:Soak"},
    "statement": {1: "statement:StatementPolicy"},
    "window": {1: "window:Window"},
}
