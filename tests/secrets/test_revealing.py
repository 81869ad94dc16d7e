"""Reading values: the rule, the event before the value, and what nobody reads."""

from unittest import mock

from keyvault.actor import Verb
from keyvault.errors import CannotOpen, Invalid, NotAllowed, NotFound, Unavailable
from keyvault.secrets import exposure
from keyvault.secrets.models import Environment, Secret, SecretExposure
from keyvault.secrets.services.grants import grant
from keyvault.secrets.services.revealing import reveal_environment, reveal_secret, reveal_secrets
from keyvault.secrets.services.storing import create_secret
from keyvault.secrets.values import Value
from tests.cast import CastTestCase

KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"


class RevealingTests(CastTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.owner = self.actor(self.olivia)
        self.dev_key = self.store(self.development)
        self.prod_key = self.store(self.production)
        self.forget_events()

    def store(
        self, environment: Environment, name: str = "STRIPE_KEY", kind: str = "secret", provider: str = ""
    ) -> Secret:
        value = Value.text(f"{KEY}-{environment.slug}")
        return create_secret(
            actor=self.owner, environment=environment, name=name, value=value, kind=kind, provider=provider
        ).secret

    def test_an_owner_reads_development_by_role(self) -> None:
        self.assertEqual(reveal_secret(actor=self.owner, secret=self.dev_key).value.data, f"{KEY}-development".encode())
        self.assertEvents("secret:reveal")

    def test_nobody_reads_production_without_a_grant_that_names_it(self) -> None:
        for person in (self.olivia, self.adam, self.dev, self.vera):
            with self.subTest(person), self.assertRaises(NotAllowed):
                reveal_secret(actor=self.actor(person, stepped_up=True), secret=self.prod_key)
        self.assertEvents(*["secret:reveal:denied"] * 4)

    def test_with_the_grant_a_second_factor_is_still_asked_for(self) -> None:
        grant(
            actor=self.owner,
            to=self.membership(self.dev),
            project=self.shop,
            environment=self.production,
            verbs=[Verb.READ],
        )
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=self.actor(self.dev), secret=self.prod_key)
        read = reveal_secret(actor=self.actor(self.dev, stepped_up=True), secret=self.prod_key)
        self.assertEqual(read.value.data, f"{KEY}-production".encode())

    def test_a_developer_reads_by_grant_only(self) -> None:
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=self.actor(self.dev), secret=self.dev_key)
        self.assertEvents("secret:reveal:denied")

    def test_an_outsider_sees_not_found(self) -> None:
        with self.assertRaises(NotFound):
            reveal_secret(actor=self.actor(self.mallory), secret=self.dev_key)
        self.assertNoEvent()

    def test_without_an_event_there_is_no_value(self) -> None:
        refused = mock.patch("keyvault.secrets.reading.record_many", side_effect=Unavailable)
        with refused, mock.patch("keyvault.keyring.ring.open_values") as opened, self.assertRaises(Unavailable):
            reveal_secret(actor=self.owner, secret=self.dev_key)
        opened.assert_not_called()

    def test_an_envelope_of_another_secret_does_not_open_and_leaves_an_event(self) -> None:
        stranger = self.dev_key.versions.get()
        row = self.store(self.development, "OTHER").versions.get()
        type(row).objects.filter(pk=row.pk).update(envelope=stranger.envelope)
        self.forget_events()
        with self.assertRaises(CannotOpen):
            reveal_secret(actor=self.owner, secret=row.secret)
        self.assertEvents("secret:reveal", "secret:reveal:error")

    def test_a_brokered_key_is_revealed_to_nobody(self) -> None:
        secret = self.store(self.development, "OPENAI", kind="brokered", provider="openai")
        self.forget_events()
        with self.assertRaises(NotAllowed) as caught:
            reveal_secret(actor=self.owner, secret=secret)
        self.assertEqual(caught.exception.rule, "gateway-only")
        self.assertEvents("secret:reveal:denied")

    def test_a_bulk_read_takes_a_constant_number_of_queries(self) -> None:
        for number in range(20):
            self.store(self.development, f"KEY_{number}")
        with self.assertNumQueries(8):
            read = reveal_environment(actor=self.owner, environment=self.development)
        self.assertEqual(len(read), 21)

    def test_a_bulk_read_leaves_one_event_for_the_request_and_one_for_each_value(self) -> None:
        self.store(self.development, "SECOND")
        self.forget_events()
        reveal_secrets(actor=self.owner, environment=self.development, names=["STRIPE_KEY", "SECOND"])
        self.assertEvents("secret:reveal-many", "secret:reveal", "secret:reveal")

    def test_one_missing_name_refuses_the_whole_request(self) -> None:
        with self.assertRaises(NotFound):
            reveal_secrets(actor=self.owner, environment=self.development, names=["STRIPE_KEY", "NONE"])
        self.assertNoEvent("secret:reveal")

    def test_the_policy_asks_for_a_reason_in_production(self) -> None:
        grant(
            actor=self.owner,
            to=self.membership(self.olivia),
            project=self.shop,
            environment=self.production,
            verbs=[Verb.READ],
        )
        self.prod_key.environment.org.require_reason_in_production = True
        with self.assertRaises(Invalid):
            reveal_secret(actor=self.actor(self.olivia, stepped_up=True), secret=self.prod_key)

    def test_exposure_counts_what_was_revealed(self) -> None:
        for _ in range(3):
            reveal_secret(actor=self.owner, secret=self.dev_key)
        exposure.flush()
        seen = SecretExposure.objects.get(version__secret=self.dev_key)
        self.assertEqual((seen.kind, seen.count, seen.last_by), ("revealed", 3, "olivia@acme.example"))
