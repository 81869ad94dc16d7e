"""A select that is written in one go: the same as Django's to whoever reads the page."""

from django import forms
from django.test import SimpleTestCase
from django.utils.safestring import mark_safe

from keyvault.choosing import Select

CHOICES = [
    ("", "Everything"),
    ("<b>&\"'", "All of <script>"),
    ("Shop <i>", [("p:1", "All of shop"), ("e:2", "shop/development & more")]),
    ("safe", mark_safe("An <b>unsafe</b> label that somebody trusted")),
]


class SelectTests(SimpleTestCase):
    def test_it_is_djangos_in_every_state(self) -> None:
        for value in (None, "", "e:2", "<b>&\"'", "unknown"):
            for attributes in ({}, {"required": True, "aria-invalid": "true"}):
                ours, theirs = (
                    widget(choices=CHOICES).render("place", value, {"id": "id_place", **attributes})
                    for widget in (Select, forms.Select)
                )
                with self.subTest(value=value, attributes=attributes):
                    self.assertHTMLEqual(ours, theirs)
