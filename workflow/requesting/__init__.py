"""Makes requests for what is to be signed elsewhere, from what the ledger says now. It records nothing."""

from workflow.requesting.act import act_request
from workflow.requesting.decision import decision_request, needs

__all__ = ["act_request", "decision_request", "needs"]
