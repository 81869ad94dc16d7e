"""``make screens``: plays the story, then photographs the console in both themes into docs/screens. Needs Chromium."""

import argparse
import io
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from demo.__main__ import Story
from demo.authenticator import code_of

FOLDER = Path(__file__).parent.parent / "docs" / "screens"
SCREENS = {
    "overview": "/o/{org}/",
    "secrets": "/o/{org}/p/shop/",
    "tokens": "/o/{org}/tokens",
    "usage": "/o/{org}/usage?days=1",
    "audit": "/o/{org}/audit",
    "policy": "/o/{org}/settings/policy",
}
_SIZE = {"width": 1280, "height": 800}
_CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
_STEP = 30  # seconds that a code lives


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m demo.screens", description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="where the server is (make run)")
    parser.add_argument("--gateway", default="http://127.0.0.1:8001", help="where its gateway is")
    options = parser.parse_args()
    story = Story(options.url, options.gateway)
    story.organization = "Acme"
    with redirect_stdout(io.StringIO()):
        story.play()
    FOLDER.mkdir(exist_ok=True)
    with _signed_in(story) as page:
        org = re.sub(r"^.*/o/([^/]+)/.*$", r"\1", page.url)
        for name, path in SCREENS.items():
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme)
                page.goto(story.base + path.format(org=org))
                page.wait_for_load_state("networkidle")
                page.screenshot(path=FOLDER / f"{name}-{theme}.png")
            print(f"{name}: {path.format(org=org)}")


@contextmanager
def _signed_in(story: Story) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport=_SIZE)  # type: ignore[arg-type]
        page.goto(f"{story.base}/sign-in")
        page.fill("input[name=login]", story.email)
        page.fill("input[name=password]", story.password)
        page.keyboard.press("Enter")
        page.wait_for_url("**/second-step*")
        time.sleep(_STEP - time.time() % _STEP + 1)  # the story's code is spent
        page.fill("input[name=code]", code_of(story.factor))
        page.keyboard.press("Enter")
        page.wait_for_url("**/o/**")
        yield page
        browser.close()


if __name__ == "__main__":
    main()
