"""What a token stands for: the `.env` for its SDKs, and its keys, masked, for owners alone."""

from typing import Any

from django.test import override_settings

from gateway.bindings import bound_to
from gateway.services.keys import mask, show_token_keys
from gateway.services.upstreams import add_upstream, change_upstream
from gateway.snippets import PLACEHOLDER, lines_for, written
from keyvault.errors import NotAllowed, NotFound
from keyvault.secrets.models import Environment, Secret, SecretKind
from keyvault.secrets.services.removing import delete_secret
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from orgs.decide import Rule
from orgs.models import Organization
from tests.tokens.scene import TokenTestCase, shown
from tokens.models import AccessToken
from tokens.services import Issued, copy_team_token

KEY = "sk-proj-Zq81LmXw0RkTfBnVy7HcUe3JdPa92GsQ"
AT_HOME = override_settings(KEYVAULT_GATEWAY_URL="https://gateway.acme.example")


class BindingTestCase(TokenTestCase):
    def bind(self, provider: str = "openai", environment: Environment | None = None, **facts: Any) -> Secret:
        facts = {"name": f"keys/{provider}", "value": Value.text(KEY), **facts}
        return create_secret(
            actor=self.actor(self.olivia, stepped_up=True), environment=environment or self.development,
            kind=SecretKind.BROKERED, provider=provider, **facts,
        ).secret  # fmt: skip

    def at(self, environment: Environment, name: str = "Deploy job", **scope: Any) -> AccessToken:
        return self.of_service(name, project=self.shop, environment=environment, **scope).token

    def slugs(self, token: AccessToken) -> list[str]:
        return [bound.provider.slug for bound in bound_to(token)]

    def in_production(self) -> Issued:
        Organization.objects.filter(pk=self.acme.pk).update(team_tokens_in_production=True)
        self.acme.refresh_from_db()
        scope: dict[str, Any] = {"environment": self.production, "networks": ["127.0.0.0/8"], "origins": []}
        return self.of_team(actor=self.actor(self.olivia, stepped_up=True), **scope)


class BoundTests(BindingTestCase):
    def test_it_stands_for_the_keys_of_its_environment(self) -> None:
        for provider in ("openai", "anthropic"):
            self.bind(provider)
        self.bind("stripe", self.staging)
        self.assertEqual(self.slugs(self.at(self.development)), ["anthropic", "openai"])
        self.assertEqual(self.slugs(self.of_service("Anywhere").token), [])

    def test_it_does_not_for_what_its_paths_or_verbs_leave_out(self) -> None:
        self.bind("openai")
        self.bind("anthropic", name="others/anthropic")
        self.assertEqual(self.slugs(self.at(self.development, prefixes=["keys/*"])), ["openai"])
        self.assertEqual(self.slugs(self.at(self.development, "Lister", verbs=["list"])), [])

    def test_a_members_goes_by_their_grants(self) -> None:
        self.bind()
        scope: dict[str, Any] = {"project": self.shop, "environment": self.development}
        self.assertEqual(self.slugs(self.personal(self.dev, **scope).token), [])
        self.may_read(self.vera, self.development)
        self.assertEqual(self.slugs(self.personal(self.vera, **scope).token), ["openai"])

    def test_a_teams_in_production_goes_by_the_policy_of_the_day(self) -> None:
        self.bind(environment=self.production)
        token = self.in_production().token
        self.assertEqual(self.slugs(token), ["openai"])
        token.org.team_tokens_in_production = False
        self.assertEqual(self.slugs(token), [])

    def test_what_is_deleted_or_switched_off_is_none(self) -> None:
        own = add_upstream(
            actor=self.actor(self.adam),
            org=self.acme,
            slug="llm",
            title="x",
            base="https://x.example",
            slots=["bearer"],
        )
        secret = self.bind()
        self.bind("llm")
        token = self.at(self.development)
        self.assertEqual(self.slugs(token), ["llm", "openai"])
        change_upstream(actor=self.actor(self.adam), upstream=own, enabled=False)
        delete_secret(actor=self.actor(self.olivia), secret=secret)
        self.assertEqual(self.slugs(token), [])


@AT_HOME
class SnippetTests(BindingTestCase):
    def test_each_provider_has_its_key_and_its_address(self) -> None:
        for provider in ("openai", "anthropic", "mistral"):
            self.bind(provider)
        token = self.at(self.development)
        self.assertEqual(
            written(token, lines_for(token), "kvs_dev_x").splitlines(),
            [
                f"# Deploy job ({token.display}): shop/development, through KeyVault",
                "ANTHROPIC_API_KEY=kvs_dev_x",
                "ANTHROPIC_BASE_URL=https://gateway.acme.example/anthropic",
                "MISTRAL_API_KEY=kvs_dev_x",
                "MISTRAL_BASE_URL=https://gateway.acme.example/mistral",
                "# ^ not read by every SDK of Mistral: pass it as the base address",
                "OPENAI_API_KEY=kvs_dev_x",
                "OPENAI_BASE_URL=https://gateway.acme.example/openai/v1",
            ],
        )

    def test_an_own_upstream_has_variables_of_its_name(self) -> None:
        for slug in ("our-llm", "7seas"):
            add_upstream(
                actor=self.actor(self.adam),
                org=self.acme,
                slug=slug,
                title=slug,
                base="https://x.example",
                slots=["raw"],
            )
            self.bind(slug)
        names = [(line.variables.key, line.address) for line in lines_for(self.at(self.development))]
        self.assertEqual(
            names,
            [
                ("UPSTREAM_7SEAS_API_KEY", "https://gateway.acme.example/7seas"),
                ("OUR_LLM_API_KEY", "https://gateway.acme.example/our-llm"),
            ],
        )

    def test_without_a_value_or_a_key_it_says_so(self) -> None:
        token = self.at(self.development)
        self.assertIn("stands for no key yet", written(token, [], None))
        self.bind()
        self.assertIn(f"OPENAI_API_KEY={PLACEHOLDER}\n", written(token, lines_for(token), None))


class CopyTests(BindingTestCase):
    def test_one_of_a_protected_environment_takes_a_second_factor_in_a_browser(self) -> None:
        issued = self.in_production()
        self.forget_events()
        with self.assertRaises(NotAllowed) as refused:
            copy_team_token(actor=self.actor(self.dev), token=issued.token)
        self.assertEqual(refused.exception.rule, Rule.NEEDS_STEP_UP)
        self.assertEvents("token:copy:denied")
        self.assertEqual(
            copy_team_token(actor=self.actor(self.dev, stepped_up=True), token=issued.token), shown(issued)
        )


class KeyTests(BindingTestCase):
    def test_an_owner_sees_them_masked_and_the_log_says_which(self) -> None:
        self.bind()
        self.bind("twilio", value=Value.fields({"key": "t" * 28 + "wxyz", "sid": "AC1"}))
        token = self.at(self.development)
        self.forget_events()
        found = show_token_keys(actor=self.actor(self.olivia), token=token)
        self.assertEqual(
            [(key.secret.name, key.masked) for key in found],
            [("keys/openai", "sk-p…2GsQ"), ("keys/twilio", "tttt…wxyz")],
        )
        [event] = self.assertEvents("token:keys")
        self.assertEqual(event.document["details"]["keys"], ["openai: keys/openai", "twilio: keys/twilio"])
        self.assertNotIn(KEY, repr(found) + str(event.document))

    def test_others_do_not(self) -> None:
        self.bind()
        token = self.at(self.development)
        self.forget_events()
        for who in (self.adam, self.dev, self.vera):
            with self.subTest(who=who), self.assertRaises(NotAllowed):
                show_token_keys(actor=self.actor(who), token=token)
            self.assertEvents("token:keys:denied")
        with self.assertRaises(NotFound):
            show_token_keys(actor=self.actor(self.mallory), token=token)

    def test_in_a_protected_environment_they_take_a_second_factor(self) -> None:
        self.bind(environment=self.production)
        token = self.in_production().token
        with self.assertRaises(NotAllowed) as refused:
            show_token_keys(actor=self.actor(self.olivia), token=token)
        self.assertEqual(refused.exception.rule, Rule.NEEDS_STEP_UP)
        [key] = show_token_keys(actor=self.actor(self.olivia, stepped_up=True), token=token)
        self.assertEqual(key.masked, "sk-p…2GsQ")

    def test_of_a_short_key_nothing_is_shown(self) -> None:
        for key in ("", "x", "x" * 23):
            self.assertEqual(mask(key), "…")
