"""The audit log in the console: who sees it, what it tells, how it is filtered and taken away."""

import json
from dataclasses import replace

from audit.models import Event
from keyvault.actor import Origin
from keyvault.secrets.services.revealing import reveal_secret
from tests.api.scene import ApiTestCase
from tests.audit.sealed import SealedTestCase
from tests.cast import owner_of
from tests.web.scene import browser, page, queries

LOG = "/o/acme/audit"


class AuditLogTests(ApiTestCase):
    def read_one(self) -> Event:
        reveal_secret(actor=self.actor(self.olivia), secret=self.stripe)
        return Event.objects.filter(action="secret:reveal", org_id=self.acme.pk).latest("id")

    def test_owners_and_admins_see_it_and_nobody_else(self) -> None:
        for who, status in ((self.olivia, 200), (self.adam, 200), (self.dev, 403), (self.vera, 403)):
            for address in (LOG, f"{LOG}/export"):
                with self.subTest(who=who, address=address):
                    self.assertEqual(browser(who).get(address).status_code, status)
        self.assertEqual(browser(self.mallory).get(LOG).status_code, 404)
        self.assertIn("Location", browser().get(LOG).headers)

    def test_it_says_who_did_what_to_what_and_where(self) -> None:
        self.read_one()
        shown = browser(self.olivia).get(LOG)
        for text in ("olivia@acme.example", "api-keys/stripe", "Shop, Development", "signed in"):
            self.assertIn(text.lower(), shown.content.decode().lower())

    def test_looking_is_an_event_with_what_was_asked(self) -> None:
        client = browser(self.olivia)
        self.forget_events()
        client.get(LOG, {"q": "stripe", "kind": "secrets"})
        [event] = self.assertEvents("event:list")
        self.assertEqual(event.document["details"]["by"], ["q"])
        self.assertNotIn(b"stripe", bytes(event.entry))

    def test_words_find_persons_secrets_tokens_addresses_and_numbers(self) -> None:
        event = self.read_one()
        found = {
            "olivia@": True,
            "api-keys/str": True,
            str(event.pk): True,
            str(event.request_id): True,
            "nobody": False,
        }
        for words, expected in found.items():
            with self.subTest(words):
                shown = browser(self.adam).get(LOG, {"q": words, "kind": "secrets", "group": "off"})
                self.assertEqual("api-keys/stripe" in shown.content.decode().replace(f'value="{words}"', ""), expected)

    def test_what_is_no_choice_is_not_asked(self) -> None:
        odd = {"kind": "'; --", "outcome": "x", "days": "-1", "before": "%00", "q": "\0" * 3 + "x" * 5000}
        self.assertEqual(browser(self.olivia).get(LOG, odd).status_code, 200)

    def test_like_reads_in_a_row_are_one_line_with_their_number(self) -> None:
        for _ in range(5):
            self.read_one()
        chosen = {"kind": "secrets", "q": "stripe"}
        self.assertContains(browser(self.olivia).get(LOG, chosen), "5 times")
        self.assertNotContains(browser(self.olivia).get(LOG, chosen | {"group": "off"}), "5 times")

    def test_as_many_queries_for_many_events_as_for_few(self) -> None:
        client = browser(self.olivia)
        self.read_one()
        client.get(LOG)
        few = queries(client, LOG)
        for _ in range(20):
            self.read_one()
        self.assertEqual(queries(client, LOG + "?group=off"), few)

    def test_pages_follow_each_other_without_a_gap(self) -> None:
        made = {str(self.read_one().pk) for _ in range(70)}
        seen: set[str] = set()
        address = f"{LOG}?kind=secrets&group=off&q=stripe"
        while address:
            shown = page(browser(self.olivia).get(address))
            links = [each["href"] for each in shown.all("a") if each.get("href", "").startswith(f"{LOG}/0")]
            self.assertFalse(seen & set(links))
            seen |= set(links)
            address = next((LOG + each["href"] for each in shown.all("a") if "before=" in each.get("href", "")), "")
        self.assertLessEqual({f"{LOG}/{each}" for each in made}, seen)

    def test_one_event_shows_all_it_says_and_its_receipt(self) -> None:
        event = self.read_one()
        shown = browser(self.olivia).get(f"{LOG}/{event.pk}")
        self.assertContains(shown, str(event.receipt))
        self.assertEqual(json.loads(page(shown).texts["entry"]), event.document)

    def test_one_event_tells_of_the_others_of_its_request(self) -> None:
        actor = replace(self.actor(self.olivia), origin=Origin())
        reveal_secret(actor=actor, secret=self.stripe)
        event = Event.objects.filter(action="secret:reveal", org_id=self.acme.pk).latest("id")
        self.assertNotContains(browser(self.olivia).get(f"{LOG}/{event.pk}"), "other event")
        reveal_secret(actor=actor, secret=self.stripe)
        self.assertContains(browser(self.olivia).get(f"{LOG}/{event.pk}"), "and 1 other event of it within an hour")

    def test_an_event_of_others_is_not_found(self) -> None:
        other = Event.objects.filter(org_id=self.evil_corp.pk).latest("id")
        for address in (f"{LOG}/{other.pk}", f"{LOG}/{self.acme.pk}"):
            self.assertEqual(browser(self.olivia).get(address).status_code, 404)
        self.assertNotContains(browser(self.olivia).get(LOG, {"q": str(other.pk), "days": "all"}), f"{LOG}/{other.pk}")

    def test_a_name_that_is_markup_stays_text(self) -> None:
        self.olivia.email = "<img/src=x>@acme.example"
        self.olivia.save()
        self.read_one()
        self.assertNotContains(browser(self.adam).get(LOG), "<img/src=x>")

    def test_the_export_is_an_event(self) -> None:
        client = browser(self.olivia)
        self.forget_events()
        answer = client.post(f"{LOG}/export", {"format": "csv"})
        self.assertEqual(answer["Content-Disposition"], 'attachment; filename="acme-audit.csv"')
        [event] = self.assertEvents("event:list")
        self.assertEqual(event.document["details"], {"of": "export", "format": "csv"})

    def test_an_unknown_format_is_refused(self) -> None:
        self.assertEqual(browser(self.olivia).post(f"{LOG}/export", {"format": "exe"}).status_code, 422)


class SealedLogTests(SealedTestCase):
    """On a database of its own, because what is sealed can never be taken back."""

    def test_what_is_sealed_is_said_and_can_be_taken_away(self) -> None:
        olivia, acme = owner_of("olivia@acme.example", "Olivia", "Acme", "acme")
        client = browser(olivia)
        self.assertContains(client.get(LOG), "Nothing is sealed yet.")
        self.seal()
        self.assertContains(client.get(LOG), "The log is sealed.")
        lines = list(client.post(f"{LOG}/export", {"format": "jsonl"}).streaming_content)  # type: ignore[attr-defined]
        self.assertIn("organization:create", [json.loads(line)["entry"]["action"] for line in lines])
        self.assertEqual({json.loads(line)["entry"]["org"]["id"] for line in lines}, {str(acme.pk)})
