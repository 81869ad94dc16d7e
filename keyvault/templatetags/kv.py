"""What every page is built from: icons, fields, environments, times."""

import datetime as dt

from django import template
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from keyvault.actor import Origin
from keyvault.secrets.models import Environment
from orgs.access import person_in
from orgs.decide import decide
from orgs.models import Membership
from orgs.permissions import Action

register = template.Library()

_CLASSES = {"select": "select", "textarea": "textarea"}
_GLYPHS = {
    "dev": '<circle cx="5" cy="5" r="3.9" fill="none" stroke="currentColor" stroke-width="1.7"/>',
    "stg": '<circle cx="5" cy="5" r="3.9" fill="none" stroke="currentColor" stroke-width="1.7"/>'
    '<path d="M5 1.1a3.9 3.9 0 0 1 0 7.8z" fill="currentColor"/>',
    "prd": '<circle cx="5" cy="5" r="4.7" fill="currentColor"/>',
}
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60
_UNITS = ((365 * _DAY, "y"), (30 * _DAY, "mo"), (_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min"))


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """From the sprite ``icons.svg``; hidden from screen readers, so that a word must stand beside it."""
    sprite = static("kv/icons.svg")
    return format_html(
        '<svg class="icon" data-size="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', size, sprite, name
    )


@register.inclusion_tag("parts/field.html")
def field(bound: BoundField) -> dict[str, object]:
    """Label, control, hint and error, tied together."""
    kind = _CLASSES.get(bound.widget_type, "input")
    attrs: dict[str, str | bool] = (
        {} if bound.widget_type in ("checkbox", "checkboxselectmultiple", "radioselect") else {"class": kind}
    )
    return {"field": bound, "control": bound.as_widget(attrs=attrs), "kind": bound.widget_type}


@register.simple_tag
def env(environment: Environment, label: object = None) -> SafeString:
    """A shape for the tier (hollow, half, full), and the name or what is told of it, such as a count."""
    return format_html(
        '<span class="env" data-tier="{}"><svg class="glyph" viewBox="0 0 10 10" aria-hidden="true">{}</svg>{}</span>',
        environment.tier,
        glyph(environment.tier),
        environment.name if label is None else label,
    )


@register.simple_tag
def avatar(person: object, size: str = "") -> SafeString:
    name = str(person)
    initials = "".join(part[0] for part in name.split()[:2]).upper()
    shade = sum(map(ord, name)) % 6 + 1
    return format_html(
        '<span class="avatar" data-h="{}" data-size="{}" aria-hidden="true">{}</span>', shade, size, initials
    )


@register.simple_tag
def ago(moment: dt.datetime) -> SafeString:
    """``4 min ago`` within a day, ``Yesterday``, else the date; the exact time is the element's title."""
    seconds = int((timezone.now() - moment).total_seconds())
    exact = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, _near(moment, seconds))


@register.simple_tag
def age(moment: dt.datetime) -> SafeString:
    """How long it is since, as short as a cell is: ``12 d``; the exact time is the element's title."""
    seconds = max(0, int((timezone.now() - moment).total_seconds()))
    size, unit = next((size, unit) for size, unit in _UNITS if seconds >= size or size == _UNITS[-1][0])
    exact = f"{moment:%Y-%m-%d %H:%M:%S} UTC"
    told = f"{max(1, seconds // size)} {unit}"
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), exact, told)


@register.simple_tag
def may(membership: Membership, action: str) -> bool:
    """By the one decision, on the organization as a whole: for links that would only lead to a refusal."""
    actor = person_in(membership, origin=Origin())
    return decide(Action(action), actor=actor, target=membership.org.target).allowed


@register.filter
def british(text: object) -> str:
    """The code speaks American, the pages British."""
    return str(text).replace("rganization", "rganisation").replace("uthoriz", "uthoris")


def glyph(tier: str) -> SafeString:
    return SafeString(_GLYPHS.get(tier, ""))


def _near(moment: dt.datetime, seconds: int) -> str:
    if not 0 <= seconds < _DAY:
        yesterday = (timezone.now().date() - moment.date()).days == 1
        return _("Yesterday") if yesterday else date_format(moment, "j M Y")
    if seconds < _MINUTE:
        return _("Just now")
    if seconds < _HOUR:
        return _("%(n)d min ago") % {"n": seconds // _MINUTE}
    return _("%(n)d h ago") % {"n": seconds // _HOUR}
