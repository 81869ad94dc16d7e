"""What is asked of a page: axe-core's rules of WCAG 2.2 A and AA, room at three widths, and a silent console."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from playwright.sync_api import ConsoleMessage, Error, Page

WIDTHS = (1360, 390)
NARROWEST = 320
SCHEMES = ("light", "dark")

_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
_RUN = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SETTLED = """Promise.all(document.getAnimations().map(each => each.finished.catch(() => null)))
  .then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))"""
_HEIGHT = 900


@dataclass
class Findings:
    """By what is wrong, where: one fault in a template is one finding on many pages."""

    found: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, what: str, where: str) -> None:
        self.found[what].append(where)

    def __str__(self) -> str:
        lines = [(what, sorted(set(places))) for what, places in sorted(self.found.items())]
        return "\n".join(f"{what}\n    {len(places)}: {', '.join(places[:6])}" for what, places in lines)


@cache
def axe() -> str:
    """The engine as ``axe-playwright-python`` ships it (MPL-2.0)."""
    return files("axe_playwright_python").joinpath("axe.min.js").read_text()


def audit(page: Page, where: str, findings: Findings) -> None:
    """Of what the page shows now, in both colour schemes and at every width; nothing is loaded anew."""
    page.evaluate(axe())
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        for width in (*WIDTHS, NARROWEST):
            page.set_viewport_size({"width": width, "height": _HEIGHT})
            settle(page)
            if (beyond := page.evaluate(_WIDER)) > 0:
                findings.add(f"scrolls sideways at {width}", f"{where} by {beyond}")
            if width in WIDTHS:
                _ask_axe(page, f"{where} {scheme} {width}", findings)
    page.set_viewport_size({"width": WIDTHS[0], "height": _HEIGHT})


def settle(page: Page) -> None:
    """Until nothing moves."""
    page.evaluate(_SETTLED)


@contextmanager
def listening(page: Page, where: str, findings: Findings) -> Iterator[None]:
    """To errors and warnings of the console, breaches of the content security policy among them, and of scripts.

    Not while axe looks: it sets styles, which the policy refuses and the console tells.
    """

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not _is_status_of_page(page, message):
            findings.add(f"console: {message.text[:300]} {message.location.get('url', '')}", where)

    def fail(error: Error) -> None:
        findings.add(f"script: {str(error)[:300]}", where)

    page.on("console", hear)
    page.on("pageerror", fail)
    yield
    settle(page)
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", fail)


def _is_status_of_page(page: Page, message: ConsoleMessage) -> bool:
    """Chromium's note that the page itself, which is a refusal, came with a 4xx."""
    return message.text.startswith("Failed to load resource") and message.location.get("url") == page.url


def _ask_axe(page: Page, where: str, findings: Findings) -> None:
    answer: dict[str, Any] = page.evaluate(_RUN, _RULES)
    for violation in answer["violations"]:
        for node in violation["nodes"]:
            why = (node["any"] or node["all"] or node["none"] or [{"message": ""}])[0]["message"]
            findings.add(f"{violation['id']}: {node['html'][:200]} ({why[:200]})", where)
