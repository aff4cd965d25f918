"""The page of a report in a real browser: on a desk, on a phone and on paper, in light and dark, and without colour."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from told_reports import Told

from workflow.report import Report
from workflow.views import AgainstView

PATIENCE = 180_000
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 780}
GRAVE = {"serious", "critical"}
LEDGERS = ("first", "signed", "published", "overridden", "incidents", "risks")
OVERFLOWING = """() => {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")]
    .filter(item => !item.closest("thead"))
    .filter(item => !item.closest("svg") || item.tagName === "svg")
    .filter(item => item.getBoundingClientRect().right > wide + 1)
    .filter(item => getComputedStyle(item).position !== "absolute")
    .map(item => item.outerHTML.slice(0, 120));
}"""
CUT_LETTERS = """() => [...document.querySelectorAll("svg text")]
  .filter(item => item.getClientRects().length)
  .filter(item => {
    const box = item.getBoundingClientRect();
    return box.left < -1 || box.right > document.documentElement.clientWidth + 1;
  })
  .map(item => item.textContent)"""
LYING_ON_ANOTHER = """() => [...document.querySelectorAll("svg.graph")].flatMap(graph => {
  const boxes = [...graph.querySelectorAll("text")].map(item => [item.textContent, item.getBoundingClientRect()]);
  const found = [];
  boxes.forEach(([name, one], place) => boxes.slice(place + 1).forEach(([other, two]) => {
    const across = Math.min(one.right, two.right) - Math.max(one.left, two.left);
    const down = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
    if (across > 2 && down > 3) found.push(`${name} / ${other}`);
  }));
  return found;
})"""


class Opened:
    """A page, and what it did while it was looked at."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))

    def grave(self) -> list[Any]:
        """What axe finds that is serious or critical."""
        found = Axe().run(self.page).response["violations"]
        return [(item["id"], item["nodes"][0]["html"]) for item in found if item["impact"] in GRAVE]


Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Browser) -> Open:
    @contextmanager
    def look(address: str, *, media: str = "screen", **settings: Any) -> Iterator[Opened]:
        context = browser.new_context(**settings)
        context.set_default_timeout(PATIENCE)
        try:
            page = context.new_page()
            page.emulate_media(media=media)  # type: ignore[arg-type]
            seen = Opened(page)
            page.goto(address)
            yield seen
        finally:
            context.close()

    return look


@pytest.mark.parametrize(
    ("ledger", "settings"),
    [
        pytest.param("overridden", {"viewport": DESK, "color_scheme": "light"}, id="desk-light"),
        pytest.param("risks", {"viewport": DESK, "color_scheme": "dark"}, id="desk-dark"),
        pytest.param("published", {"viewport": PHONE, "color_scheme": "light"}, id="phone-light"),
        pytest.param("incidents", {"viewport": PHONE, "color_scheme": "dark"}, id="phone-dark"),
        pytest.param("overridden", {"viewport": DESK, "media": "print"}, id="print"),
        pytest.param("incidents", {"viewport": DESK, "forced_colors": "active"}, id="forced-colours"),
    ],
)
def test_axe_finds_nothing_serious(opened: Open, told: Told, ledger: str, settings: dict[str, Any]) -> None:
    with opened(told.page(ledger), **settings) as seen:
        assert seen.grave() == []


@pytest.mark.parametrize("ledger", LEDGERS)
def test_nothing_is_asked_for_but_the_page_itself(opened: Open, told: Told, ledger: str) -> None:
    address = told.page(ledger)
    with opened(address, viewport=DESK) as seen:
        assert seen.requests == [address]
        assert seen.said == []


@pytest.mark.parametrize("ledger", LEDGERS)
def test_a_phone_shows_it_without_sideways_scrolling(opened: Open, told: Told, ledger: str) -> None:
    with opened(told.page(ledger), viewport=PHONE) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert seen.page.evaluate(OVERFLOWING) == []
        assert seen.page.evaluate(CUT_LETTERS) == []


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("ledger", LEDGERS)
def test_no_name_in_a_state_graph_lies_on_another(opened: Open, told: Told, ledger: str, viewport: Any) -> None:
    with opened(told.page(ledger), viewport=viewport) as seen:
        assert seen.page.evaluate(LYING_ON_ANOTHER) == []


def test_the_first_screen_answers_who_which_bytes_which_rules_which_exceptions(opened: Open, told: Told) -> None:
    report = told.report("signed")
    with opened(told.page("signed"), viewport=DESK) as seen:
        visible = seen.page.evaluate(
            """() => [...document.querySelectorAll("h1, .verdict p, .card *, .checked p")]
            .filter(item => item.getBoundingClientRect().bottom <= innerHeight)
            .map(item => item.textContent).join("\\n")"""
        )

    assert "Withdrawn" in visible
    assert report.status.candidate[:12] in visible
    assert report.processes[-1].label in visible
    assert all(item.kind in visible for item in report.exceptions)
    assert all(item.person in visible for item in report.signers)
    assert "Verified" in visible


def test_every_picture_has_a_name_a_description_and_a_table_beside_it(opened: Open, told: Told) -> None:
    with opened(told.page("signed"), viewport=DESK) as seen:
        pictures = seen.page.evaluate(
            """() => [...document.querySelectorAll('svg[role="img"]')].map(item => ({
              title: item.querySelector("title").textContent, about: item.querySelector("desc").textContent,
              named: item.getAttribute("aria-labelledby").split(" ").every(name => document.getElementById(name)),
              table: item.closest("section").querySelectorAll("table").length}))"""
        )

    assert len(pictures) >= 4
    assert all(item["title"] and item["about"] and item["named"] and item["table"] for item in pictures)


PAPER = {"width": 680, "height": 1000}
"""What is between the margins of A4."""


@pytest.mark.parametrize("ledger", ["first", "incidents"])
def test_paper_has_real_tables_and_nothing_is_cut_at_its_edges(opened: Open, told: Told, ledger: str) -> None:
    with opened(told.page(ledger), viewport=PAPER, media="print") as seen:
        shown = seen.page.evaluate("[...document.querySelectorAll('tr')].map(row => getComputedStyle(row).display)")
        assert set(shown) == {"table-row"}
        assert seen.page.evaluate(CUT_LETTERS) == []
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]


def test_a_release_of_four_moves_is_a_few_pages(opened: Open, told: Told) -> None:
    assert len(told.report("published").moves) == 4
    with opened(told.page("published"), viewport=DESK, media="print") as seen:
        printed = seen.page.pdf(format="A4")

    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= 12


def test_the_first_screen_says_who_dissents_and_is_not_green_while_somebody_does(opened: Open, told: Told) -> None:
    report = told.report("overridden")
    stands = AgainstView(kind="hold", id="H9", release=report.release, entry=report.lines[-1].entry, by="mara")
    summary = report.summary.model_copy(update={"word": "released, contested"})
    contested = report.model_copy(update={"against": (stands,), "summary": summary})
    with opened(told.put("contested", contested), viewport=DESK) as seen:
        strip = seen.page.locator(".verdict")
        card = seen.page.locator(".card.against")
        assert strip.get_attribute("class") == "verdict wait"
        assert "Released, and contested" in strip.inner_text()
        assert "1 STANDS" in card.inner_text() and "mara" in card.inner_text()
        assert (card.bounding_box() or {})["y"] < DESK["height"] / 2
        assert seen.grave() == []


def test_paper_gets_all_of_it_in_light_colours(opened: Open, told: Told) -> None:
    with opened(told.page("overridden"), viewport=DESK, media="print", color_scheme="dark") as seen:
        ground = seen.page.evaluate("getComputedStyle(document.body).backgroundColor")
        printed = seen.page.pdf(format="A4")

    assert ground == "rgb(255, 255, 255)"
    assert printed.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 3


def test_whoever_sees_no_colours_is_told_by_words_and_shapes(told: Told, opened: Open) -> None:
    with opened(told.page("first"), viewport=DESK) as seen:
        bare = seen.page.evaluate(
            """() => [...document.querySelectorAll(".tag")]
            .filter(item => !item.querySelector("svg") || (!item.textContent.trim() && !item.closest(".verdict")))
            .map(item => item.outerHTML)"""
        )

    assert bare == []


HOSTILE = (
    '<script>document.title="taken"</script>',
    "</style></title><img src=x onerror=\"document.title='taken'\">",
    "\u202egnp.exe\u2066 \x1b[31m\x00",
    "W" * 4000,
    "&lt;b&gt; &amp; \" ' `entry 1` {{x}} ${x}",
)


def hostile(report: Report) -> Report:
    """A report in which everybody's words, names and files are hostile."""

    def spoilt(value: Any, place: list[int]) -> Any:
        if isinstance(value, dict):
            return {key: spoilt(item, place) if key not in KEPT else item for key, item in value.items()}
        if isinstance(value, list | tuple):
            return tuple(spoilt(item, place) for item in value)
        if isinstance(value, str) and value:
            place[0] += 1
            return f"{value} {HOSTILE[place[0] % len(HOSTILE)]}"
        return value

    return Report.model_construct(**_rebuilt(report, spoilt(report.model_dump(), [0])))


KEPT = frozenset(
    {"word", "kind", "what", "decision", "fate", "judged", "state", "outcome", "direction", "exposure", "exposed"}
    | {"stage", "stages", "source", "sources", "dest", "trigger", "name", "policy", "key", "fingerprint", "confidence"}
    | {"limit", "value", "stderr", "compared", "margin", "digest", "candidate", "hash", "basis", "blob", "root"}
)
"""The fields that the page tells cases apart by, or that hold no words."""


def _rebuilt(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values of a model with its inner models made again, unchecked: so anything can stand in them."""

    def again(old: Any, new: Any) -> Any:
        if hasattr(type(old), "model_fields"):
            return type(old).model_construct(**_rebuilt(old, new))
        if isinstance(old, tuple) and isinstance(new, tuple | list):
            return tuple(again(one, other) for one, other in zip(old, new, strict=True))
        return new

    return {name: again(getattr(model, name), values[name]) for name in type(model).model_fields}


def test_hostile_words_are_shown_and_do_nothing(opened: Open, told: Told) -> None:
    address = told.put("hostile", hostile(told.report("overridden")))
    with opened(address, viewport=PHONE) as seen:
        assert (seen.requests, seen.said) == ([address], [])
        assert seen.page.title() != "taken"
        assert seen.page.evaluate("document.querySelectorAll('script, img, iframe, [onerror], [style]').length") == 0
        text = seen.page.inner_text("body")
        assert "<script>" in text
        assert "\u202e" not in text
        assert "[U+202E]" in text
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
