"""WEIGH, FEED and CONDITION: weights, feed and body condition of pigs.

A weight or a ration that is not likely is asked about before it is written down. Condition is the
body condition score of five points (Defra, Condition scoring of pigs): 1 very thin, 3 good, 5 fat.
"""

from typing import NamedTuple, cast

from gateway.argument_parsers import choice, count
from gateway.grammar import Argument, Read
from services.livestock.confirmations.ask_first import require_yes
from services.livestock.domain.details import read_details
from services.livestock.domain.errors import EachOrAll, UncountedMob
from services.livestock.domain.growth import (
    MOST_FEED_A_HEAD,
    Weighing,
    is_likely,
    is_swill,
    nearest,
)
from services.livestock.domain.model import AnimalKind, EventType, Key
from services.livestock.recording.identity import find_animals
from services.livestock.recording.ownership import facts_of
from services.livestock.recording.replay import histories
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.sms_commands.argument_kinds import (
    DAY,
    TAG,
    TAGS,
    kilograms,
    kilograms_with_unit,
    product,
)
from services.livestock.sms_commands.common import (
    EventReport,
    Home,
    actor_of,
    animals_of,
    claimed_day,
    confirm,
    record_event,
)
from services.livestock.sms_commands.doubts import doubt_of, require_words
from services.livestock.sms_commands.phrases import command
from services.livestock.sms_commands.places import place_of_animals
from services.livestock.sms_commands.wording import list_numbers
from services.messaging.command_router import CommandContext, FromAnybody, Reply
from services.storage.models import Animal
from services.texts.catalogue import day_and_month

_EACH, _ALL = "each", "all"
_SHARES = {
    **dict.fromkeys(("each", "wanwan", "average"), _EACH),
    **dict.fromkeys(("all", "together", "total", "olgeta"), _ALL),
}
_METHODS = {
    **dict.fromkeys(("scale", "scales", "skel"), "scale"),
    **dict.fromkeys(("tape", "tep"), "tape"),
    **dict.fromkeys(("guessed", "eye", "ai"), "eye"),
}
_FEEDS = {
    *("swill", "scraps", "kitchen", "waste", "leftovers", "leftover", "pipia"),
    *("sweet", "potato", "potatoes", "kaukau", "taro", "banana", "bananas", "cassava", "tapiok"),
    *("yam", "yams", "sago", "saksak", "coconut", "coconuts", "kokonas", "copra", "kopra", "corn"),
    *("kon", "maize", "sorghum", "rice", "rais", "bran", "wheat", "millrun", "mill", "run", "fish"),
    *("pis", "meal", "fishmeal", "soya", "soybean", "peanut", "peanuts", "pinat", "pellet", "mash"),
    *("pellets", "grower", "weaner", "starter", "finisher", "sow", "concentrate", "feed", "fid"),
    *("stockfeed", "pumpkin", "pamken", "choko", "leaves", "lip", "grass", "gras", "vines", "kumu"),
    *("greens", "vegetables", "milk", "susu", "whey", "molasses", "skins", "skin", "sugarcane"),
    *("suga", "tubers", "flour", "worms", "papaya", "popo", "pawpaw", "breadfruit", "kapiak"),
}
_VERY_THIN = 1
_FATTEST = 5


class _Weighed(NamedTuple):
    """A weight: of all that it is about, and of each pig; None: nobody knows how many they are."""

    every: float
    each: float | None


def score(text: str) -> Read | None:
    """Read a score of body condition, 1 to 5."""
    reading = count(_FATTEST)(text)
    return reading if isinstance(reading, Read) and reading.value else None


def weigh(context: CommandContext) -> Reply:
    """WEIGH: what a pig weighs; of a mob what each pig weighs, or all of them."""
    animals = animals_of(context, "tag")
    at = place_of_animals(context, animals)
    weight = _weight(context, animals[0])
    if weight.each is not None:
        _require_likely(context, at, animals[0], weight.each)
    told = {"kilograms": weight.every, "method": context.arguments["method"]}
    given = {name: value for name, value in told.items() if value is not None}
    report = EventReport(at, animals, details=read_details(EventType.WEIGHT, given))
    done = record_event(context, EventType.WEIGHT, report)
    code = "weight" if weight.each == weight.every else "weight.mob"
    return confirm(context, code, done, pigs=list_numbers(animals), kilograms=f"{weight.every:g}")


def feed(context: CommandContext) -> Reply:
    """FEED: pigs got feed; kitchen waste is answered by a warning, since ASF comes in it."""
    animals, name = animals_of(context, "tags"), str(context.arguments["product"])
    at = place_of_animals(context, animals)
    words = name.casefold().split()
    if unknown := [word for word in words if word not in _FEEDS]:
        require_words(context, f"{list_numbers(animals)}: {name}", unknown)
    heads = sum(_heads(_row(context, key)) or 0 for key in animals)
    weight = cast("float | None", context.arguments["kilograms"])
    if weight is not None and heads and weight > MOST_FEED_A_HEAD * heads:
        require_yes(context, "feed", doubt_of(context, "kilograms", kilograms=f"{weight:g}"))
    given = {"product": name} | ({"kilograms": weight} if weight is not None else {})
    report = EventReport(at, animals, details=read_details(EventType.FEED, given))
    done = record_event(context, EventType.FEED, report)
    code = "feed.swill" if is_swill(name) else "feed"
    return confirm(context, code, done, pigs=list_numbers(animals), product=name)


def condition(context: CommandContext) -> Reply:
    """CONDITION: how thin or fat a pig is, from 1 to 5."""
    animals = animals_of(context, "tag")
    told = {"score": context.arguments["score"]}
    report = EventReport(place_of_animals(context, animals), animals, details=told)
    done = record_event(context, EventType.CONDITION, report)
    code = "condition.thin" if told["score"] == _VERY_THIN else "condition"
    return confirm(context, code, done, pigs=list_numbers(animals), score=told["score"])


def _weight(context: CommandContext, animal: Key) -> _Weighed:
    """Return what was weighed.

    Raises:
        EachOrAll: it is a mob, and the message does not say which of both.
        UncountedMob: each weighs so much, but nobody knows how many they are.
    """
    told, row = cast("float", context.arguments["kilograms"]), _row(context, animal)
    if row is None or row.kind != AnimalKind.MOB:
        return _Weighed(told, None if row is not None and row.kind != AnimalKind.ANIMAL else told)
    if context.arguments["share"] is None:
        raise EachOrAll(number=animal, count=f"{told:g}")
    if context.arguments["share"] == _ALL:
        return _Weighed(told, told / row.head_count if row.head_count else None)
    if not row.head_count:
        raise UncountedMob(number=animal)
    return _Weighed(round(told * row.head_count, 2), told)


def _require_likely(context: CommandContext, at: Home, animal: Key, each: float) -> None:
    weight = Weighing(claimed_day(context, at), each)
    known = _weighings(context, animal)
    if is_likely(weight, known):
        return
    last = nearest(weight.on, known) if _keeps(context, animal) else None
    code = "kilograms" if last is None else "weight"
    before = {
        "count": f"{last.kilograms:g}" if last else "",
        "day": day_and_month(last.on, context.language) if last else "",
    }
    require_yes(context, "weight", doubt_of(context, code, kilograms=f"{each:g}", **before))


def _weighings(context: CommandContext, animal: Key) -> list[Weighing]:
    """Return the known weights of one pig; those of a mob change with its heads."""
    known = find_animals(context.unit.session, [animal]).get(animal)
    if known is None or known.kind != AnimalKind.ANIMAL:
        return []
    events = histories(context.unit.session, [known.key])[known.key].in_force
    return [
        Weighing(one.day, one.details["kilograms"])
        for one in events
        if one.type is EventType.WEIGHT
    ]


def _keeps(context: CommandContext, animal: Key) -> bool:
    """Tell whether the sender has a tie to an animal; a stranger is told no weight of it."""
    session = context.unit.session
    known = find_animals(session, [animal])[animal]
    return bool(facts_of(session, actor_of(context), [known.id])[known.id].ties)


def _row(context: CommandContext, animal: Key) -> Animal | None:
    known = find_animals(context.unit.session, [animal]).get(animal)
    return context.unit.session.get_one(Animal, known.id) if known else None


def _heads(row: Animal | None) -> int | None:
    return row.head_count if row is not None and row.kind == AnimalKind.MOB else 1


_BESIDE = (
    "is",
    "was",
    "i",
    "em",
    "got",
    "pinis",
    "mob",
    "lain",
    "kg",
    "today",
    "tude",
    "now",
    "nau",
)
_SCORE = Argument("score", score)
_KILOGRAMS = Argument("kilograms", kilograms)
_OF_FEED = Argument("kilograms", kilograms_with_unit, required=False)
_FEED = {"en": ("FEED", "FED"), "tpi": ("KAIKAI", "GIVIM KAIKAI", "FIDIM")}

HANDLERS = (
    command(
        "weight",
        weigh,
        {
            "en": ("WEIGH", "WEIGHT", "WEIGHS", "WEIGHED", "WEIGHT OF"),
            "tpi": ("SKELIM", "WEIT", "HEVI", "HEVI BILONG"),
        },
        (
            TAG,
            _KILOGRAMS,
            Argument("share", choice(_SHARES), required=False),
            Argument("method", choice(_METHODS), required=False),
            DAY,
        ),
        f"{EXAMPLE_PIG} 84 KG",
        fillers=_BESIDE,
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "feed",
        feed,
        _FEED,
        (TAGS, Argument("product", product), _OF_FEED, DAY),
        {
            "en": f"FEED {EXAMPLE_PIG} SWEET POTATO 12 KG",
            "tpi": f"KAIKAI {EXAMPLE_PIG} KAUKAU 12 KG",
        },
        fillers=_BESIDE,
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
    command(
        "condition",
        condition,
        {
            "en": ("CONDITION", "CONDITION OF", "BODY CONDITION", "BODY"),
            "tpi": ("BODI", "BODI BILONG"),
        },
        (TAG, _SCORE, DAY),
        f"{EXAMPLE_PIG} 3",
        fillers=(*_BESIDE, "score"),
        subject=1,
        anybody=FromAnybody.EVIDENCE,
    ),
)
