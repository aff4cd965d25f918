"""A release for whoever has to read of it years later: the facts, and a page that is drawn from them.

What gates said, who signed and what was measured is taken as it was recorded; where the release stands now is asked of
the rules. A report is a view of the entries: each fact names its own, and what is checked is the entry.
"""

from workflow.report.gathering import gather
from workflow.report.packed import report_of_pack
from workflow.report.page import as_html
from workflow.report.views import Report

__all__ = ["Report", "as_html", "gather", "report_of_pack"]
