"""The pages of groups in a browser: joined with the keyboard alone, wide and narrow, by day and by night."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from test_page import RULES, SCHEMES, WIDTHS, Server, browser
from test_record import a_turn

from bot.exports.paper import Choice
from bot.groups import Setting
from bot.people.person import asking, whoever_asks
from bot.settings import Settings
from bot.studio import Studio

__all__ = ["browser"]
PASSWORD = "copper lantern sparrow"
LONG = "iris.montgomery-blackwood@northfield.example"


@dataclass
class Met:
    """A server with a group on it that Dana is not in yet, and five others are."""

    server: Server
    group: str
    code: str
    share: str
    """What one of them shows it."""
    session: str
    """A conversation of Dana's."""

    def page(self, browser: Browser, name: str) -> Page:
        """Return a window in which somebody is signed in."""
        page = browser.new_context(viewport={"width": 1280, "height": 844}).new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{self.server.address}/sign-in")
        page.fill("#name", name)
        page.fill("#password", PASSWORD)
        page.press("#password", "Enter")
        page.wait_for_url(f"{self.server.address}/")
        return page


@pytest.fixture(scope="module")
def met(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Met]:
    home = tmp_path_factory.mktemp("alex")
    studio = Studio(Settings(home=home, accounts=True, _env_file=None), whoever_asks)
    people = {}
    for name, role in (
        ("carl", "coach"),
        *((name, "leader") for name in ("dana", "leader 1", "leader 2", "leader 3", "leader 4", LONG)),
    ):
        _, given = studio.people.add(name, role)
        person = studio.people.person(studio.people.sign_in(name, given, name))
        assert person is not None
        studio.people.change_password(person, given, PASSWORD, name)
        people[name] = studio.people.person_of(person.id)
    with asking(people["carl"]):
        group, code = studio.groups.make(Setting("Year 9 leads", "alex-geography", "harder", ""))
    share = session = ""
    for name, person in people.items():
        with asking(person):
            if name not in {"carl", "dana"}:
                studio.groups.join(code, name, counts=True)
            row = studio.record.start(scenario="alex-geography", title="Alex", seed=1, opening="Yes?")
            studio.record.append(row.id, a_turn(1, "What makes it worth doing?", told=(), topic=None))
            studio.record.finish(row.id, "unfinished")
            if name == LONG:
                share = studio.groups.share(group, row.id, "", Choice())
            session = row.id if name == "dana" else session
    studio.whole_record.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ALEX_ACCOUNTS", "true")
        server = Server(home)
    yield Met(server, group, code, share, session)
    server.stop()
    assert "Traceback" not in server.said()


def check(page: Page, name: str) -> None:
    """Run axe on a page, wide and narrow, by day and by night: it finds nothing, and nothing goes beyond the edge."""
    for width in (*WIDTHS.values(), 320):
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES if width in WIDTHS.values() else ():
            page.emulate_media(color_scheme=scheme)
            found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
            told = [(one["id"], [node["html"][:150] for node in one["nodes"]]) for one in found.response["violations"]]
            assert told == [], (name, width, scheme)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, (name, width)
        assert page.locator("h1:visible").count() == 1, (name, width)
        assert page.locator("#mast .where").is_visible(), (name, width)


def test_a_group_is_joined_with_the_keyboard_and_a_conversation_shown_to_it(browser: Browser, met: Met) -> None:
    page = met.page(browser, "dana")
    page.goto(f"{met.server.address}/groups")
    page.focus("#code")
    page.keyboard.type(met.code.upper().replace("-", " "))
    page.keyboard.press("Enter")
    check(page, "joining")
    page.get_by_label("My levels may count").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/groups")
    assert page.get_by_role("button", name="Count them no longer").is_visible()
    check(page, "groups")
    page.goto(f"{met.server.address}/groups/in/{met.group}/share/{met.session}")
    page.get_by_role("button", name="Show me what they would see").click()
    check(page, "preview")
    page.get_by_role("button", name="Share it").click()
    page.wait_for_url("**/shares/one/*")
    check(page, "shared")
    page.goto(f"{met.server.address}/?at=prepare")
    page.wait_for_function("window.alexRoom && alexRoom.ready")
    page.get_by_role("button", name="Choose it").click()
    page.wait_for_function("document.activeElement?.closest('#who')")
    assert page.locator("#level input:checked").get_attribute("value") == "harder"
    page.context.close()


def test_a_group_is_looked_after(browser: Browser, met: Met) -> None:
    page = met.page(browser, "carl")
    at = f"{met.server.address}/groups"
    for path in ("", "/new", f"/of/{met.group}/shared/{met.share}", f"/of/{met.group}"):
        page.goto(at + path)
        check(page, path)
    for summary in page.locator("summary").all():
        summary.click()
    check(page, "opened")
    page.get_by_role("button", name="Make another code").click()
    page.wait_for_function("document.activeElement?.id === 'code'")  # none has it while the page is on its way
    assert met.code != page.input_value("#code") != ""
    check(page, "code")
    page.context.close()
