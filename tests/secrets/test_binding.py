"""Binding: a key serves the gateway alone, at its provider's host alone, and goes nowhere else without its value."""

from typing import Any

from django.db import connection

from keyvault.errors import CannotOpen, Conflict, Invalid, NotAllowed
from keyvault.secrets.models import Secret, SecretKind, SecretVersion
from keyvault.secrets.sealing import open_versions
from keyvault.secrets.services.binding import bind_secret
from keyvault.secrets.services.revealing import reveal_secret
from keyvault.secrets.services.storing import create_secret, rotate_secret
from keyvault.secrets.values import Value
from tests.tokens.scene import TokenTestCase

KEY = "sk-test-" + "b" * 40


class BindingTests(TokenTestCase):
    def store(self, name: str = "OPENAI_KEY", **facts: Any) -> Secret:
        made = create_secret(
            actor=self.actor(self.olivia), environment=self.development, name=name, value=Value.text(KEY), **facts
        )
        return made.secret

    def bound(self) -> Secret:
        return self.store(kind=SecretKind.BROKERED, provider="openai")

    def envelope(self, secret: Secret) -> SecretVersion:
        row = SecretVersion.objects.get(secret=secret, version=secret.current)
        row.secret = Secret.objects.select_related("environment__project__org", "environment__org").get(pk=secret.pk)
        return row

    def test_a_key_is_bound_from_the_beginning(self) -> None:
        secret = self.bound()
        self.assertEqual((secret.provider, secret.upstream), ("openai", "https://api.openai.com"))
        self.assertEqual(open_versions([self.envelope(secret)])[0].data, KEY.encode())

    def test_a_stored_one_is_taken_over_with_all_its_versions_and_read_by_nobody_any_more(self) -> None:
        secret = self.store()
        bind_secret(actor=self.actor(self.olivia), secret=secret, provider="openai")
        self.assertEvents("secret:create", "secret:bind")
        with self.assertRaises((Conflict, NotAllowed)):
            reveal_secret(actor=self.actor(self.olivia), secret=Secret.objects.get(pk=secret.pk))

    def test_who_may_not_read_it_does_not_bind_it(self) -> None:
        secret = self.store()
        for who in (self.dev, self.vera, self.mallory):
            with self.subTest(who=who), self.assertRaises(Exception) as refused:
                bind_secret(actor=self.actor(who), secret=secret, provider="openai")
            self.assertIn(type(refused.exception).__name__, ("NotAllowed", "NotFound"))
        self.assertEqual(Secret.objects.get(pk=secret.pk).kind, SecretKind.SECRET)

    def test_one_provider_has_one_key_in_an_environment(self) -> None:
        self.bound()
        with self.assertRaises(Conflict) as refused:
            self.store("SECOND", kind=SecretKind.BROKERED, provider="openai")
        self.assertEqual(refused.exception.rule, "provider-bound")

    def test_an_unknown_provider_and_variables_that_it_has_not_are_refused(self) -> None:
        secret = self.store()
        for provider, variables in (("nowhere", {}), ("openai", {"host": "evil.example"}), ("azure-openai", {})):
            with self.subTest(provider), self.assertRaises(Invalid):
                bind_secret(actor=self.actor(self.olivia), secret=secret, provider=provider, variables=variables)

    def test_another_provider_wants_the_value_again_and_erases_what_opens_nowhere_else(self) -> None:
        secret = self.bound()
        rotate_secret(actor=self.actor(self.olivia), secret=secret, value=Value.text(KEY + "2"))
        with self.assertRaises(Invalid):
            bind_secret(actor=self.actor(self.olivia), secret=secret, provider="anthropic")
        moved = bind_secret(
            actor=self.actor(self.olivia), secret=secret, provider="anthropic", value=Value.text(KEY + "3")
        )
        self.assertEqual(moved.upstream, "https://api.anthropic.com")
        self.assertEqual(SecretVersion.objects.filter(secret=secret, envelope__isnull=False).count(), 1)

    def test_a_host_that_is_swapped_in_the_database_fails_to_open(self) -> None:
        secret = self.bound()
        for column, value in (("upstream", "https://evil.example"), ("provider", "anthropic")):
            with self.subTest(column):
                with connection.cursor() as cursor:
                    cursor.execute(f"UPDATE secrets_secret SET {column} = %s WHERE id = %s", [value, secret.pk])
                with self.assertRaises(CannotOpen):
                    open_versions([self.envelope(secret)])
                Secret.objects.filter(pk=secret.pk).update(provider="openai", upstream="https://api.openai.com")
