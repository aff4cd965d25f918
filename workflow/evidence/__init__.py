"""Evidence: what a report says of a candidate, and whether that is within a bound. Reads files, decides no gate."""

from workflow.evidence.bound import Bound, Confidence, Judgement, Outcome, judge, worst
from workflow.evidence.document import read_document
from workflow.evidence.foreign import CANDIDATE_KEY
from workflow.evidence.inspect_log import read_inspect_log
from workflow.evidence.json_report import read_json_report
from workflow.evidence.lm_eval import read_lm_eval
from workflow.evidence.model_signing import pack_model_signing, read_model_signing
from workflow.evidence.read import read_report
from workflow.evidence.report import EvidenceReport, Metric, Status

__all__ = [
    "CANDIDATE_KEY",
    "Bound",
    "Confidence",
    "EvidenceReport",
    "Judgement",
    "Metric",
    "Outcome",
    "Status",
    "judge",
    "pack_model_signing",
    "read_document",
    "read_inspect_log",
    "read_json_report",
    "read_lm_eval",
    "read_model_signing",
    "read_report",
    "worst",
]
