"""Reading values through the API: the answer, its headers, the event, and what is refused."""

from unittest import mock

from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyvault.actor import Verb
from keyvault.errors import Unavailable
from keyvault.secrets.values import Value
from orgs.services.policies import change_policy
from tests.api.scene import DEVELOPMENT, KEY, PRODUCTION, ApiTestCase

STRIPE = f"{DEVELOPMENT}/values/api-keys/stripe"
ELSEWHERE = "token-is-for-another-environment"


class OneValueTests(ApiTestCase):
    def test_a_service_token_reads_a_value_and_gets_a_receipt(self) -> None:
        response = self.get("ci", STRIPE)
        self.assertEqual(response.status_code, 200, response.content)
        self.assertEqual(
            response.json(),
            {
                "name": "api-keys/stripe",
                "type": "text",
                "value": KEY,
                "version": 2,
                "environment": "development",
                "project": "shop",
            },
        )
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(response["KeyVault-Audit"], str(event.receipt))
        self.assertEqual(response["X-Request-Id"], str(event.request_id))
        self.assertEqual((event.version, str(event.address)), (2, "127.0.0.1"))
        self.assertEqual(response["Cache-Control"], "no-store")
        self.assertEqual(response["Content-Type"], "application/json")

    def test_an_earlier_version(self) -> None:
        self.assertEqual(self.get("ci", f"{STRIPE}?version=1").json()["value"], "sk_test_the_first")
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(event.version, 1)

    def test_a_version_that_was_never_given(self) -> None:
        self.assertRefused(self.get("ci", f"{STRIPE}?version=3"), 404, "no-such-version")
        for version in ("0", "-1", "x", "1.5", str(2**31), "9" * 50, ""):
            self.assertRefused(self.get("ci", f"{STRIPE}?version={version}"), 422, "invalid")

    def test_fields_and_bytes(self) -> None:
        self.stored("smtp", Value.fields({"user": "shop", "password": "pä\nss"}))
        self.stored("seed", Value.binary(b"\x00\xff\xfe"))
        fields = self.get("ci", f"{DEVELOPMENT}/values/smtp").json()
        self.assertEqual((fields["type"], fields["fields"]), ("fields", {"password": "pä\nss", "user": "shop"}))
        seed = self.get("ci", f"{DEVELOPMENT}/values/seed").json()
        self.assertEqual((seed["type"], seed["value_base64"]), ("binary", "AP/+"))
        self.assertNotIn("value", seed)

    def test_every_character_arrives_as_it_was_stored(self) -> None:
        text = "".join(map(chr, [*range(1, 0xD800, 7), *range(0xE000, 0xFFFE, 97)])) + '\u2028\U0001f511\\"</script>'
        self.assertEqual(self.post("olivia", f"{DEVELOPMENT}/secrets", {"name": "odd", "value": text}).status_code, 201)
        self.assertEqual(self.get("ci", f"{DEVELOPMENT}/values/odd").json()["value"], text)

    def test_another_environment_is_refused_by_rule(self) -> None:
        problem = self.assertRefused(self.get("ci", f"{PRODUCTION}/values/API"), 403, ELSEWHERE)
        self.assertEqual(problem["remedy"], "Use a token of this environment.")
        self.assertEvents("secret:reveal:denied")

    def test_who_may_not_read_does_not_learn_what_exists(self) -> None:
        self.stored("API", Value.text("x"), "production")
        known, unknown = (self.get("dev", f"{PRODUCTION}/values/{name}") for name in ("API", "NOTHING"))
        for response in (known, unknown):
            self.assertRefused(response, 403, "token-may-not-reveal-production")
        self.assertEqual(known.json()["detail"], unknown.json()["detail"])
        self.assertEvents("secret:create", "secret:reveal:denied", "secret:reveal:denied")

    def test_production_is_read_by_a_token_made_for_it(self) -> None:
        self.stored("API", Value.text("live"), "production")
        token = self.of_service("prod", (Verb.READ,), environment=self.production, may_reveal_production=True)
        self.assertEqual(self.get(token, f"{PRODUCTION}/values/API").json()["value"], "live")

    def test_no_event_no_value(self) -> None:
        with mock.patch("keyvault.secrets.reading.record_many", side_effect=Unavailable):
            response = self.get("ci", f"{STRIPE}?version=2")
        self.assertRefused(response, 503, "unavailable")
        self.assertIn("Retry-After", response)
        self.assertNotIn(KEY, response.content.decode())

    def test_a_reason_is_kept_and_can_be_insisted_on(self) -> None:
        change_policy(actor=self.actor(self.olivia, stepped_up=True), org=self.acme, require_reason_in_production=True)
        self.stored("API", Value.text("live"), "production")
        token = self.of_service("prod", (Verb.READ,), environment=self.production, may_reveal_production=True)
        self.assertRefused(self.get(token, f"{PRODUCTION}/values/API"), 422, "reason-required")
        self.forget_events()
        answer = self.get(token, f"{PRODUCTION}/values/API", **{"KeyVault-Reason": "Deploy 42"})
        self.assertEqual(answer.status_code, 200)
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual(event.reason, "Deploy 42")

    def test_a_reason_with_odd_characters_is_refused_or_kept_but_never_fails(self) -> None:
        for reason in ("\x7f", "a\tb", "é", "x" * 201, "Deploy"):
            response = self.get("ci", STRIPE, **{"KeyVault-Reason": reason})
            self.assertIn(response.status_code, (200, 422), reason)

    def test_a_revoked_token_reads_no_more(self) -> None:
        self.assertEqual(self.get("ci", STRIPE).status_code, 200)
        self.call("ci", "PUT", "/api/v1/tokens/self/revocation", {"cause": "done"})
        self.assertRefused(self.get("ci", STRIPE), 401, "token-revoked")
        self.assertEvents("secret:reveal", "token:revoke", "token:authenticate:denied")


class ETagTests(ApiTestCase):
    def test_an_unchanged_value_is_not_sent_again_but_is_recorded_again(self) -> None:
        etag = self.get("ci", STRIPE)["ETag"]
        self.assertEvents("secret:reveal")
        again = self.get("ci", STRIPE, **{"If-None-Match": etag})
        self.assertEqual((again.status_code, again.content), (304, b""))
        [event] = self.assertEvents("secret:reveal")
        self.assertEqual((again["ETag"], again["KeyVault-Audit"]), (etag, str(event.receipt)))

    def test_a_rotation_changes_the_tag(self) -> None:
        etag = self.get("ci", STRIPE)["ETag"]
        self.post("olivia", f"{DEVELOPMENT}/rotations/api-keys/stripe", {"value": "sk_test_rotated"})
        self.assertEqual(self.get("ci", STRIPE, **{"If-None-Match": etag}).json()["value"], "sk_test_rotated")

    def test_who_lost_the_right_is_refused_whatever_it_knows(self) -> None:
        etag = self.get("ci", STRIPE)["ETag"]
        self.call("ci", "PUT", "/api/v1/tokens/self/revocation", {"cause": "done"})
        self.assertRefused(self.get("ci", STRIPE, **{"If-None-Match": etag}), 401, "token-revoked")

    def test_a_star_reveals_nothing_without_an_event(self) -> None:
        self.assertRefused(self.get("ci", f"{PRODUCTION}/values/API", **{"If-None-Match": "*"}), 403, ELSEWHERE)
        self.assertEvents("secret:reveal:denied")

    def test_all_values_have_a_tag_of_their_own(self) -> None:
        values = f"{DEVELOPMENT}/values"
        etag = self.get("ci", values)["ETag"]
        self.assertEqual(self.get("ci", values, **{"If-None-Match": etag}).status_code, 304)
        self.assertEvents("secret:reveal-many", "secret:reveal", "secret:reveal-many", "secret:reveal")
        self.stored("another", Value.text("x"))
        self.assertEqual(self.get("ci", values, **{"If-None-Match": etag}).status_code, 200)


class ManyValuesTests(ApiTestCase):
    def test_all_of_an_environment_in_one_request(self) -> None:
        self.stored("SENTRY_DSN", Value.text("https://x@sentry.example/1"))
        results = self.get("ci", f"{DEVELOPMENT}/values").json()["results"]
        self.assertEqual([each["name"] for each in results], ["SENTRY_DSN", "api-keys/stripe"])
        events = self.events()[1:]
        self.assertEqual([e.action for e in events], ["secret:reveal-many", "secret:reveal", "secret:reveal"])
        self.assertEqual(len({event.request_id for event in events}), 1)
        self.assertEqual([each["receipt"] for each in results], [str(event.receipt) for event in events[1:]])

    def test_a_prefix_narrows_it(self) -> None:
        self.stored("SENTRY_DSN", Value.text("x"))
        results = self.get("ci", f"{DEVELOPMENT}/values?prefix=api-keys/").json()["results"]
        self.assertEqual([each["name"] for each in results], ["api-keys/stripe"])

    def test_some_by_name_all_or_none(self) -> None:
        self.stored("SENTRY_DSN", Value.text("x"))
        self.forget_events()
        answer = self.post("ci", f"{DEVELOPMENT}/values", {"names": ["SENTRY_DSN"]})
        self.assertEqual([each["value"] for each in answer.json()["results"]], ["x"])
        self.assertEvents("secret:reveal-many", "secret:reveal")
        missing = self.post("ci", f"{DEVELOPMENT}/values", {"names": ["SENTRY_DSN", "NOTHING"]})
        self.assertRefused(missing, 404, "no-such-secret")
        self.assertNoEvent("secret:reveal")

    def test_fifty_values_take_as_many_statements_as_two(self) -> None:
        for number in range(2):
            self.stored(f"FEW_{number}", Value.text("x"))
        self.statements(f"{DEVELOPMENT}/values")  # from now on the process knows its keys
        few = self.statements(f"{DEVELOPMENT}/values")
        for number in range(48):
            self.stored(f"MANY_{number}", Value.text(f"y{number}"))
        self.assertEqual(self.statements(f"{DEVELOPMENT}/values"), few)

    def statements(self, path: str) -> int:
        with CaptureQueriesContext(connection) as seen:
            self.assertEqual(self.get("ci", path).status_code, 200)
        return len(seen)

    def test_a_vault_that_cannot_be_opened_says_so_and_nothing_else(self) -> None:
        self.stripe.versions.filter(version=2).update(envelope=b"\x01" * 60)
        self.forget_events()
        response = self.get("ci", STRIPE)
        self.assertRefused(response, 500, "cannot-open")
        self.assertEventsInclude("secret:reveal:error")
