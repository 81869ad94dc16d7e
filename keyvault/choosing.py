"""A select for hundreds of options: written in one go, where Django asks a template for each of them."""

from typing import Any

from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString


class Select(forms.Select):
    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        chosen = "" if value is None else str(value)
        parts = format_html_join("", "{}", ((_part(key, label, chosen),) for key, label in self.choices))
        return format_html(
            "<select{}>{}</select>", flatatt(self.build_attrs({**self.attrs, "name": name}, attrs)), parts
        )


def _part(key: Any, label: Any, chosen: str) -> SafeString:
    """An option, or a group with its own."""
    if isinstance(label, list | tuple):
        inside = format_html_join("", "{}", ((_part(each, words, chosen),) for each, words in label))
        return format_html('<optgroup label="{}">{}</optgroup>', key, inside)
    mark = SafeString(" selected") if str(key) == chosen else ""
    return format_html('<option value="{}"{}>{}</option>', key, mark, label)
