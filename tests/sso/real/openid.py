"""The OpenID provider under Node, and a person's browser there."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from tests.node import installed

PACKAGE = "oidc-provider@9.13.3"
_SCRIPT = Path(__file__).with_name("provider.mjs")


@contextmanager
def openid_provider(callback: str, auth_method: str) -> Iterator[str]:
    """Gives its issuer. Skips the test where there is no Node, or no registry to install it from."""
    folder = installed(PACKAGE)
    shutil.copy(_SCRIPT, folder)
    environment = {"PATH": os.environ["PATH"], "CALLBACK": callback, "AUTH_METHOD": auth_method}
    with subprocess.Popen(
        ["node", "provider.mjs"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.kill()


class Visitor:
    """A browser at the provider: signs in where it is asked to, consents, and is sent back.

    It keeps its session there; ``typed`` counts the times that it was asked for credentials.
    """

    def __init__(self) -> None:
        self.typed = 0
        self._session = requests.Session()
        self._session.trust_env = False

    def sign_in(self, url: str, login: str) -> dict[str, str]:
        """The query that it comes back with."""
        answer = self._follow(self._session.get(url, allow_redirects=False))
        for _ in range(4):
            back = self._way_back(answer)
            if back:
                return back
            form = {"login": login, "password": "any"} if 'name="login"' in answer.text else {}
            prompt = "login" if form else "consent"
            self.typed += bool(form)
            action = re.search(r'<form[^>]+action="([^"]+)"', answer.text)
            assert action, answer.text
            target = urljoin(answer.url, action[1])
            answer = self._follow(self._session.post(target, {"prompt": prompt, **form}, allow_redirects=False))
        raise AssertionError("the provider never sent the browser back")

    def _follow(self, answer: requests.Response) -> requests.Response:
        while answer.is_redirect and "/callback" not in answer.headers["Location"]:
            answer = self._session.get(urljoin(answer.url, answer.headers["Location"]), allow_redirects=False)
        return answer

    def _way_back(self, answer: requests.Response) -> dict[str, str]:
        location = answer.headers.get("Location", "")
        return dict(parse_qsl(urlsplit(location).query)) if "/callback" in location else {}
