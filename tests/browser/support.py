"""Opens pages of the site, and notes whatever the browser complains about."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
OPEN_ALL = "document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
NOTE_VIOLATIONS = """
window.policyViolations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.policyViolations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 360, "height": 740}


class Site:
    """One site and the browser's windows on it; `complaints` collects errors of scripts, loads and the policy."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.url = url
        self.complaints: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def window(self, *, lang: str = "vi", theme: str = "light", **options: Any) -> Page:
        context = self._browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce", **options})
        self._contexts.append(context)
        cookies = [("lang", lang), ("theme", theme)]
        context.add_cookies([{"name": name, "value": value, "url": self.url} for name, value in cookies])
        page = context.new_page()
        page.set_default_timeout(15_000)
        if options.get("java_script_enabled", True):
            page.add_init_script(NOTE_VIOLATIONS)
        page.on("console", lambda message: self._hear(message.type, message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def open(self, path: str, **options: Any) -> Page:
        page = self.window(**options)
        page.goto(self.url + path)
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning"} and "status of 4" not in text:
            self.complaints.append(text)


def broken_rules(page: Page) -> list[str]:
    """Every rule of WCAG 2.2 A and AA that axe finds broken, with the elements."""
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": AXE_TAGS}}).response["violations"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found]


def wait_until(page: Page, expression: str) -> None:
    """Wait until an expression is true; asked from outside, since the pages' policy allows no polling by `eval`."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never true: {expression}")
