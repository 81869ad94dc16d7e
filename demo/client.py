"""A browser's worth of HTTP: cookies, forms with their CSRF token, and JSON with a bearer token."""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from http.cookiejar import CookieJar
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

_CSRF = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_OPTION = re.compile(r'<option value="([^"]*)"[^>]*>([^<]*)</option>')


class Unreachable(Exception):
    """No server answers at the address."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: str
    headers: Message
    path: str = ""  # where redirects led to

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def option(self, label: str) -> str:
        """The value of the option with this label in the page's selects."""
        values = {html.unescape(text).strip(): str(value) for value, text in _OPTION.findall(self.body)}
        return values[label]

    def text_of(self, element_id: str) -> str:
        found = re.search(rf'id="{element_id}">([^<]+)<', self.body)
        return html.unescape(found[1]).strip() if found else ""


class Browser:
    """One person's browser."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> Answer:
        return _send(self._opener, Request(self._base + path))

    def submit(self, page: str, fields: Mapping[str, str | Sequence[str]], *, to: str = "") -> Answer:
        """Opens the page for its CSRF token, then posts its form as a browser does, ``to`` another address if given."""
        token = _CSRF.search(self.get(page).body)
        data = urlencode({"csrfmiddlewaretoken": token[1] if token else "", **fields}, doseq=True).encode()
        return _send(self._opener, Request(self._base + (to or page), data, {"Referer": self._base + page}))


class Api:
    """The API with one token; without one where it is empty."""

    def __init__(self, base: str, token: str) -> None:
        self._base, self._token = base + "/api/v1/", token

    def call(self, method: str, path: str, body: object = None) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        return _send(build_opener(), Request(self._base + path, data, headers, method=method))


def _send(opener: OpenerDirector, request: Request) -> Answer:
    try:
        with opener.open(request, timeout=30) as response:
            path = urlsplit(response.url).path
            return Answer(response.status, response.read().decode(), response.headers, path)
    except HTTPError as refused:
        return Answer(refused.code, refused.read().decode(), refused.headers)
    except URLError as error:
        raise Unreachable(str(error.reason)) from None
