"""Stacked bars as SVG with nothing but attributes, which the Content-Security-Policy lets through."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.formats import localize
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 1020, 220, 44, 12, 24
_LABELS = 6  # along the time


@dataclass(frozen=True, slots=True)
class Bar:
    """``label`` says which hour or day it is."""

    label: str
    served: int
    failed: int

    @property
    def total(self) -> int:
        return self.served + self.failed


def drawn(bars: Sequence[Bar], label: str) -> SafeString:
    """The label says what the whole shows, for who does not see it; the numbers stand in a table beside it."""
    top = _scale(max((bar.total for bar in bars), default=0))
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>',
        _WIDTH,
        _HEIGHT,
        label,
        format_html_join("", _LINE, _lines(top)),
        format_html_join("", "{}", ((drawing,) for drawing in _columns(bars, top))),
    )


_LINE = (
    '<line class="grid" x1="44" x2="1020" y1="{0}" y2="{0}"/>'
    '<text class="ax" x="36" y="{0}" dy="4" text-anchor="end">{1}</text>'
)


def _lines(top: int) -> Iterator[tuple[str, str]]:
    for part in range(3):
        yield f"{_y(top * part / 2, top):.1f}", localize(top * part // 2)


def _columns(bars: Sequence[Bar], top: int) -> Iterator[SafeString]:
    wide = (_WIDTH - _LEFT) / max(len(bars), 1)
    every = max(1, len(bars) // _LABELS)
    for place, bar in enumerate(bars):
        x = _LEFT + place * wide
        yield format_html(
            '<g class="day{}"><title>{}</title>{}{}</g>{}',
            " now" if place == len(bars) - 1 else "",
            _("%(when)s: %(served)s served, %(failed)s errors")
            % {"when": bar.label, "served": bar.served, "failed": bar.failed},
            _part("ok", x, wide, 0, bar.served, top),
            _part("err", x, wide, bar.served, bar.total, top),
            _named(bar.label, x + wide / 2) if place % every == 0 else "",
        )


def _part(kind: str, x: float, wide: float, below: int, above: int, top: int) -> SafeString | str:
    if below == above:
        return ""
    y, foot = _y(above, top), _y(below, top)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}" rx="1.5"/>',
        kind,
        f"{x + wide * 0.18:.1f}",
        f"{y:.1f}",
        f"{wide * 0.64:.1f}",
        f"{max(foot - y, 1):.1f}",
    )


def _named(label: str, x: float) -> SafeString:
    return format_html('<text class="ax" x="{}" y="{}" text-anchor="middle">{}</text>', f"{x:.1f}", _HEIGHT - 6, label)


def _y(value: float, top: int) -> float:
    return _HEIGHT - _BOTTOM - value / top * (_HEIGHT - _TOP - _BOTTOM)


def _scale(highest: int) -> int:
    """The next number of the kind 2, 4, 10, 20, 40, 100 …: its half is a whole one."""
    top = 2
    while top < highest:
        top = top * 2 if str(top)[0] != "4" else top // 4 * 10
    return top
