"""The routes of the plain baseline; the same paths as KeyVault's."""

from django.urls import path

from bench.plain import views

PLACE = "api/v1/projects/<slug:project>/environments/<slug:environment>/"

urlpatterns = [
    path(PLACE + "values/<str:name>", views.Value.as_view()),
    path(PLACE + "values", views.Values.as_view()),
    path(PLACE + "secrets", views.Secrets.as_view()),
    path(PLACE + "rotations/<str:name>", views.Rotation.as_view()),
]
