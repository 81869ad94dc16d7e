"""The addresses of the log in the console, below those of its organization."""

from django.urls import URLPattern, path

from audit.views import exporting, timeline

urlpatterns: list[URLPattern] = [
    path("", timeline.timeline, name="audit"),
    path("/export", exporting.export, name="audit-export"),
    path("/<uuid:event_id>", timeline.event, name="audit-event"),
]
