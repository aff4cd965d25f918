"""Reports that somebody wants to say yes, or to do something in the browser of whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from attacked import Lab
from forger import Forger, Json

from tests.attacks.owned import tampering
from workflow import LedgerError
from workflow.report import as_html

RELEASED = "Released by lee on 1 Jul 2025 11:00 UTC"


class Page(HTMLParser):
    """Everything of a page that a browser would do something with."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links |= {value or "" for name, value in attrs if name in ("href", "src", "xlink:href", "content")}

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        """What can be read on it."""
        return re.sub(r"\s+", " ", " ".join(self.texts))


def without_a_sign_off(forger: Forger) -> Json:
    forger.entries.remove(forger.find("text_erased"))
    forger.entries.remove(forger.find("sign_off_recorded", id="S6"))
    return forger.find("transition_made", trigger="publish")


def a_refusal_turned_round(forger: Forger) -> Json:
    entry = forger.find("sign_off_recorded", id="S2")
    entry["events"][0]["decision"] = entry["events"][0]["binding"]["decision"] = "abstain"
    # Such an abstention could have been; that it was taken back as a refusal could not.
    return forger.find("sign_off_withdrawn", subject="S2")


def a_report_that_says_yes(forger: Forger) -> Json:
    entry = forger.find("evidence_attached", id="E1")
    entry["events"][0]["report"]["metrics"][0]["value"] = "0.01"
    return entry


@pytest.mark.parametrize("forgery", [without_a_sign_off, a_refusal_turned_round, a_report_that_says_yes])
def test_row_47_a_report_over_a_history_that_was_forged_says_that_first_and_where(
    copy: Lab, forgery: Callable[[Forger], Json]
) -> None:
    assert copy.open().report("aurora").summary.word == "released"
    copy.close()
    forger = Forger(copy.database)
    entry = forgery(forger)
    forger.seal()

    report = copy.open().report("aurora")

    assert (report.summary.word, report.summary.entry) == ("not in order", entry["seq"])
    shown = Page(as_html(report)).text
    assert shown.index("Not in order") < shown.index(RELEASED)
    assert "Not to be relied on" in shown and "DAMAGED" in shown


def test_row_47_a_report_over_an_edited_list_or_text_says_that_it_is_not_in_order(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE release SET stage = 'withdrawn' WHERE slug = 'aurora'")
    assert copy.open().report("aurora").summary.word == "not in order"


def test_row_47_there_is_no_report_of_what_cannot_be_read(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, 'lee', 'eve') WHERE seq = 66")

    with pytest.raises(LedgerError):
        copy.open().report("aurora")


HOSTILE = (
    '</title></style></svg><script>alert("1")</script><img src=x onerror=alert(2)>'
    "<a href='javascript:alert(3)'>Released</a><style>*{display:none}</style><!-- \u2028"
    " url(https://elsewhere.example/x) ]]> &lt;b&gt; \u202edesaeler si ti\u202c \x07"
)


def said(words: str) -> str:
    """As much of the words as the ledger takes from people."""
    return "".join(letter for letter in words if letter.isprintable())


def test_row_47_hostile_words_and_names_are_words_and_names_wherever_they_stand(lab: Lab) -> None:
    engine, words = lab.engine, said(HOSTILE)
    assert engine is not None
    folder = lab.model()
    (folder / "<script>alert(4)<&>.json").write_text("{}", encoding="utf-8")
    engine.start("aurora", folder, process="guarded", authors=["kim"], actor="lee", rationale=words, label=words[:60])
    engine.advance("aurora", "submit", actor="lee", rationale=words)
    engine.require("aurora", words, role="legal", actor="ivy", rationale=words, discharged_by="safety")
    engine.hold("aurora", role="security", actor="sam", rationale=words, conditions=[(words, "security")])
    engine.statement("aurora", words, role="lead", actor="lee", public=True)
    document = lab.directory / "<b onclick=alert(5)>.md"
    document.write_text(HOSTILE, encoding="utf-8")
    engine.attach("aurora", document, name="card", declare_as="lead", actor="lee", rationale=words)
    engine.sign_off("aurora", "publish", role="safety", actor="mara", decision="reject", rationale=words)

    page = as_html(engine.report("aurora"))

    parsed = Page(page)
    assert "alert" in parsed.text and words[:40] in parsed.text
    assert not parsed.tags & {"script", "img", "iframe", "object", "embed", "link", "form", "input", "base", "b"}
    assert not {name for name in parsed.attributes if name.startswith("on")}
    assert page.count("<style>") == page.count("</style>") == 1
    assert all(link.startswith("#") for link in parsed.links if "alert" in link or "://" in link)
    assert not set("\u202e\u202c\u2028\x07") & set(page)
