"""What one writes on the first day: look the token up, load the objects, check, write one event, decrypt, answer."""

import os
from typing import Any

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.models import Event
from bench.facts import Facts
from keyvault.ids import uuid7
from keyvault.keyring import ring
from keyvault.keyring.envelope import ValueContext
from keyvault.keyring.purposes import Purpose
from keyvault.secrets.models import Environment, Grant, Secret, SecretVersion
from tokens.models import AccessToken

FACTS = Facts.read(os.environ["BENCH_FACTS"])


class Bearer(BaseAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, AccessToken]:
        token = request.META.get("HTTP_AUTHORIZATION", "")[7:].encode()
        found = AccessToken.objects.select_related("membership__user", "service", "org").filter(
            digest=FACTS.digest_of(token), state="active", expires_at__gt=timezone.now()
        )
        held = found.first()
        if held is None:
            raise AuthenticationFailed()
        return held.membership.user if held.membership else held.service, held


class SecretSerializer(serializers.ModelSerializer[Secret]):
    class Meta:
        model = Secret
        fields = ("id", "name", "kind", "note", "current", "created_at", "updated_at")


class _View(APIView):
    authentication_classes = (Bearer,)

    def place(self, token: AccessToken, project: str, environment: str) -> Environment:
        found = get_object_or_404(
            Environment.objects.select_related("project"), org=token.org, project__slug=project, slug=environment
        )
        grants = list(Grant.objects.filter(project=found.project, membership=token.membership))
        if found.protected and not any(grant.environment_id == found.pk for grant in grants):
            raise PermissionDenied()
        return found

    def event(self, token: AccessToken, action: str, secret: Secret | None) -> None:
        entry, mac = FACTS.entry_and_mac(token.org_id, secret.name if secret else "")
        Event.objects.create(
            at=timezone.now(), org_id=token.org_id, action=action, outcome="success", actor_type="person",
            secret_id=secret.pk if secret else None, token_id=token.pk, request_id=uuid7(), entry=entry,
            mac_key_id=FACTS.mac_key_id, mac=mac,
        )  # fmt: skip


class Value(_View):
    def get(self, request: Request, project: str, environment: str, name: str) -> Response:
        place = self.place(_token(request), project, environment)
        secret = get_object_or_404(Secret, environment=place, name=name, deleted_at=None)
        version = SecretVersion.objects.get(secret=secret, version=secret.current)
        self.event(_token(request), "secret:reveal", secret)
        return Response({"name": name, "value": _open(place, version)})


class Values(_View):
    def get(self, request: Request, project: str, environment: str) -> Response:
        place = self.place(_token(request), project, environment)
        answers = []
        for secret in Secret.objects.filter(environment=place, deleted_at=None):
            version = SecretVersion.objects.get(secret=secret, version=secret.current)
            self.event(_token(request), "secret:reveal", secret)
            answers.append({"name": secret.name, "value": _open(place, version)})
        return Response({"results": answers})


class Secrets(_View):
    def get(self, request: Request, project: str, environment: str) -> Response:
        place = self.place(_token(request), project, environment)
        self.event(_token(request), "secret:list", None)
        secrets = Secret.objects.filter(environment=place, deleted_at=None).order_by("name")[:50]
        return Response({"results": SecretSerializer(secrets, many=True).data})


class Rotation(_View):
    def post(self, request: Request, project: str, environment: str, name: str) -> Response:
        place = self.place(_token(request), project, environment)
        with transaction.atomic():
            secret = Secret.objects.select_for_update().filter(environment=place, name=name, deleted_at=None).first()
            if secret is None:
                raise Http404
            secret.current = secret.latest = secret.latest + 1
            secret.save()
            body: Any = request.data
            value = str(body["value"]).encode()
            context = ValueContext(Purpose.VALUE, place.org_id, place.project_id, place.pk, secret.pk, secret.current)
            envelope = ring.seal_value(context, value)
            SecretVersion.objects.create(
                org_id=place.org_id, secret=secret, version=secret.current, envelope=envelope, size=len(value),
                datakey_id=ring.key_id_of(envelope), fingerprint=ring.fingerprint(place.org_id, value),
            )  # fmt: skip
            self.event(_token(request), "secret:rotate", secret)
        return Response({"version": secret.current}, status=201)


def _token(request: Request) -> AccessToken:
    held: Any = request.auth  # what Bearer returned
    assert isinstance(held, AccessToken)
    return held


def _open(place: Environment, version: SecretVersion) -> str:
    context = ValueContext(Purpose.VALUE, place.org_id, place.project_id, place.pk, version.secret_id, version.version)
    return ring.open_value(context, bytes(version.envelope or b"")).decode()
