"""The addresses of tokens, below those of their organization."""

from django.urls import URLPattern, path

from keyvault.actor import TokenKind
from tokens.views import acts, detail, issuing, listing, offering, review

_TOKEN = "/<uuid:token_id>"  # noqa: S105 - an address

urlpatterns: list[URLPattern] = [
    path("", listing.api_keys, name="api-keys"),
    path("/new", issuing.new_api_key, {"kind": TokenKind.PERSON}, name="new-api-key"),
    path("/new/service", issuing.new_api_key, {"kind": TokenKind.SERVICE}, name="new-service-key"),
    path("/new/ci", issuing.new_api_key, {"kind": TokenKind.CI}, name="new-ci-key"),
    path("/new/team", issuing.new_api_key, {"kind": TokenKind.TEAM}, name="new-team-key"),
    path("/new/members", offering.new_offers, name="new-offers"),
    path("/new/production", issuing.new_production_key, name="new-production-key"),
    path("/services", issuing.create_service, name="create-service"),
    path("/unused", review.review, name="token-review"),
    path(_TOKEN, detail.token, name="api-key"),
    path(f"{_TOKEN}/opening", issuing.open_api_key, name="open-api-key"),
    path(f"{_TOKEN}/copy", issuing.copy_api_key, name="copy-api-key"),
    path(f"{_TOKEN}/first-use", issuing.first_use, name="first-use"),
    path(f"{_TOKEN}/pause", acts.pause_api_key, name="pause-api-key"),
    path(f"{_TOKEN}/resumption", acts.resume_api_key, name="resume-api-key"),
    path(f"{_TOKEN}/replacement", acts.replace_api_key, name="replace-api-key"),
    path(f"{_TOKEN}/revocation", acts.revoke_api_key, name="revoke-api-key"),
    path(f"{_TOKEN}/keeping", review.keep, name="keep-token"),
    path(f"{_TOKEN}/exemption", review.exempt, name="exempt-token"),
    path(f"{_TOKEN}/exemption/end", review.end_exemption, name="end-exemption"),
]
