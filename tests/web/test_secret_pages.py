"""The screens of projects and secrets: what they show to whom, what they do, and what they never hold."""

from django.test import Client
from django.urls import reverse

from accounts.models import User
from keyvault.actor import Verb
from keyvault.secrets.models import Project, Secret
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.accounts.factors import STEP_UP, give_authenticator, give_password, verified
from tests.secrets.scene import KEY, OTHER, KeysTestCase
from tests.web.scene import browser, page, queries

SHOP = "/o/acme/p/shop"
DEV, PROD = f"{SHOP}/e/development", f"{SHOP}/e/production"
HTMX = {"hx-request": "true", "hx-current-url": f"http://testserver{SHOP}/"}


class Screens(KeysTestCase):
    def stepped_up(self, user: User) -> Client:
        return verified(user, give_authenticator(give_password(user)))


class ProjectTests(Screens):
    def test_a_new_project_comes_with_three_environments(self) -> None:
        made = browser(self.adam).post("/o/acme/p/new", {"name": "Billing", "note": "Invoices"})
        self.assertRedirects(made, "/o/acme/p/billing/", fetch_redirect_response=False)
        self.assertContains(browser(self.adam).get("/o/acme/p/billing/"), "No secrets yet")
        self.assertEqual(Project.objects.get(slug="billing").environments.count(), 3)

    def test_a_name_in_use_is_said_at_the_form(self) -> None:
        answer = browser(self.adam).post("/o/acme/p/new", {"name": "Shop", "slug": "shop"})
        self.assertContains(answer, "There is a project shop already.", status_code=422)

    def test_names_and_environments_are_changed_and_an_empty_project_is_deleted_by_its_name(self) -> None:
        client = browser(self.adam)
        client.post(f"{SHOP}/settings", {"name": "The shop", "note": ""})
        client.post(f"{SHOP}/settings/environments", {"slug": "preview", "tier": "dev"})
        client.post(f"{SHOP}/e/preview/settings", {"name": "Preview", "protected": "on"})
        self.assertContains(client.get(f"{SHOP}/settings"), "Preview")
        client.post(f"{SHOP}/e/preview/deletion")
        self.assertNotContains(client.get(f"{SHOP}/settings"), "name-preview")
        self.assertEqual(client.post(f"{SHOP}/deletion", {"typed": "The shop"}).status_code, 422)
        self.assertRedirects(client.post(f"{SHOP}/deletion", {"typed": "shop"}), "/o/acme/")

    def test_who_lifts_protection_is_led_through_the_step_up(self) -> None:
        self.shop.environments.filter(slug="staging").update(protected=True)
        refused = browser(self.olivia).post(f"{SHOP}/e/staging/settings", {"name": "Staging"})
        self.assertContains(refused, STEP_UP, status_code=403)


class MatrixTests(Screens):
    def test_a_row_for_each_name_and_a_cell_for_each_environment(self) -> None:
        self.stored("STRIPE_KEY")
        self.stored("SENTRY_DSN", OTHER, self.staging)
        shown = browser(self.olivia).get(f"{SHOP}/")
        self.assertContains(shown, "STRIPE_KEY")
        self.assertContains(shown, f"{SHOP}/new-secret?env=production&amp;name=STRIPE_KEY")
        self.assertNotContains(shown, KEY)
        self.assertEqual(self.rows(browser(self.olivia), "?show=missing"), ["SENTRY_DSN", "STRIPE_KEY"])

    def test_rows_are_chosen_by_words_by_what_is_due_and_by_equal_values(self) -> None:
        self.stored("STRIPE_KEY")
        self.stored("STRIPE_KEY", KEY, self.staging)
        due = self.stored("OLD_KEY", OTHER)
        Secret.objects.filter(pk=due.pk).update(rotate_by="2020-01-01", note="for the mailer")
        client = browser(self.olivia)
        self.assertEqual(self.rows(client, "?q=stripe"), ["STRIPE_KEY"])
        self.assertEqual(self.rows(client, "?q=MAILER"), ["OLD_KEY"])
        self.assertEqual(self.rows(client, "?show=due"), ["OLD_KEY"])
        self.assertEqual(self.rows(client, "?show=same"), ["STRIPE_KEY"])
        self.assertContains(client.get(f"{SHOP}/?q=nothing"), "No secret matches “nothing”")

    def test_an_equal_value_is_told_only_to_who_may_read_both_sides(self) -> None:
        self.stored("STRIPE_KEY")
        self.stored("STRIPE_KEY", KEY, self.production)
        self.assertEqual(self.rows(browser(self.olivia), "?show=same"), [])
        self.let(self.olivia, Verb.READ, environment=self.production)
        self.assertEqual(self.rows(browser(self.olivia), "?show=same"), [])
        client = self.stepped_up(self.olivia)
        self.assertEqual(self.rows(client, "?show=same"), ["STRIPE_KEY"])
        self.assertContains(client.get(f"{SHOP}/"), "shares a value with one that is not")

    def test_a_viewer_sees_the_names_of_the_grant_and_locks_elsewhere(self) -> None:
        for name in ("api-keys/stripe", "OTHER"):
            self.stored(name)
        self.assertEqual(browser(self.vera).get(f"{SHOP}/").status_code, 403)
        self.let(self.vera, Verb.LIST, environment=self.development, prefix="api-keys/*")
        shown = browser(self.vera).get(f"{SHOP}/")
        self.assertContains(shown, "api-keys/stripe")
        self.assertNotContains(shown, "OTHER")
        self.assertContains(shown, "No access", count=2)
        self.assertNotContains(shown, "Add secret")

    def test_one_environment_as_a_list_and_the_part_for_htmx(self) -> None:
        self.stored("STRIPE_KEY")
        client = browser(self.olivia)
        self.assertContains(client.get(f"{SHOP}/?view=development"), "olivia@acme.example")
        part = client.get(f"{SHOP}/?q=stripe", headers=HTMX)
        self.assertEqual(page(part).all("html"), [])
        self.assertContains(part, "1 of 1 shown")

    def test_as_many_queries_for_sixty_names_as_for_two(self) -> None:
        client = browser(self.olivia)
        for number in range(2):
            self.stored(f"KEY_{number}", f"{KEY}{number}")
        client.get(f"{SHOP}/")
        few = [queries(client, f"{SHOP}/{view}") for view in ("", "?view=development", "access")]
        for number in range(2, 60):
            self.stored(f"KEY_{number}", f"{KEY}{number}")
        self.assertEqual([queries(client, f"{SHOP}/{view}") for view in ("", "?view=development", "access")], few)
        self.assertContains(client.get(f"{SHOP}/"), "30 of 60 shown")

    def rows(self, client: Client, query: str) -> list[str]:
        return [row.name for row in client.get(f"{SHOP}/{query}").context["rows"]]


class StoringTests(Screens):
    def test_a_secret_is_stored_and_read_by_nobody_who_looks_at_its_page(self) -> None:
        client = browser(self.olivia)
        form = {"environment": "staging", "name": "api-keys/stripe", "value": f"{KEY}\r\nsecond", "note": "Payments"}
        made = client.post(f"{SHOP}/new-secret", form)
        self.assertRedirects(made, f"{SHOP}/s/api-keys/stripe?env=staging", fetch_redirect_response=False)
        self.assertEqual(self.read(Secret.objects.get()), f"{KEY}\nsecond".encode())
        self.assertNotContains(client.get(made["Location"]), KEY)

    def test_fields_are_typed_as_lines(self) -> None:
        form = {"environment": "staging", "name": "smtp", "value": "user=a\npassword=b", "fields_of": "on"}
        browser(self.olivia).post(f"{SHOP}/new-secret", form)
        self.assertEqual(self.read(Secret.objects.get()), b'{"password":"b","user":"a"}')
        wrong = browser(self.olivia).post(f"{SHOP}/new-secret", form | {"name": "two", "value": "no line"})
        self.assertContains(wrong, "Line 1:", status_code=422)

    def test_a_bad_name_and_a_name_in_use_are_said_at_the_field(self) -> None:
        self.stored("TAKEN")
        client = browser(self.olivia)
        for name, said in (("../etc/passwd", "One or more segments"), ("TAKEN", "has a secret TAKEN already")):
            answer = client.post(f"{SHOP}/new-secret", {"environment": "development", "name": name, "value": "v"})
            self.assertContains(answer, said, status_code=422)
        self.assertEqual(Secret.objects.count(), 1)

    def test_a_developer_with_paths_adds_below_them_alone(self) -> None:
        self.let(self.dev, Verb.ADD, environment=self.staging, prefix="team/*")
        client = browser(self.dev)
        client.get(f"{SHOP}/new-secret")
        form = {"environment": "staging", "value": "v"}
        self.assertEqual(client.post(f"{SHOP}/new-secret", form | {"name": "team/one"}).status_code, 302)
        self.assertEqual(client.post(f"{SHOP}/new-secret", form | {"name": "other"}).status_code, 403)
        refused = client.post(f"{SHOP}/new-secret", form | {"name": "team/x", "environment": "production"})
        self.assertEqual(refused.status_code, 422)

    def test_the_same_value_and_one_that_moved_on_are_refused_with_a_sentence(self) -> None:
        secret = self.stored("STRIPE_KEY")
        client = browser(self.olivia)
        same = client.post(f"{DEV}/version/STRIPE_KEY", {"value": KEY, "expected": "1"})
        self.assertContains(same, "This is the current value already.", status_code=422)
        rotate_secret(actor=self.actor(self.adam), secret=secret, value=Value.text(OTHER))
        late = client.post(f"{DEV}/version/STRIPE_KEY", {"value": "mine", "expected": "1"})
        self.assertContains(late, "Version 2 was saved while you were typing.", status_code=422)
        self.assertEqual(self.read(secret), OTHER.encode())
        done = client.post(f"{DEV}/version/STRIPE_KEY", {"value": "mine", "expected": "2"})
        self.assertEqual((done.status_code, self.read(secret)), (302, b"mine"))

    def test_note_owner_and_date_are_changed(self) -> None:
        secret = self.stored("STRIPE_KEY")
        owner = str(self.membership(self.dev).pk)
        form = {"note": "Payments", "owner": owner, "rotate_by": "2030-01-01", "kind": "secret", "variable": ""}
        self.assertEqual(browser(self.olivia).post(f"{DEV}/about/STRIPE_KEY", form).status_code, 302)
        secret.refresh_from_db()
        self.assertEqual((secret.note, str(secret.owner_id)), ("Payments", owner))
        self.assertContains(browser(self.olivia).get(f"{SHOP}/s/STRIPE_KEY"), "1 January 2030")


class RevealTests(Screens):
    def test_a_value_is_shown_in_the_answer_to_a_post_and_its_event_is_named(self) -> None:
        self.stored("STRIPE_KEY")
        client = browser(self.olivia)
        self.forget_events()
        shown = client.post(f"{DEV}/reveal/STRIPE_KEY", headers=HTMX)
        [event] = self.assertEvents("secret:reveal")
        self.assertContains(shown, KEY)
        self.assertContains(shown, str(event.id))
        self.assertIn("no-store", shown["Cache-Control"])
        whole = browser(self.olivia).post(f"{DEV}/reveal/STRIPE_KEY")
        self.assertContains(whole, KEY)
        self.assertEqual(len(page(whole).all("html")), 1)

    def test_it_is_never_in_an_address_a_title_or_an_attribute(self) -> None:
        self.stored("STRIPE_KEY")
        shown = page(browser(self.olivia).post(f"{DEV}/reveal/STRIPE_KEY"))
        self.assertEqual([name for name, given in shown.tags if any(KEY in value for value in given.values())], [])

    def test_a_get_reveals_nothing(self) -> None:
        self.stored("STRIPE_KEY")
        for road in ("reveal", "copy", "comparison"):
            self.assertEqual(browser(self.olivia).get(f"{DEV}/{road}/STRIPE_KEY").status_code, 405)

    def test_copying_is_recorded_as_copying_and_answers_with_the_value_alone(self) -> None:
        self.stored("STRIPE_KEY")
        client = browser(self.olivia)
        self.forget_events()
        copied = client.post(f"{DEV}/copy/STRIPE_KEY", headers=HTMX)
        [event] = self.assertEvents("secret:reveal")
        self.assertIn(b'"copied":true', bytes(event.entry))
        self.assertEqual((copied.content, copied["Content-Type"]), (KEY.encode(), "text/plain; charset=utf-8"))
        self.assertIn("no-store", copied["Cache-Control"])

    def test_production_takes_a_grant_and_a_second_factor_just_shown(self) -> None:
        self.stored("STRIPE_KEY", KEY, self.production)
        refused = browser(self.olivia).post(f"{PROD}/reveal/STRIPE_KEY", headers=HTMX)
        self.assertContains(refused, "grant", status_code=403)
        self.let(self.olivia, Verb.READ, environment=self.production)
        led = browser(self.olivia).post(f"{PROD}/reveal/STRIPE_KEY", headers=HTMX)
        self.assertEqual((led.status_code, led.content), (401, b""))
        self.assertTrue(led["HX-Redirect"].startswith(STEP_UP))
        client = self.stepped_up(self.olivia)
        self.assertContains(client.post(f"{PROD}/reveal/STRIPE_KEY", headers=HTMX), KEY)

    def test_production_asks_what_for_where_the_policy_says_so(self) -> None:
        self.acme.require_reason_in_production = True
        self.acme.save()
        self.stored("STRIPE_KEY", KEY, self.production)
        self.let(self.olivia, Verb.READ, environment=self.production)
        client = self.stepped_up(self.olivia)
        self.assertEqual(client.post(f"{PROD}/reveal/STRIPE_KEY").status_code, 422)
        self.forget_events()
        shown = client.post(f"{PROD}/reveal/STRIPE_KEY", {"reason": "the nightly job fails"})
        self.assertContains(shown, KEY)
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(event.reason, "the nightly job fails")

    def test_who_may_not_read_learns_nothing_and_is_recorded(self) -> None:
        self.stored("STRIPE_KEY")
        client = browser(self.dev)
        self.forget_events()
        refused = client.post(f"{DEV}/reveal/STRIPE_KEY")
        self.assertNotContains(refused, KEY, status_code=403)
        self.assertEqual(client.post(f"{DEV}/reveal/NOTHING").status_code, 403)
        self.assertEvents("secret:reveal:denied", "secret:reveal:denied")
        self.assertEqual(browser(self.mallory).post(f"{DEV}/reveal/STRIPE_KEY").status_code, 404)

    def test_what_is_in_a_value_is_text_and_no_markup(self) -> None:
        self.stored("XSS", "<script>alert(1)</script>")
        shown = browser(self.olivia).post(f"{DEV}/reveal/XSS", headers=HTMX)
        self.assertContains(shown, "&lt;script&gt;")
        self.assertNotContains(shown, "<script>")


class VersionTests(Screens):
    def two_versions(self) -> Secret:
        secret = self.stored("STRIPE_KEY")
        rotate_secret(actor=self.owner(), secret=secret, value=Value.text(OTHER))
        return secret

    def test_an_old_version_is_restored(self) -> None:
        secret = self.two_versions()
        browser(self.olivia).post(f"{DEV}/restoration/STRIPE_KEY", {"version": "1"})
        self.assertEqual(self.read(secret), KEY.encode())
        self.assertEqual(browser(self.olivia).post(f"{DEV}/restoration/STRIPE_KEY", {"version": "x"}).status_code, 404)

    def test_two_versions_are_compared_as_two_reads(self) -> None:
        self.two_versions()
        client = browser(self.olivia)
        self.forget_events()
        shown = client.post(f"{DEV}/comparison/STRIPE_KEY", {"version": "1"})
        self.assertContains(shown, KEY)
        self.assertContains(shown, OTHER)
        self.assertEvents("secret:reveal", "secret:reveal")

    def test_a_version_is_erased_by_typing_the_name(self) -> None:
        secret = self.two_versions()
        client = browser(self.olivia)
        self.assertContains(client.get(f"{DEV}/erasure/STRIPE_KEY?version=1"), "Erase version 1?")
        self.assertEqual(client.post(f"{DEV}/erasure/STRIPE_KEY", {"version": "1", "typed": "no"}).status_code, 422)
        self.assertIsNone(secret.versions.get(version=1).destroyed_at)
        client.post(f"{DEV}/erasure/STRIPE_KEY", {"version": "1", "typed": "STRIPE_KEY"})
        self.assertIsNone(secret.versions.get(version=1).envelope)
        self.assertContains(client.get(f"{SHOP}/s/STRIPE_KEY"), "Erased")

    def test_it_says_who_reads_and_that_an_old_version_is_still_read(self) -> None:
        secret = self.two_versions()
        client = browser(self.olivia)
        client.post(f"{DEV}/reveal/STRIPE_KEY", {"version": "1"})
        shown = client.get(f"{SHOP}/s/STRIPE_KEY?env=development")
        self.assertContains(shown, "still on v1")
        self.assertNotContains(browser(self.dev).get(f"{SHOP}/s/{secret.name}"), "Who reads it")


class RemovingTests(Screens):
    def test_deleted_with_one_click_outside_production_and_brought_back(self) -> None:
        secret = self.stored("STRIPE_KEY")
        client = browser(self.olivia)
        gone = client.post(f"{DEV}/delete/STRIPE_KEY")
        self.assertContains(client.get(gone["Location"]), "It is deleted here.")
        client.post(f"{DEV}/undeletion/STRIPE_KEY")
        secret.refresh_from_db()
        self.assertIsNone(secret.deleted_at)

    def test_in_production_the_name_is_typed(self) -> None:
        secret = self.stored("STRIPE_KEY", KEY, self.production)
        client = browser(self.olivia)
        self.assertEqual(client.post(f"{PROD}/delete/STRIPE_KEY").status_code, 422)
        secret.refresh_from_db()
        self.assertIsNone(secret.deleted_at)
        self.assertEqual(client.post(f"{PROD}/delete/STRIPE_KEY", {"typed": "STRIPE_KEY"}).status_code, 302)


class ImportTests(Screens):
    ENV = f'# shop\nSTRIPE_KEY={KEY}\nexport NEW_KEY="{OTHER}"\nBROKEN LINE\n'

    def test_it_is_looked_at_and_then_stored_as_one_change(self) -> None:
        self.stored("STRIPE_KEY")
        client = browser(self.olivia)
        form = {"environment": "development", "content": self.ENV}
        shown = client.post(f"{SHOP}/import", form)
        for said in ("1 new", "1 unchanged", "Line 4 cannot be read"):
            self.assertContains(shown, said)
        self.assertEqual(Secret.objects.count(), 1)
        self.assertRedirects(client.post(f"{SHOP}/import", form | {"apply": "1"}), f"{SHOP}/")
        self.assertEqual(self.read(Secret.objects.get(name="NEW_KEY")), OTHER.encode())

    def test_nothing_readable_and_nothing_at_all(self) -> None:
        client = browser(self.olivia)
        self.assertEqual(client.post(f"{SHOP}/import", {"environment": "staging", "content": " "}).status_code, 422)
        comments = client.post(f"{SHOP}/import", {"environment": "staging", "content": "# nothing"})
        self.assertContains(comments, "Nothing to import")
        self.assertNotContains(comments, "Import secrets")

    def test_a_member_without_the_verb_is_refused_and_nothing_is_written(self) -> None:
        refused = browser(self.dev).post(f"{SHOP}/import", {"environment": "staging", "content": self.ENV})
        self.assertNotContains(refused, KEY, status_code=403)
        self.assertFalse(Secret.objects.exists())


class AccessTests(Screens):
    def test_every_cell_says_what_and_by_which_right(self) -> None:
        self.let(self.dev, Verb.READ, environment=self.production)
        shown = browser(self.olivia).get(f"{SHOP}/access")
        for said in ("by role", "by grant", "No access", "Vera"):
            self.assertContains(shown, said)
        own = browser(self.dev).get(f"{SHOP}/access")
        self.assertNotContains(own, "Vera")
        self.assertNotContains(own, "Grant access")

    def test_a_grant_is_given_and_taken_back(self) -> None:
        client = browser(self.adam)
        form = {"holder": f"m:{self.membership(self.dev).pk}", "environment": "staging", "verbs": ["list", "read"]}
        client.post(f"{SHOP}/access/grants", form)
        held = self.shop.grants.get()
        self.assertEqual((held.verbs, held.environment), (["list", "read"], self.staging))
        client.post(f"{SHOP}/access/grants/{held.pk}/end")
        self.assertFalse(self.shop.grants.exists())

    def test_reading_production_is_granted_by_owners_who_have_stepped_up(self) -> None:
        form = {"holder": f"m:{self.membership(self.dev).pk}", "environment": "production", "verbs": ["read"]}
        self.assertEqual(browser(self.adam).post(f"{SHOP}/access/grants", form).status_code, 403)
        self.assertContains(browser(self.olivia).post(f"{SHOP}/access/grants", form), STEP_UP, status_code=403)
        self.assertFalse(self.shop.grants.exists())
        self.stepped_up(self.olivia).post(f"{SHOP}/access/grants", form)
        self.assertTrue(self.shop.grants.exists())


class OutsideTests(Screens):
    def test_no_screen_of_a_project_opens_to_another_organization(self) -> None:
        self.stored("STRIPE_KEY")
        client = browser(self.mallory)
        for name in ("project", "import-secrets", "use-in-code", "project-access", "project-settings", "new-secret"):
            with self.subTest(name):
                self.assertEqual(client.get(reverse(name, args=["acme", "shop"])).status_code, 404)
                self.assertEqual(client.get(reverse(name, args=["evil-corp", "shop"])).status_code, 404)
        for name in ("reveal", "copy-value", "compare-versions", "restore-version", "undelete-secret", "delete-secret"):
            with self.subTest(name):
                address = reverse(name, args=["evil-corp", "shop", "development", "STRIPE_KEY"])
                self.assertEqual(client.post(address, {"version": "1"}).status_code, 404)

    def test_examples_hold_addresses_and_no_value(self) -> None:
        self.stored("STRIPE_KEY")
        shown = browser(self.dev).get(f"{SHOP}/code?env=staging&name=STRIPE_KEY")
        self.assertContains(shown, "/api/v1/projects/shop/environments/staging/values/STRIPE_KEY")
        self.assertNotContains(shown, KEY)
