"""LIST: the numbers of the pigs at the sender's place, as many as fit an SMS."""

from collections.abc import Iterable

from gateway.argument_parsers import count
from gateway.grammar import Argument
from services.livestock.domain.model import AnimalKind
from services.livestock.queries.herds import HerdMember, herd_on
from services.livestock.recording.short_numbers import EXAMPLE_TAG
from services.livestock.sms_commands.common import home_of, today_at
from services.livestock.sms_commands.phrases import command
from services.messaging.command_router import CommandContext
from services.texts.catalogue import say
from sms.encoding import SEGMENT, units

LIST = "list"
"""Code of the command."""
# More are no page: a number of four digits is a pig's.
_LAST_PAGE = 999
_KEYWORDS = {
    "en": (
        "LIST",
        "LIST PIGS",
        "LIST MY PIGS",
        "SHOW MY PIGS",
        "SHOW PIGS",
        "WHICH PIGS DO I HAVE",
    ),
    "tpi": ("LIS", "LIS BILONG PIK", "SOIM OL PIK", "MI GAT WANEM PIK"),
}


def list_pigs(context: CommandContext) -> str:
    """LIST: the numbers at the sender's place; after the last page comes no other."""
    home, language = home_of(context), context.language
    herd = herd_on(context.unit.session, home.row.id, today_at(context, home))
    if not herd:
        return say("list.none", language, place=home.key, tag=EXAMPLE_TAG)
    told = {"place": home.key, "heads": sum(one.heads or 0 for one in herd)}
    word = _KEYWORDS[language][0]
    longest = say("list.more", language, list="", example=f"{word} {_LAST_PAGE}", **told)
    pages = _pages((_item(one, language) for one in herd), SEGMENT - units(longest))
    wanted = context.arguments.get("page")
    page = min(wanted if isinstance(wanted, int) and wanted else 1, len(pages))
    shown = ", ".join(pages[page - 1])
    if page == len(pages):
        return say("list", language, list=shown, **told)
    return say("list.more", language, list=shown, example=f"{word} {page + 1}", **told)


def _item(one: HerdMember, language: str) -> str:
    if one.kind is not AnimalKind.MOB:
        return one.number
    heads = "?" if one.heads is None else one.heads
    return say("list.mob", language, number=one.number, heads=heads)


def _pages(items: Iterable[str], room: int) -> list[list[str]]:
    """Divide items into pages that fit `room` septets with a comma and a blank between them."""
    pages, left = list[list[str]](), 0
    for item in items:
        if not pages or units(item) + 2 > left:
            pages.append([])
            left = room + 2
        pages[-1].append(item)
        left -= units(item) + 2
    return pages


HANDLERS = (
    command(LIST, list_pigs, _KEYWORDS, (Argument("page", count(_LAST_PAGE), required=False),)),
)
