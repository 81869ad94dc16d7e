"""TLS that a proxy ended counts when the proxy is trusted, and never on the word of anybody else."""

from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, SimpleTestCase, override_settings

from keyvault.scheme import ProxiedScheme


def is_secure(peer: str, **headers: str) -> bool:
    seen: list[bool] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.is_secure())
        return HttpResponse()

    ProxiedScheme(view)(RequestFactory().get("/", REMOTE_ADDR=peer, headers=headers))
    return seen.pop()


@override_settings(KEYVAULT_TRUSTED_PROXIES=["172.16.0.0/12", "2001:db8::5"])
class SchemeTests(SimpleTestCase):
    def test_a_trusted_proxy_is_believed(self) -> None:
        for peer in ("172.18.0.1", "::ffff:172.18.0.1", "2001:db8::5"):
            self.assertTrue(is_secure(peer, X_Forwarded_Proto="https"), peer)

    def test_nobody_else_is(self) -> None:
        for peer in ("203.0.113.9", "127.0.0.1", "2001:db8::6", "", "unix"):
            self.assertFalse(is_secure(peer, X_Forwarded_Proto="https"), peer)

    def test_a_trusted_proxy_that_was_spoken_to_in_the_clear_says_so(self) -> None:
        for said in ("http", "https,http", "HTTPS", ""):
            self.assertFalse(is_secure("172.18.0.1", X_Forwarded_Proto=said), said)
        self.assertFalse(is_secure("172.18.0.1"))


@override_settings(KEYVAULT_TRUSTED_PROXIES=["172.16.0.0/12"], SECURE_SSL_REDIRECT=True, SECURE_REDIRECT_EXEMPT=[])
class RedirectTests(SimpleTestCase):
    def test_behind_the_proxy_a_request_is_answered_and_not_sent_round_in_circles(self) -> None:
        address = "/healthz"
        through = self.client.get(address, REMOTE_ADDR="172.18.0.1", headers={"X-Forwarded-Proto": "https"})
        spoofed = self.client.get(address, REMOTE_ADDR="203.0.113.9", headers={"X-Forwarded-Proto": "https"})
        self.assertEqual(through.status_code, 200)
        self.assertEqual((spoofed.status_code, spoofed["Location"]), (301, "https://testserver/healthz"))
