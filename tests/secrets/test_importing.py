"""Importing: a preview that changes nothing, then one change; nothing interpolated, nothing half-written."""

from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyvault.actor import Verb
from keyvault.errors import Conflict, Invalid, NotAllowed, NotFound, TooLarge
from keyvault.secrets.models import Secret, SecretVersion
from keyvault.secrets.services import importing
from keyvault.secrets.services.comparing import same_as_stored
from keyvault.secrets.services.importing import Imported, Preview, apply_import, import_values, preview_import
from keyvault.secrets.services.removing import delete_secret
from keyvault.secrets.services.revealing import reveal_environment
from keyvault.secrets.values import LIMIT, Value
from tests.secrets.scene import BAD_NAMES, KEY, OTHER, KeysTestCase, KeysTransactionTestCase

FILE = f"STRIPE_KEY={KEY}\nGITHUB='{OTHER}'\nPIN=1234\nnonsense\n"


class ImportTestCase(KeysTestCase):
    def preview(self, content: str) -> Preview:
        return preview_import(actor=self.owner(), environment=self.development, content=content)

    def apply(self, content: str) -> Imported:
        return apply_import(actor=self.owner(), environment=self.development, content=content)

    def values(self) -> dict[str, bytes]:
        read = reveal_environment(actor=self.owner(), environment=self.development)
        return {each.version.secret.name: each.value.data for each in read}


class PreviewTests(ImportTestCase):
    def test_it_says_what_is_new_changed_same_and_unreadable(self) -> None:
        self.stored("STRIPE_KEY", KEY)
        self.stored("GITHUB", "ghp_another1234567890")
        preview = self.preview(FILE)
        self.assertEqual((preview.new, preview.changed, preview.same), (("PIN",), ("GITHUB",), ("STRIPE_KEY",)))
        self.assertEqual(
            [(found.line, found.reason) for found in preview.unreadable], [(4, "There is no NAME= at its beginning.")]
        )

    def test_it_changes_nothing_and_is_recorded(self) -> None:
        self.stored()
        self.forget_events()
        self.preview(FILE)
        self.assertEqual(SecretVersion.objects.count(), 1)
        [event] = self.assertEvents("secret:import")
        self.assertEqual(event.document["details"], {"names": 3, "preview": True, "unreadable": 1})

    def test_it_shows_no_value(self) -> None:
        self.assertNotIn(KEY, f"{self.preview(FILE)!r} {self.apply(FILE)!r}")

    def test_short_values_are_compared_by_opening(self) -> None:
        self.stored("PIN", "1234")
        self.stored("PIN2", "1235")
        preview = self.preview("PIN=1234\nPIN2=1234")
        self.assertEqual((preview.changed, preview.same), (("PIN2",), ("PIN",)))

    def test_a_line_end_makes_a_difference(self) -> None:
        self.stored("A", KEY + "\n")
        self.stored("B", KEY + "\r")
        self.stored("C", KEY + "\n")
        preview = self.preview(f"A={KEY}\nB='{KEY}\n'\nC='{KEY}\n'")
        self.assertEqual((preview.changed, preview.same), (("A", "B"), ("C",)))

    def test_another_type_makes_a_difference(self) -> None:
        self.stored("A", Value.fields({"a": KEY}))
        self.assertEqual(self.preview(f'A=\'{{"a":"{KEY}"}}\'').changed, ("A",))

    def test_who_may_not_read_learns_nothing_about_the_present_value(self) -> None:
        self.stored()
        dev = self.let(self.dev, Verb.ADD, Verb.ROTATE)
        opened = mock.patch("keyvault.keyring.ring.open_values", side_effect=AssertionError("a value was opened"))
        with opened:
            preview = preview_import(actor=dev, environment=self.development, content=f"STRIPE_KEY={KEY}")
        self.assertEqual((preview.changed, preview.same), (("STRIPE_KEY",), ()))

    def test_a_deleted_secret_is_new_again(self) -> None:
        delete_secret(actor=self.owner(), secret=self.stored())
        self.assertEqual(self.preview(FILE).new, ("STRIPE_KEY", "GITHUB", "PIN"))


class ApplyTests(ImportTestCase):
    def test_all_in_one_change(self) -> None:
        self.stored("STRIPE_KEY", KEY)
        self.stored("GITHUB", "ghp_another1234567890")
        self.forget_events()
        done = self.apply(FILE)
        self.assertEqual(
            (done.preview.new, done.preview.changed, done.preview.same), (("PIN",), ("GITHUB",), ("STRIPE_KEY",))
        )
        request, made, rotated = self.assertEvents("secret:import", "secret:create", "secret:rotate")
        self.assertEqual(request.document["details"], {"changed": 1, "new": 1, "same": 1})
        self.assertEqual(request.receipt, done.receipt)
        self.assertEqual((made.document["secret"]["name"], rotated.document["secret"]["name"]), ("PIN", "GITHUB"))
        self.assertEqual(rotated.version, 2)
        self.assertEqual(self.values(), {"GITHUB": OTHER.encode(), "PIN": b"1234", "STRIPE_KEY": KEY.encode()})

    def test_again_it_changes_nothing(self) -> None:
        self.apply(FILE)
        self.forget_events()
        self.assertEqual(len(self.apply(FILE).preview.same), 3)
        self.assertEvents("secret:import")

    def test_values_of_lines_that_are_quoted_are_exact(self) -> None:
        self.apply("\ufeffA='it is ${A} \\n'\r\nexport B=\"x\\ty\"\r\nC='1\r\n2'\r\n")
        self.assertEqual(self.values(), {"A": b"it is ${A} \\n", "B": b"x\ty", "C": b"1\n2"})

    def test_names_and_values_that_cannot_be_stored_are_unreadable_lines(self) -> None:
        done = self.apply(f"OK=1\nA..B=2\nBIG={'x' * (LIMIT + 1)}\nJUST={'x' * LIMIT}\n")
        self.assertEqual(done.preview.new, ("OK", "JUST"))
        self.assertEqual([found.line for found in done.preview.unreadable], [2, 3])

    def test_names_that_are_no_names_become_no_secrets(self) -> None:
        for name in BAD_NAMES:
            with self.subTest(name):
                self.assertEqual(self.apply(f"{name}=x" if "\n" not in name else "").preview.new, ())
        self.assertFalse(Secret.objects.exists())

    def test_the_limits(self) -> None:
        for content in ("x" * (1024 * 1024 + 1), "".join(f"N{n}=1\n" for n in range(2001))):
            with self.assertRaises(TooLarge):
                self.apply(content)
        self.assertNoEvent()

    def test_new_names_need_adding_and_changes_rotating(self) -> None:
        self.stored("OLD")
        dev = self.let(self.dev, Verb.ADD)
        self.forget_events()
        with self.assertRaises(NotAllowed):
            apply_import(actor=dev, environment=self.development, content="NEW=1\nOLD=2")
        self.assertEvents("secret:rotate:denied")
        apply_import(actor=dev, environment=self.development, content="NEW=1")
        self.assertEvents("secret:import", "secret:create")
        self.assertEqual(self.values(), {"NEW": b"1", "OLD": KEY.encode()})

    def test_a_prefix_holds_for_each_name(self) -> None:
        dev = self.let(self.dev, Verb.ADD, prefix="MINE_*")
        self.forget_events()
        with self.assertRaises(NotAllowed):
            apply_import(actor=dev, environment=self.development, content="MINE_A=1\nOTHER=2")
        self.assertEvents("secret:import:denied")
        apply_import(actor=dev, environment=self.development, content="MINE_A=1")
        self.assertEqual(list(Secret.objects.values_list("name", flat=True)), ["MINE_A"])

    def test_neither_viewers_nor_outsiders_import(self) -> None:
        for act in (preview_import, apply_import):
            with self.assertRaises(NotAllowed):
                act(actor=self.actor(self.vera), environment=self.development, content=FILE)
            with self.assertRaises(NotFound):
                act(actor=self.actor(self.mallory), environment=self.development, content=FILE)
        self.assertEvents("secret:import:denied", "secret:import:denied")
        self.assertFalse(Secret.objects.exists())

    def test_the_gateways_own_is_not_changed_by_a_file(self) -> None:
        self.stored("OPENAI", kind="brokered", provider="openai")
        with self.assertRaises(Conflict) as refused:
            self.apply("NEW=1\nOPENAI=x")
        self.assertEqual((refused.exception.rule, Secret.objects.count()), ("gateway-only", 1))

    def test_the_same_value_elsewhere_is_named(self) -> None:
        self.stored("STRIPE", KEY, self.staging)
        self.assertEqual(self.apply(FILE).shared.named, ("shop/staging/STRIPE",))

    def test_and_refused_as_a_whole_where_the_policy_says_so(self) -> None:
        self.stored("STRIPE", KEY, self.staging)
        self.development.org.refuse_shared_values = True
        self.forget_events()
        with self.assertRaises(Conflict):
            self.apply(FILE)
        self.assertEvents("secret:import:denied")
        self.assertEqual(Secret.objects.count(), 1)

    def test_what_was_deleted_between_the_comparison_and_the_change_stops_it(self) -> None:
        self.stored("GITHUB", "x")
        compare = same_as_stored

        def meanwhile(*args: object) -> set[str]:
            found = compare(*args)  # type: ignore[arg-type]
            delete_secret(actor=self.owner(), secret=Secret.objects.get())
            return found

        with mock.patch.object(importing, "same_as_stored", side_effect=meanwhile), self.assertRaises(Conflict):
            self.apply(FILE)
        self.assertEqual(self.values(), {})
        self.assertEventsInclude("secret:import:error")

    def test_what_was_made_meanwhile_is_a_conflict(self) -> None:
        compare = same_as_stored

        def meanwhile(*args: object) -> set[str]:
            self.stored("PIN", "9999")
            return compare(*args)  # type: ignore[arg-type]

        with mock.patch.object(importing, "same_as_stored", side_effect=meanwhile), self.assertRaises(Conflict):
            self.apply(FILE)
        self.assertEqual(self.values(), {"PIN": b"9999"})


class StatementTests(KeysTransactionTestCase):
    def test_2000_names_are_one_change_in_few_statements(self) -> None:
        """On committed rows, because the ring remembers no key before its commit."""
        owner = self.owner()
        self.stored("A", "changed soon")
        self.forget_events()
        content = "A=2\n" + "".join(f"N{n}=value {n}\n" for n in range(1999))
        with CaptureQueriesContext(connection) as queries:
            apply_import(actor=owner, environment=self.development, content=content)
        self.assertLess(len(queries), 20)
        self.assertEqual(len(self.events()), 1 + 2000)


class ValuesTests(ImportTestCase):
    def test_values_of_any_bytes_under_names_that_are_paths(self) -> None:
        brought = {"api-keys/stripe": b"\0\xff", "db/password": "clé".encode(), "EMPTY": b""}
        done = import_values(actor=self.owner(), environment=self.development, values=brought)
        self.assertEqual(done.preview.new, ("api-keys/stripe", "db/password", "EMPTY"))
        self.assertEqual(self.values(), brought)

    def test_one_that_cannot_be_stored_stops_all(self) -> None:
        for name in BAD_NAMES:
            with self.subTest(name), self.assertRaises(Invalid) as refused:
                import_values(actor=self.owner(), environment=self.development, values={"A": b"1", name: b"x"})
            self.assertEqual(refused.exception.extra["field"], "name")
        for values in ({"A": b"1", "B": b"x" * (LIMIT + 1)}, {f"N{n}": b"" for n in range(2001)}):
            with self.assertRaises(Invalid):
                import_values(actor=self.owner(), environment=self.development, values=values)
        self.assertFalse(Secret.objects.exists())

    def test_the_system_imports_too(self) -> None:
        from keyvault.actor import system

        import_values(actor=system("keys import-fernet"), environment=self.development, values={"A": b"1"})
        [request, _] = self.assertEvents("secret:import", "secret:create")
        self.assertEqual((request.actor_type, request.org_id), ("system", self.acme.pk))
