"""A morning of an officer at the console, by what stands on the pages."""

from __future__ import annotations

import re

from tests.services.console.sentences import ENGLISH
from tests.services.console.test_tasks import opened
from tests.services.console.visitors import PASSWORD, code_of, invited, phone_of
from tests.services.console.walk import TOK_PISIN, Walk

KEY = re.compile(r"[A-Z2-7]{4}(?: [A-Z2-7]{4})+")
"""A key as the page shows it."""


class Morning(Walk):
    """An officer takes an invitation up, works, searches, and signs in again."""

    def enrol(self) -> str:
        """Take an invitation up."""
        code = invited(self.world, "officer")
        self.page.goto(f"{self.base}/console/invitation?code={code[:14]}")
        self.choose_language()
        self.look("invitation")
        # The rest was told.
        self.fill("Code of your invitation", code)
        self.press("Go on")
        self.heading("Set how you sign in")
        self.look("account-new")
        secret = KEY.search(self.words("Key:").inner_text())[0].replace(" ", "")
        self.fill("New password", "short")
        self.press("Save and sign in")
        self.is_told("There is a problem")
        self.look("account-wrong")
        self.fill("New password", PASSWORD)
        self.fill("The same again", PASSWORD)
        self.fill("Code that the app shows now", code_of(self.world, secret))
        self.press("Save and sign in")
        self.heading("Recovery codes")
        # Whoever has them signs in: none of them is drawn.
        self.press("I have written them down")
        self.heading("Tasks")
        return secret

    def choose_language(self) -> None:
        """Choose one's language, which nobody knows before somebody is signed in."""
        if self.language != ENGLISH:
            self.speak(self.language)

    def work(self) -> None:
        """Call somebody, write down what the call gave, and end the task."""
        self.look("tasks")
        self.link("Call 70000001").wait_for()
        if self.scripts:
            self.choose_late()
        self.open_first()
        self.look("task")
        self.press("Take this task")
        self.sees("Yours")
        self.fill("What you found, or what the call gave", "Two pigs lie down. I come today.")
        self.press("Save as a call")
        self.sees("Two pigs lie down")
        self.press("End it")
        self.sees("Choose how it ended")
        self.look("task-wrong")
        self.field("Done").check()
        self.press("End it")
        self.heading("Tasks")
        self.sees("Nothing waits.")

    def choose_late(self) -> None:
        """Ask for late tasks and for all: the list changes in its place, without a new page."""
        self.page.evaluate("window.kept = true")
        for which, shown in (("Late", "Nothing waits."), ("All", "Call 70000001")):
            self.select("Which tasks", which)
            self.sees(shown)
        assert self.page.evaluate("window.kept")

    def find(self) -> None:
        """Search for a phone."""
        self.page.get_by_role("searchbox").fill("70000001")
        self.press("Search")
        self.sees("Person keeper")
        self.look("search")
        self.page.goto(f"{self.base}/console/nothing")
        self.look("error")

    def sign_in_again(self, secret: str) -> None:
        """Sign out, and sign in by one's phone, password and app, in the other language."""
        self.follow("Your account")
        self.look("account")
        self.press("Sign out")
        self.heading("Sign in")
        self.look("sign-in")
        self.world.runtime.clock.pass_by(60)
        self.fill("Phone number", phone_of(self.world, "officer"))
        self.fill("Password", PASSWORD)
        self.fill("Code", code_of(self.world, secret))
        self.press("Sign in")
        self.heading("Tasks")
        self.see_other_language()

    def see_other_language(self) -> None:
        """Change to the other language and back, by the buttons of the frame."""
        mine, other = self.language, TOK_PISIN if self.language == ENGLISH else ENGLISH
        for language in (other, mine):
            self.speak(language)
            self.heading("Tasks")
            if self.pictures and language != mine:
                self.look(f"tasks-{language}")

    def go(self) -> None:
        """Go the whole way."""
        opened(self.world)
        secret = self.enrol()
        self.work()
        self.find()
        self.sign_in_again(secret)
