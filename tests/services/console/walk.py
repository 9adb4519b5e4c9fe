"""One browser at the console: what stands on its pages is pressed, filled in and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from playwright.sync_api import expect

from services.console.sessions import COOKIE, begin_session
from tests.services.console import sentences
from tests.services.console.english_left import english_on
from tests.services.console.visitors import PASSWORD, code_of, party_named, phone_of
from tests.support.chromium import faults_of

if TYPE_CHECKING:
    import re

    from playwright.sync_api import Locator, Page

    from tests.services.world import World

TOK_PISIN = "tpi"
LANGUAGES = {sentences.ENGLISH: "English", TOK_PISIN: "Tok Pisin"}
"""Names of languages on the buttons that choose them, which are the same in each."""
SCREENS = (360, 1280)
"""Widths of a phone and of a computer, in pixels."""
TALLEST = 2400
"""Pixels of a page that are drawn; of a longer one the top tells what it is."""


@dataclass
class Walk:
    """One browser's way: scripts name what is on the screen in English, in whatever language it is.

    `pictures`: where each page is drawn, `checks`: whether axe looks, which needs scripts,
    `scripts`: whether the browser runs them, `language`: that the person reads, `clicks`: buttons
    pressed, links followed and choices made so far, `fields`: those filled in, `keys`: pressed for
    that.
    """

    typed: ClassVar[frozenset[str]] = frozenset()
    """Words on pages that are people's own, though the catalogues have them too."""

    page: Page
    base: str
    world: World
    pictures: Path | None = None
    checks: bool = True
    scripts: bool = True
    language: str = sentences.ENGLISH
    clicks: int = 0
    fields: int = 0
    keys: int = 0

    @property
    def minutes(self) -> float:
        """Estimate how long hands and head of a practised person took.

        By the keystroke-level model (Card, Moran and Newell 1980) a click with its pointing takes
        1.1 s, a key 0.28 s, and the thought before each step 1.35 s. What they read and say, and
        what the machine takes, is not in it.
        """
        steps = self.clicks + self.fields
        return (steps * (1.1 + 1.35) + self.keys * 0.28) / 60

    def name(self, text: str) -> str | re.Pattern[str]:
        """Return the whole of a name as the page has it."""
        return sentences.said(text, self.language)

    def part(self, text: str) -> str | re.Pattern[str]:
        """Return a part of what the page says, as the page has it."""
        return sentences.part(text, self.language)

    def look(self, name: str) -> None:
        """Check the page that is shown, and draw it."""
        self.page.wait_for_load_state()
        if self.checks:
            self.find_faults(name)
        if self.language != sentences.ENGLISH:
            self.find_english(name)
        if self.pictures:
            self.draw(name)

    def draw(self, name: str) -> None:
        """Draw the page that is shown, or the top of a long one."""
        width = self.page.viewport_size["width"]
        height = min(TALLEST, self.page.evaluate("document.documentElement.scrollHeight"))
        part = {"x": 0, "y": 0, "width": width, "height": height}
        path = self.pictures / f"{name}-{width}.png"
        self.page.screenshot(path=path, full_page=True, clip=part)

    def find_faults(self, name: str) -> None:
        """Look for faults on both screens; a page that is drawn is looked at on its own."""
        size = self.page.viewport_size
        for width in [size["width"]] if self.pictures else SCREENS:
            self.page.set_viewport_size({"width": width, "height": size["height"]})
            found = faults_of(self.page)
            assert found == [], f"{name}, {width}: {found}"
            self.find_overflow(name)
        self.page.set_viewport_size(size)

    def find_english(self, name: str) -> None:
        """Hold that the page is in the language of its reader, and fits its screen."""
        assert self.page.evaluate("document.documentElement.lang") == self.language, name
        left = [one for one in english_on(self.page) if one not in self.typed]
        assert left == [], f"{name}: {left}"
        self.find_overflow(name)

    def find_overflow(self, name: str) -> None:
        wide = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name}, {self.page.viewport_size['width']}: {wide}"

    def button(self, name: str) -> Locator:
        """The first button of a name."""
        return self.page.get_by_role("button", name=self.name(name), exact=True).first

    def link(self, name: str) -> Locator:
        """The first link of a name."""
        return self.page.get_by_role("link", name=self.name(name), exact=True).first

    def field(self, label: str) -> Locator:
        """The first field of a label."""
        return self.page.get_by_label(self.name(label), exact=True).first

    def words(self, text: str) -> Locator:
        """The first place where a text stands."""
        return self.page.get_by_text(self.part(text)).first

    def move(self, through: Locator) -> None:
        """Click on what leads to another page, and wait until that is there."""
        self.clicks += 1
        with self.page.expect_navigation():
            through.click()

    def press(self, name: str) -> None:
        """Press a button that sends a form."""
        self.move(self.button(name))

    def press_about(self, about: str) -> None:
        """Press the first button that tells of something."""
        self.move(self.page.get_by_role("button", name=self.part(about)).first)

    def follow(self, name: str) -> None:
        """Follow a link by its name."""
        self.move(self.link(name))

    def open_card(self, about: str) -> None:
        """Follow the first link that tells of something."""
        self.move(self.page.get_by_role("link", name=self.part(about)).first)

    def choose(self, label: str) -> None:
        """Choose a radio button or tick a box."""
        self.clicks += 1
        self.field(label).check()

    def open_first(self) -> None:
        """Open the first card of a list, by the link that is its heading."""
        self.move(self.page.get_by_role("heading", level=2).get_by_role("link").first)

    def fill(self, label: str, text: str) -> None:
        """Type into a field: the first of that name."""
        self.type_into(self.field(label), text)

    def type_into(self, field: Locator, text: str) -> None:
        """Type into a field, in the place of what stands there."""
        self.fields += 1
        self.keys += len(text)
        field.fill(text)

    def select(self, label: str, option: str) -> None:
        """Choose from a list, by the first letter of what it offers."""
        offered = self.field(label).get_by_role("option", name=self.name(option), exact=True)
        self.choose_option(label, offered.first)

    def select_about(self, label: str, about: str) -> None:
        """Choose the first of a list that tells of something."""
        offered = self.field(label).get_by_role("option", name=self.part(about))
        self.choose_option(label, offered.first)

    def choose_option(self, label: str, offered: Locator) -> None:
        self.fields += 1
        self.keys += 1
        self.field(label).select_option(label=offered.inner_text())

    def save(self, name: str, folder: Path) -> Path:
        """Save the file behind the first link or button of a name."""
        self.clicks += 1
        with self.page.expect_download() as coming:
            self.words(name).click()
        kept = folder / coming.value.suggested_filename
        coming.value.save_as(kept)
        return kept

    def heading(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(self.name(text))

    def heading_has(self, text: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(self.part(text))

    def sees(self, text: str) -> None:
        """See a text somewhere on the page."""
        expect(self.words(text)).to_be_visible()

    def sees_alone(self, text: str) -> None:
        """See a text that stands alone."""
        expect(self.page.get_by_text(self.name(text), exact=True).first).to_be_visible()

    def is_told(self, text: str, role: str = "alert") -> None:
        """Read in an alert, or in another thing of some role."""
        expect(self.page.get_by_role(role)).to_contain_text(self.part(text))

    def speak(self, language: str) -> None:
        """Choose a language by its button."""
        self.move(self.page.get_by_role("button", name=LANGUAGES[language], exact=True).first)
        self.language = language

    def draw_in_tok_pisin(self, name: str) -> None:
        """Draw the page that is shown in the language of most people, too."""
        if self.pictures:
            self.speak(TOK_PISIN)
            self.look(f"{name}-tpi")
            self.speak(sentences.ENGLISH)

    def take_session_of(self, name: str) -> None:
        """Be signed in as somebody of the scene, without the pages of it."""
        with self.world.runtime.database.write() as session:
            party = party_named(session, name)
            party.language = self.language
            secret = begin_session(session, party, self.world.runtime.clock())
        # A browser takes a secure cookie of this machine, but not from an address without HTTPS.
        url = self.base.replace("http://", "https://")
        told = {"name": COOKIE, "value": secret, "url": url, "secure": True}
        self.page.context.add_cookies([{**told, "httpOnly": True, "sameSite": "Strict"}])

    def sign_in(self, name: str, secret: str) -> None:
        """Sign in as somebody of the scene, by the key of their app."""
        self.goto("/sign-in")
        self.fill("Phone number", phone_of(self.world, name))
        self.fill("Password", PASSWORD)
        self.fill("Code", code_of(self.world, secret))
        self.press("Sign in")

    def goto(self, path: str) -> None:
        """Open a page of the console, below its prefix."""
        self.page.goto(f"{self.base}/console{path}")
