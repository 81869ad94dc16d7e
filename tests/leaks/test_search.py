"""A pasted text: what of it is ours, whose, where it was used; and nothing of it stays anywhere."""

from keyvault.actor import Verb
from keyvault.keyring import ring
from keyvault.secrets import exposure
from keyvault.secrets.services.storing import rotate_secret
from keyvault.secrets.values import Value
from tests.api.scene import KEY, ApiTestCase
from tests.clock import within_a_minute

LEAKS = "/api/v1/leaks"


class SearchTests(ApiTestCase):
    def test_a_token_with_whose_it_is_and_what_to_do(self) -> None:
        found = self.post("olivia", LEAKS, {"text": f"see https://paste.example: KEY={self.tokens['dev']}"}).json()
        [token] = found["tokens"]
        self.assertEqual((token["owner"], token["state"], found["others"]), ("dev@acme.example", "active", 0))
        self.assertEqual(token["acts"]["revoke"], f"/api/v1/tokens/{token['id']}/revocation")
        self.assertNotIn(self.tokens["dev"], str(found))
        revoked = self.call("olivia", "PUT", token["acts"]["revoke"], {"cause": "It was on a paste site"})
        self.assertEqual((revoked.status_code, revoked.json()["state"]), (200, "revoked"))

    def test_a_value_with_its_place_its_exposure_and_what_to_do(self) -> None:
        self.get("ci", "/api/v1/projects/shop/environments/development/values/api-keys/stripe")
        exposure.flush()
        found = self.post("olivia", LEAKS, {"text": f"stripe.api_key = '{KEY}'"}).json()
        [secret] = found["secrets"]
        place = (secret["project"], secret["environment"], secret["name"], secret["version"], secret["current"])
        self.assertEqual(place, ("shop", "development", "api-keys/stripe", 2, True))
        self.assertEqual([(each["kind"], each["last_by"]) for each in secret["exposures"]], [("revealed", "ci")])
        answer = self.post("olivia", secret["acts"]["rotate"], {"value": "sk_test_in_its_place_now"})
        self.assertEqual(answer.status_code, 201)

    def test_an_old_version_is_to_be_erased(self) -> None:
        rotate_secret(actor=self.actor(self.olivia), secret=self.stripe, value=Value.text("sk_test_something_newer"))
        [secret] = self.post("olivia", LEAKS, {"text": KEY}).json()["secrets"]
        self.assertFalse(secret["current"])
        self.assertEqual(self.post("olivia", secret["acts"]["erase"], {"version": secret["version"]}).status_code, 204)
        self.assertEqual(self.post("olivia", LEAKS, {"text": KEY}).json()["secrets"], [])

    def test_what_the_actor_may_not_see_is_a_number(self) -> None:
        narrow = self.of_service("narrow", tuple(Verb), "Narrow", project=self.shop, environment=self.staging)
        found = self.post(narrow, LEAKS, {"text": f"{KEY} {self.tokens['dev']}"}).json()
        self.assertEqual(found, {"tokens": [], "secrets": [], "others": 2})

    def test_another_organization_is_not_even_a_number(self) -> None:
        found = self.post("mallory", LEAKS, {"text": f"{KEY} {self.tokens['dev']}"}).json()
        self.assertEqual(found, {"tokens": [], "secrets": [], "others": 0})

    def test_short_and_guessable_values_are_not_found(self) -> None:
        self.stored("PIN", Value.text("123456"))
        self.stored("DULL", Value.text("aaaaaaaaaaaaaaaa"))
        found = self.post("olivia", LEAKS, {"text": "123456\naaaaaaaaaaaaaaaa"}).json()
        self.assertEqual(found["secrets"], [])

    def test_the_event_has_counts_and_nothing_of_the_text(self) -> None:
        self.forget_events()
        self.post("olivia", LEAKS, {"text": f"needle-in-the-text {KEY} {self.tokens['dev']}"})
        [event] = self.assertEvents("leak:search")
        self.assertEqual(event.document["details"], {"tokens": 1, "secrets": 1, "others": 0})
        for part in ("needle", KEY, self.tokens["dev"]):
            self.assertNotIn(part, str(event.document))

    def test_ten_times_a_minute_whichever_token_asks(self) -> None:
        self.enterContext(within_a_minute())
        other = self.personal(self.olivia, "Another laptop")
        for turn in range(10):
            self.assertEqual(self.post(("olivia", other)[turn % 2], LEAKS, {"text": "x"}).status_code, 200)
        answer = self.assertRefused(self.post(other, LEAKS, {"text": "x"}), 429, "rate-limited")
        self.assertNotIn("text", answer)
        self.assertEqual(self.post("adam", LEAKS, {"text": "x"}).status_code, 200)

    def test_a_refusal_quotes_nothing(self) -> None:
        answer = self.post("olivia", LEAKS, {"text": "needle" * 20_000})
        self.assertEqual(answer.status_code, 422)
        self.assertNotIn(b"needle", answer.content)
        self.assertEqual(self.post("olivia", LEAKS, {"text": ["needle"]}).status_code, 422)
        self.assertEqual(self.post("vera", LEAKS, {"text": "x"}).status_code, 403)

    def test_a_value_under_the_fingerprint_of_another_organization_is_another(self) -> None:
        mine, theirs = (ring.fingerprint(org.pk, KEY.encode()) for org in (self.acme, self.evil_corp))
        self.assertNotEqual(mine, theirs)
