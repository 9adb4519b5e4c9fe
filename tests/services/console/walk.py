"""A morning of an officer at the console, by what stands on the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.services.console.test_tasks import opened
from tests.services.console.visitors import PASSWORD, code_of, invited, phone_of
from tests.support.chromium import faults_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.services.world import World


@dataclass
class Walk:
    """One browser's way; `pictures`: where each page is drawn, `checks`: whether axe looks."""

    page: Page
    base: str
    world: World
    pictures: Path | None = None
    checks: bool = True

    def look(self, name: str) -> None:
        """Check the page that is shown, and draw it."""
        if self.checks:
            found = faults_of(self.page)
            assert found == [], f"{name}: {found}"
            wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, name
        if self.pictures:
            width = self.page.viewport_size["width"]
            self.page.screenshot(path=self.pictures / f"{name}-{width}.png", full_page=True)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(text)

    def enrol(self) -> str:
        """Take an invitation up."""
        code = invited(self.world, "officer")
        self.page.goto(f"{self.base}/console/invitation?code={code[:14]}")
        self.look("invitation")
        # The rest was told.
        self.fill("Code of your invitation", code)
        self.press("Go on")
        self.heading("Set how you sign in")
        self.look("account-new")
        secret = self.page.locator(".bilum-code").inner_text().replace(" ", "")
        self.fill("New password", "short")
        self.press("Save and sign in")
        expect(self.page.get_by_role("alert")).to_contain_text("There is a problem")
        self.look("account-wrong")
        self.fill("New password", PASSWORD)
        self.fill("The same again", PASSWORD)
        self.fill("Code that the app shows now", code_of(self.world, secret))
        self.press("Save and sign in")
        self.heading("Recovery codes")
        # Whoever has them signs in: none of them is drawn.
        self.page.get_by_role("button", name="I have written them down").click()
        self.heading("Tasks")
        return secret

    def work(self) -> None:
        """Call somebody, write down what the call gave, and end the task."""
        self.look("tasks")
        self.page.get_by_role("link", name="Call 70000001").wait_for()
        self.page.locator("h2 a").first.click()
        self.look("task")
        self.press("Take this task")
        expect(self.page.get_by_text("Yours")).to_be_visible()
        self.fill("What you found, or what the call gave", "Two pigs lie down. I come today.")
        self.press("Save as a call")
        expect(self.page.get_by_text("Two pigs lie down")).to_be_visible()
        self.press("End it")
        expect(self.page.get_by_text("Choose how it ended").first).to_be_visible()
        self.look("task-wrong")
        self.page.get_by_label("Done", exact=True).check()
        self.press("End it")
        self.heading("Tasks")
        expect(self.page.get_by_text("Nothing waits.")).to_be_visible()

    def find(self) -> None:
        """Search for a phone."""
        self.page.get_by_role("searchbox").fill("70000001")
        self.press("Search")
        expect(self.page.get_by_text("Person keeper")).to_be_visible()
        self.look("search")
        self.page.goto(f"{self.base}/console/nothing")
        self.look("error")

    def sign_in_again(self, secret: str) -> None:
        """Sign out, and sign in by one's phone, password and app, in the other language."""
        self.page.get_by_role("link", name="Your account").click()
        self.look("account")
        self.press("Sign out")
        self.heading("Sign in")
        self.look("sign-in")
        self.press("Tok Pisin")
        self.heading("Sain in")
        self.look("sign-in-tpi")
        self.world.runtime.clock.pass_by(60)
        self.fill("Namba bilong fon", phone_of(self.world, "officer"))
        self.fill("Paswet", PASSWORD)
        self.fill("Kod", code_of(self.world, secret))
        self.press("Sain in")
        self.heading("Ol wok")
        self.look("tasks-tpi")
        self.press("English")
        self.heading("Tasks")

    def morning(self) -> None:
        """Go the whole way."""
        opened(self.world)
        secret = self.enrol()
        self.work()
        self.find()
        self.sign_in_again(secret)
