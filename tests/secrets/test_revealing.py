"""Reading values: the rule, the event before the value, and what nobody reads."""

from unittest import mock

from keyvault.actor import Verb
from keyvault.errors import CannotOpen, Invalid, NotAllowed, NotFound, TooLarge, Unavailable
from keyvault.keyring import ring
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.services import revealing
from keyvault.secrets.services.revealing import reveal_environment, reveal_secret, reveal_secrets
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.secrets.scene import BAD_NAMES, KEY, OTHER, KeysTestCase

BROKEN = b"KV\x01\x02" + bytes(80)


class OneTests(KeysTestCase):
    def test_an_owner_reads_development_by_role(self) -> None:
        secret = self.stored()
        self.forget_events()
        revealed = reveal_secret(actor=self.owner(), secret=secret)
        self.assertEqual(revealed.value.data, KEY.encode())
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(event.receipt, revealed.receipt)
        self.assertEqual((event.secret_id, event.version), (secret.pk, 1))
        self.assertNotIn(KEY.encode(), bytes(event.entry))
        self.assertNotIn(KEY, repr(revealed))

    def test_an_earlier_version_is_read_by_its_number(self) -> None:
        secret = self.stored()
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        self.assertEqual(reveal_secret(actor=self.owner(), secret=secret, version=1).value.data, KEY.encode())
        self.assertEqual(reveal_secret(actor=self.owner(), secret=secret).value.data, OTHER.encode())
        self.forget_events()
        for version in (0, 3):
            with self.assertRaises(NotFound):
                reveal_secret(actor=self.owner(), secret=secret, version=version)
        self.assertNoEvent()

    def test_nobody_reads_production_without_a_grant_that_names_it(self) -> None:
        secret = self.stored(environment=self.production)
        self.let(self.dev, Verb.READ)
        self.forget_events()
        for person in (self.olivia, self.adam, self.dev, self.vera):
            with self.subTest(person), self.assertRaises(NotAllowed):
                reveal_secret(actor=self.actor(person, stepped_up=True), secret=secret)
        self.assertEvents(*["secret:reveal:denied"] * 4)

    def test_with_the_grant_a_second_factor_is_still_asked_for(self) -> None:
        secret = self.stored(environment=self.production)
        stepped_up = self.let(self.dev, Verb.READ, environment=self.production)
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=self.actor(self.dev), secret=secret)
        self.assertEqual(self.read(secret, by=stepped_up), KEY.encode())

    def test_a_developer_reads_by_grant_only(self) -> None:
        secret = self.stored()
        self.forget_events()
        with self.assertRaises(NotAllowed):
            reveal_secret(actor=self.actor(self.dev), secret=secret)
        self.assertEvents("secret:reveal:denied")

    def test_an_outsider_sees_not_found(self) -> None:
        secret = self.stored()
        self.forget_events()
        with self.assertRaises(NotFound):
            reveal_secret(actor=self.actor(self.mallory), secret=secret)
        self.assertNoEvent()

    def test_a_brokered_key_is_revealed_to_nobody(self) -> None:
        secret = self.stored("OPENAI", kind="brokered", provider="openai")
        self.forget_events()
        with self.assertRaises(NotAllowed) as refused:
            reveal_secret(actor=self.owner(), secret=secret)
        self.assertEqual(refused.exception.rule, "gateway-only")
        self.assertEvents("secret:reveal:denied")


class EventFirstTests(KeysTestCase):
    def test_without_an_event_there_is_no_value(self) -> None:
        secret = self.stored()
        for read in (
            lambda: reveal_secret(actor=self.owner(), secret=secret),
            lambda: reveal_environment(actor=self.owner(), environment=self.development),
        ):
            refused = mock.patch("keyvault.secrets.reading.record_many", side_effect=Unavailable)
            with refused, mock.patch("keyvault.keyring.ring.open_values") as opened, self.assertRaises(Unavailable):
                read()
            opened.assert_not_called()

    def test_the_event_is_there_before_the_value_is_opened(self) -> None:
        secret = self.stored()
        seen: list[str] = []
        self.forget_events()

        def look(sealed: object) -> list[bytes]:
            seen.extend(event.action for event in self.events())
            return [b"x"]

        with mock.patch("keyvault.keyring.ring.open_values", side_effect=look):
            reveal_secret(actor=self.owner(), secret=secret)
        self.assertEqual(seen, ["secret:reveal"])

    def test_an_envelope_of_elsewhere_does_not_open_and_leaves_a_second_event(self) -> None:
        rows = [
            self.stored("OTHER", OTHER).versions.get(),
            self.stored("SAME", environment=self.staging).versions.get(),
        ]
        secret = self.stored()
        for envelope in (*(bytes(row.envelope or b"") for row in rows), BROKEN, b"", b"KV"):
            SecretVersion.objects.filter(secret=secret).update(envelope=envelope)
            self.forget_events()
            with self.assertRaises(CannotOpen):
                reveal_secret(actor=self.owner(), secret=secret)
            self.assertEvents("secret:reveal", "secret:reveal:error")

    def test_of_many_the_one_that_does_not_open_is_named_in_the_log(self) -> None:
        names = ["A", "B", "C"]
        for name in names:
            self.stored(name)
        SecretVersion.objects.filter(secret__name="B").update(envelope=BROKEN)
        self.forget_events()
        with self.assertRaises(CannotOpen):
            reveal_secrets(actor=self.owner(), environment=self.development, names=names)
        [*_, event] = self.assertEvents("secret:reveal-many", *["secret:reveal"] * 3, "secret:reveal:error")
        self.assertEqual(event.document["secret"]["name"], "B")


class ManyTests(KeysTestCase):
    def test_the_values_come_in_the_order_of_the_names(self) -> None:
        for name in ("A", "B", "C"):
            self.stored(name, f"value of {name}")
        self.forget_events()
        read = reveal_secrets(actor=self.owner(), environment=self.development, names=["C", "A"])
        self.assertEqual([r.value.data for r in read], [b"value of C", b"value of A"])
        events = self.assertEvents("secret:reveal-many", "secret:reveal", "secret:reveal")
        self.assertEqual(len({event.request_id for event in events}), 1)
        self.assertEqual(events[0].document["details"]["count"], 2)
        self.assertEqual([r.receipt for r in read], [event.receipt for event in events[1:]])

    def test_one_that_is_missing_refuses_the_request(self) -> None:
        self.stored("A")
        self.forget_events()
        with self.assertRaises(NotFound):
            reveal_secrets(actor=self.owner(), environment=self.development, names=["A", "NONE"])
        self.assertNoEvent()

    def test_so_does_one_that_is_forbidden(self) -> None:
        self.stored("mine/a")
        self.stored("other/b")
        dev = self.let(self.dev, Verb.READ, prefix="mine/*")
        self.forget_events()
        with self.assertRaises(NotAllowed):
            reveal_secrets(actor=dev, environment=self.development, names=["mine/a", "other/b"])
        self.assertEvents("secret:reveal:denied")
        self.assertEqual(len(reveal_secrets(actor=dev, environment=self.development, names=["mine/a"])), 1)

    def test_who_may_not_read_a_name_does_not_learn_whether_it_exists(self) -> None:
        dev = self.let(self.dev, Verb.READ, prefix="mine/*")
        self.forget_events()
        with self.assertRaises(NotAllowed):
            reveal_secrets(actor=dev, environment=self.development, names=["other/none"])
        self.assertEvents("secret:reveal:denied")

    def test_one_of_the_gateways_own_refuses_it_too(self) -> None:
        self.stored("A")
        self.stored("OPENAI", kind="brokered", provider="openai")
        with self.assertRaises(NotAllowed) as refused:
            reveal_secrets(actor=self.owner(), environment=self.development, names=["A", "OPENAI"])
        self.assertEqual(refused.exception.rule, "gateway-only")

    def test_names_are_checked(self) -> None:
        for names in ([], ["A", "A"], ["A"] * 2001, *([name] for name in BAD_NAMES)):
            with self.subTest(names[:1]), self.assertRaises(Invalid) as refused:
                reveal_secrets(actor=self.owner(), environment=self.development, names=names)
            self.assertEqual(refused.exception.extra["field"], "names")


class EnvironmentTests(KeysTestCase):
    def names(self, **how: object) -> list[str]:
        how = {"actor": self.owner(), "environment": self.development, **how}
        return [read.version.secret.name for read in reveal_environment(**how)]  # type: ignore[arg-type]

    def test_all_live_values_of_this_environment(self) -> None:
        for name in ("B", "A", "api-keys/stripe"):
            self.stored(name)
        self.stored("STAGING", environment=self.staging)
        Secret.objects.filter(name="B").update(deleted_at="2026-11-01T00:00Z")
        self.assertEqual(self.names(), ["A", "api-keys/stripe"])

    def test_only_what_the_actor_may_read(self) -> None:
        for name in ("mine/a", "other/b"):
            self.stored(name)
        self.stored("mine/openai", kind="brokered", provider="openai")
        dev = self.let(self.dev, Verb.READ, prefix="mine/*")
        self.forget_events()
        self.assertEqual(self.names(actor=dev), ["mine/a"])
        self.assertEvents("secret:reveal-many", "secret:reveal")

    def test_by_prefix(self) -> None:
        for name in ("api-keys/a", "api-keysX", "x_y", "xzy"):
            self.stored(name)
        self.assertEqual(self.names(prefix="api-keys/"), ["api-keys/a"])
        self.assertEqual(self.names(prefix="x_"), ["x_y"])  # no wildcard of SQL
        for prefix in ("..", "/", "a//", "a\0", "%", "*", "x" * 513):
            with self.subTest(prefix), self.assertRaises(Invalid) as refused:
                self.names(prefix=prefix)
            self.assertEqual(refused.exception.extra["field"], "prefix")

    def test_who_may_read_nothing_is_refused(self) -> None:
        self.stored()
        self.forget_events()
        with self.assertRaises(NotAllowed):
            self.names(actor=self.actor(self.vera))
        with self.assertRaises(NotFound):
            self.names(actor=self.actor(self.mallory))
        self.assertEvents("secret:reveal:denied")

    def test_an_empty_environment_is_read_and_recorded(self) -> None:
        self.assertEqual(self.names(), [])
        self.assertEvents("secret:reveal-many")

    def test_more_than_2000_are_read_in_parts(self) -> None:
        for name in ("a/1", "a/2", "b/1"):
            self.stored(name)
        with mock.patch.object(revealing, "MOST", 2):
            with self.assertRaises(TooLarge):
                self.names()
            self.assertEqual(len(self.names(prefix="a/")), 2)

    def test_a_constant_number_of_queries(self) -> None:
        owner = self.owner()
        for number in (1, 30):
            for n in range(number):
                self.stored(f"KEY_{number}_{n}")
            with self.assertNumQueries(8):  # two of them are the test's savepoint
                read = reveal_environment(actor=owner, environment=self.development)
            self.assertEqual(len(read), Secret.objects.count())


class ReasonTests(KeysTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.key = self.stored(environment=self.production)
        self.reader = self.let(self.dev, Verb.READ, environment=self.production)
        self.acme.require_reason_in_production = True
        self.acme.save()
        self.key = Secret.objects.select_related("environment__org").get(pk=self.key.pk)
        self.forget_events()

    def test_without_one_production_is_not_read(self) -> None:
        for read in (
            lambda: reveal_secret(actor=self.reader, secret=self.key),
            lambda: reveal_secret(actor=self.reader, secret=self.key, reason="  "),
            lambda: reveal_environment(actor=self.reader, environment=self.key.environment),
        ):
            with self.assertRaises(Invalid) as refused:
                read()
            self.assertEqual((refused.exception.rule, refused.exception.extra["field"]), ("reason-required", "reason"))
        self.assertEvents(*["secret:reveal:denied"] * 3)

    def test_the_reason_is_in_the_log(self) -> None:
        reveal_secret(actor=self.reader, secret=self.key, reason=" Incident 42 ")
        reveal_environment(actor=self.reader, environment=self.key.environment, reason="Incident 43")
        events = self.assertEvents("secret:reveal", "secret:reveal-many", "secret:reveal")
        self.assertEqual([event.reason for event in events], ["Incident 42", "Incident 43", "Incident 43"])

    def test_elsewhere_none_is_needed(self) -> None:
        self.assertEqual(self.read(self.stored(environment=self.staging)), KEY.encode())

    def test_it_has_at_most_200_printing_characters(self) -> None:
        for reason in ("x" * 201, "a\nb", "\0"):
            with self.assertRaises(Invalid) as refused:
                reveal_secret(actor=self.reader, secret=self.key, reason=reason)
            self.assertEqual(refused.exception.extra["field"], "reason")
        reveal_secret(actor=self.reader, secret=self.key, reason="é" * 200)


class ListsNeverDecryptTests(KeysTestCase):
    def test_nothing_is_opened_to_list(self) -> None:
        from keyvault.secrets.services.duplicates import find_duplicates
        from keyvault.secrets.services.exporting import export_environment
        from keyvault.secrets.services.listing import list_secrets

        for name in ("A", "B"):
            self.stored(name)
            self.stored(name, environment=self.staging)
        opened = mock.patch.object(ring, "open_values", side_effect=AssertionError("a value was opened"))
        with opened, mock.patch.object(ring, "open_value", side_effect=AssertionError("a value was opened")):
            self.assertEqual(list_secrets(actor=self.owner(), environment=self.development).count(), 2)
            self.assertEqual(len(find_duplicates(actor=self.owner(), project=self.shop)), 1)
            export_environment(actor=self.owner(), environment=self.development, format="example")
