"""The forms of a rule and of the calendar."""

import datetime as dt
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.catalogue import QUIET, THRESHOLDS, WINDOWS, Severity
from alerts.models import Calendar
from alerts.rules import Standing

_DAYS = [
    (1, _("Monday")),
    (2, _("Tuesday")),
    (3, _("Wednesday")),
    (4, _("Thursday")),
    (5, _("Friday")),
    (6, _("Saturday")),
    (7, _("Sunday")),
]


class RuleForm(forms.Form):
    enabled = forms.BooleanField(label=_("On"), required=False)
    severity = forms.ChoiceField(
        label=_("Severity"),
        required=False,
        choices=[("", _("As the rule has it")), *((level.value, level.value.title()) for level in Severity)],
    )
    threshold = forms.IntegerField(
        label=_("How many"),
        min_value=THRESHOLDS[0],
        max_value=THRESHOLDS[1],
        help_text=_("Findings that raise an alert."),
    )
    window = forms.IntegerField(label=_("Within minutes"), min_value=WINDOWS[0], max_value=WINDOWS[1])
    quiet = forms.IntegerField(
        label=_("Quiet minutes"),
        min_value=QUIET[0],
        max_value=QUIET[1],
        help_text=_("No other message about the same for so long; then one says how many more there were."),
    )

    def __init__(self, data: object, *, rule: Standing) -> None:
        now = {name: getattr(rule, name) for name in ("enabled", "threshold", "window", "quiet")}
        super().__init__(data, initial={**now, "severity": rule.severity or ""})  # type: ignore[arg-type]
        if rule.standard.always:
            del self.fields["enabled"]
        if not rule.standard.counts:
            del self.fields["threshold"], self.fields["window"]


class CalendarForm(forms.Form):
    time_zone = forms.CharField(label=_("Time zone"), max_length=64, help_text=_("As Europe/London."))
    days = forms.TypedMultipleChoiceField(
        label=_("Working days"), choices=_DAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    begins = forms.TimeField(label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=_("Until"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    days_off = forms.CharField(
        label=_("Days off"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Dates as 2027-12-25, one a line."),
    )

    def __init__(self, data: object, *, calendar: Calendar) -> None:
        now = {name: getattr(calendar, name) for name in ("time_zone", "days", "begins", "ends")}
        off = "\n".join(day.isoformat() for day in calendar.days_off)
        super().__init__(data, initial={**now, "days_off": off})  # type: ignore[arg-type]

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone not in available_timezones():
            raise forms.ValidationError(_("This is no time zone. Try Europe/London."))
        return zone

    def clean_days_off(self) -> list[dt.date]:
        lines = self.cleaned_data["days_off"].split()
        try:
            return [dt.date.fromisoformat(line) for line in lines]
        except ValueError:
            raise forms.ValidationError(_("Each line is a date as 2027-12-25.")) from None
