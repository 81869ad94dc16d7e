"""What only pages of the console are built from: the sidebar, small charts, sets of environments."""

from collections.abc import Iterable, Sequence

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from keyvault.console.sidebar import sidebar_of
from keyvault.secrets.models import Environment
from keyvault.templatetags.kv import glyph

register = template.Library()

_BAR, _GAP, _HEIGHT = 4.6, 1.4, 22.0


@register.inclusion_tag("parts/sidebar.html", takes_context=True)
def sidebar(context: RequestContext) -> dict[str, object]:
    """Of the context it takes ``membership``, ``page_name`` and, on the pages of a project, ``project``."""
    membership, project = context["membership"], context.get("project")
    here = getattr(project, "slug", "")
    return {
        "membership": membership,
        "org": membership.org,
        "side": sidebar_of(membership, here),
        "here": here,
        "page_name": context.get("page_name", ""),
        "csrf_token": context.get("csrf_token"),
    }


@register.simple_tag
def bot(icon: str) -> SafeString:
    """In place of a person's letters: a service, a job, the product itself."""
    return format_html(
        '<span class="avatar" data-bot aria-hidden="true"><svg class="icon"><use href="{}#i-{}"/></svg></span>',
        static("kv/icons.svg"),
        icon,
    )


@register.simple_tag
def envset(environments: Iterable[Environment]) -> SafeString:
    """Shapes alone, each with its name for who does not see it."""
    shapes = ((each.tier, each.name, each.name, glyph(each.tier)) for each in environments)
    shape = (
        '<span class="env" data-tier="{}" title="{}"><svg class="glyph" viewBox="0 0 10 10" role="img" aria-label="{}">'
        "{}</svg></span>"
    )
    return format_html('<span class="env-set">{}</span>', format_html_join("", shape, shapes))


@register.simple_tag
def spark(values: Sequence[int], label: str = "") -> SafeString:
    """Bars, the last of them today's; the scale is the row's own. The label says the sum, for who does not see it."""
    top = max(values, default=0) or 1
    bars = format_html_join("", '<rect class="{}" x="{}" y="{}" width="4.6" height="{}" rx="1"/>', _bars(values, top))
    width = round(len(values) * (_BAR + _GAP) - _GAP)
    total = sum(values)
    said = label or ngettext("%(n)d use in %(days)d days", "%(n)d uses in %(days)d days", total)
    return format_html(
        '<svg class="spark" viewBox="0 0 {} 22" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        width,
        said % {"n": total, "days": len(values)} if not label else said,
        bars,
    )


def _bars(values: Sequence[int], top: int) -> Iterable[tuple[str, str, str, str]]:
    for place, value in enumerate(values):
        height = max(2.0, value / top * (_HEIGHT - 1)) if value else 1.5
        kind = "zero" if not value else "b last" if place == len(values) - 1 else "b"
        yield kind, f"{place * (_BAR + _GAP):.1f}", f"{_HEIGHT - height:.1f}", f"{height:.1f}"
