"""Danger to people in plain words, theirs or a relative's; pure.

Sources: WHO IMCI danger signs of children, WHO Pregnancy, childbirth, postpartum and newborn care,
WHO mhGAP for self-harm, FAST for stroke, WHO PEN for chest pain and sugar.
"""

import re
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from gateway.concepts import Reading, Vocabulary
from services.texts.spoken_words import lexicon

_LIMB = "arm|leg|side|face|mouth|left"
# The most urgent first: a text may hold several.
_DANGERS = {
    "suicide": """
        suicide, wantdie, laik>dying, suicide when""",
    "unconscious": """
        faint, fits, confused, not|cannot>wake, cannot|not>respond, collapse, lie not>stand, lie
        cannot>stand, collapse, not>move not>speak, lie not>move|speak|wake, person dying, dying
        help|todo|call, self>dying sick, person|baby lie not""",
    "stroke": f"""
        stroke, slur, skin numb|die, {_LIMB} numb, cannot>arm|side,
        cannot|not>move|stand>arm|leg|side|left, {_LIMB} weak, not>wok|work|feel
        arm|leg|side, arm|leg|side not>work|help, cannot>speak, not>speak, speak
        numb|unlike|heavy, face|mouth lie, blind sudden, blind eye, side die, speak hurt,
        not>help side|arm|leg, sudden>blind, eye>not>see, arm|leg|side not>move|feel|stand,
        {_LIMB} numb|weak, mouth|arm|leg die, loss eye, lose eye, eye blue sudden, sudden
        eye, face>not>move|smile|feel, mouth>not>move, cannot>feel leg|arm|side|face,
        cannot>hold sudden, cannot>hold cup|spoon|thing>sudden, speak isolate
        sudden|leg|arm|side|face|mouth, mouth|face pulled""",
    "pregnancy": """
        gatbel blood|bleedout, deliver bleedout, bleedout baby, breech, deliver stuck,
        months blind|headache|blood|hurt|swell, baby not>urine|wet, gatbel head>hurt, gatbel
        hurt, gatbel swell, gatbel fits, gatbel blind, gatbel fever, gatbel faint, gatbel
        vomit, baby not>stand, baby not>move, baby stop, baby unlike, gatbel
        days|de|hours|aua, baby not>kick|beat, abort, deliver die, deliver blood, deliver
        water, water bone, gatbel water, gatbel lie, gatbel accident, lose|die gatbel,
        deliver sick|hurt, deliver stop|gatbel, waters, gatbel dizzy, gatbel shiver, gatbel
        hot, self unlike>stand|move baby, baby unlike gatbel, lose baby, baby die, deliver
        not, gatbel>baby>not, not movement baby, water months, fever deliver, gatbel stop,
        gatbel not>feel, gatbel since, placenta, deliver hot, deliver shiver, baby
        not>short, water blue baby, baby not>kik, bebi not>kik, gatbel sick, gatbel burn,
        placenta not, deliver de|hours|aua, waters baby not""",
    "chest_pain": """
        chest hurt, heartattack, chest unlike, chest fast, chest bone, chest burn, chest
        dying, left hurt, hurt arm sweat, chest elephant|sits, side hurt neck|arm, chest
        heavy, chest lie, hold>chest, chest sweat|cold|puffer|shiver, chest weight,
        weight>chest""",
    "breathless": """
        cannot|not>breath, breath cannot|hurt|short|sudden|unlike, sotwin, short breath,
        mouth|face|skin blue|purple, breath fast, sunken, puffer not|empty, puffer cannot,
        not>puffer, breath not, allergy, choke, breath out|stop, hard breath, asthma
        unlike|cannot|short|hurt, chest short, not>breath, breath noise, breath mine empty,
        breath open, short>breath""",
    "bleeding": """
        blood head|eye|leg|arm person|self|mine|baby, bleedout, vomit blood, dung blue
        person|self|mine, cough blood, dung blood, urine blood, blood not>stop, blood
        cannot>stop, blood many, blood plenty, blood heavily|heavy|hurt|nose|mouth|ear|back,
        blood cannot, blood lot, wound blood, spit blood, drool blood, blood pads|pad, blood
        bikpela, many>blood, period blood|stop|many, vomit coffee, dung blue, blood period,
        period not>stop, period weeks|days""",
    "low_sugar": """
        sugar low, sugar lie, sweat shiver, sugar shiver, sugar sweat, shiver dizzy, sweat
        dizzy, sugar faint, shiver hungry, sugar weak shiver, shiver confused|cannot,
        lowmeter""",
    "high_sugar": """
        sugar high, thirst vomit, thirst urine, sugar thirst, insulin empty|lose|over,
        not>insulin, insulin>not, forget insulin, sugar vomit, insulin cannot, drink many
        urine, drink>water>many, thirst many, sugar urine, marasin|medicine sugar empty,
        sugar machine high, highmeter, breath smell sweet|fruit|vomit""",
    "poison": """
        overdose, snakebite, snake>bite|eat, bite>snake, drink>poison, eat>poison,
        poison>drink, poison eye|mouth|face|skin, hurt|swell snake, poison
        vomit|shiver|sweat|dizzy|drool|sick|blind, snake person|self|baby
        leg|arm|face|head|blood, snake took, snake sick, other_animal>hurt person|self|baby,
        poison>person|baby drink|eat|vomit, isolate poison, took>poison""",
    "violence": """
        person hold self night|nait, violence_words, rape, beat self, beat person,
        kill>self, person|afraid|hurt kill_me, self>kill_me, sorcery, beat night, beat
        every, afraid husband, attack self, beat many, self beat, beat blood,
        want|laik|bai|will|going>kill>self|person, want|laik|bai|will|going>kill_me,
        touch>self, beat neck""",
    "foot_danger": """
        leg blue|purple, leg smell, leg wound, leg pus, leg blister, wound smell, wound pus, leg
        sores, leg hot swell, leg swell red, leg>rotten, wound>not>heal|dry, leg hurt wound, leg
        swell, leg gangrene""",
    "child": """
        person|baby fever unlike|de|days|weeks|vomit|head, fever red person|baby|self, fever
        stiff, stiff, baby|person not>drink|eat, baby|person cannot>drink|eat, baby
        hot|fever, baby|person scour, sunken eye, person vomit, person hot, baby yellow,
        cannot|not>keepdown, person|baby weak>stand, baby lie, vomit cannot|many, vomit
        not>drink|hold, person|baby stiff, baby vomit, baby weak, person sick>die, baby
        not>cry, baby blue|purple, person weak>eat, baby numb|cold, baby pus, baby cry
        not>stop, baby cry swell, baby swell, baby lame|limp, baby not>look, person|baby
        weak blind, person shiver fever, baby dung water, baby sunken""",
    "urgent": """
        yellow eye|skin, cannot>drink, headache, head hurt vomit, head hurt unlike, hurt
        dizzy, other_animal bite, ambulance call|todo|sudden|help, call doctor
        unlike|hurt|sick|sudden, cannot|not>urine, belly hurt unlike|many|sudden|vomit, neck
        stiff, dung blue, belly hurt strong|cannot, fever cannot>stand, fever cannot>wake,
        todo doctor|dokta person, person sick help|todo|call|hurry, call doctor|dokta
        person, head hurt lot|blind|many, doctor_call
        sudden|hurry|todo|hurt|person|self|sick|unlike|cannot|mine, person sick unlike""",
    "injury": """
        fracture, bone leg|arm|back|head|neck|skin|side, lame person|self|mine, bone>person,
        person>bone, lie bone leg|arm, lie cannot|not>stand, accident,
        burn>person|baby|self, hot|water>burn, person|baby burn, burn
        arm|leg|face|head|back|belly|chest|neck|skin|mine, burn>fire,
        fire>burn>person|baby|self|mine, person|baby>fire, lie>fire, lie head, lie hurt,
        person lie hurt, beat blood, weapon hurt|beat, weapon
        leg|arm|head|belly|chest|back|blood|bleedout|person|self, structure lie person, beat
        head|belly|chest person|self|mine, pig_bite, gunshot, pig|pigs beat
        person|baby|self, burn>burn, beat>beat arm|leg|head|face|person|self, deepcut, wound
        arm|leg|head off""",
}
_READING = re.compile(
    r"\b(?:suga|sugar|glucose|bsl)\b[^0-9.!?]{0,25}(?<!k)([0-9]{1,3}(?:[.,][0-9])?)(?![0-9])"
    r"(?!\s*(?:kina|k\b|toea|kg|kilo|g\b|gram|spoon|tea|tispun|cup|kap|bag|pack|pela|times|taim))"
)
# Below and above these, mmol/l, somebody is in danger; a device shows at most so much in mmol/l.
_PEOPLE = ("person", "baby", "gatbel")
# Pigs that are dying, whoever keeps them.
_PIGS, _WEAK = frozenset({"pig", "pigs"}), frozenset({"dying", "faint", "lie", "fits", "collapse"})
# Words, the dangers that they make a way of speaking of (all, if none), and words that they leave
# in earnest.
_THINGS = ("thing", "trade", "feast")
_WAYS_OF_SPEAKING: tuple[tuple[tuple[str, ...], frozenset[str], tuple[str, ...]], ...] = (
    (("jest",), frozenset(), ("suicide",)),
    (("pig", "pigs"), frozenset({"urgent"}), ()),
    (("as_told",), frozenset({"poison"}), ()),
    (("craving",), frozenset({"suicide", "violence"}), ("suicide", "rape")),
    (("play",), frozenset({"violence"}), ("rape", "afraid")),
    (_THINGS, frozenset({"violence"}), ("violence_words", "rape")),
    (_THINGS, frozenset({"stroke"}), ()),
    (
        ("structure",),
        frozenset({"unconscious", "injury"}),
        ("self", "mine", "fracture", "move", *_PEOPLE),
    ),
)
_YEAR = re.compile("(?:19[5-9]|20[0-2])[0-9]")
_SHORTEST_TAG = 4
_LOW, _HIGH, _MOST_MMOL, _MG_DL = 4.0, 15.0, 35.0, 18.0


@cache
def _vocabulary() -> Vocabulary:
    return Vocabulary(_DANGERS)


class DangerText(NamedTuple):
    """Danger in a text: its code, if any; else whether the text denies every danger it names."""

    code: str | None
    denied: bool = False


@lru_cache(16)
def read_danger(text: str) -> DangerText | None:
    """Read the danger that a text tells of or denies; None: neither."""
    reading = lexicon().read(text)
    if reading.has("false", "story") or _bites_nobody(reading):
        return None
    if _is_of_pigs(reading):
        return None if reading.has("self") else DangerText(None, denied=True)
    if reading.has("school") and not reading.has("self", "mine", *_PEOPLE):
        return None
    if _asks_for_facts(reading):
        return None
    found = _vocabulary().concepts_in(reading)
    told = [code for code, denied in found.items() if not denied]
    serious = [code for code in told if not _is_idle(code, reading)]
    code = next(iter(serious), None) or _sugar(text)
    return DangerText(code, denied=not told or reading.has("jest")) if found or code else None


def _bites_nobody(reading: Reading) -> bool:
    return reading.has("other_animal") and not reading.has("bite", "eat", "hurt", "wound")


def _is_of_pigs(reading: Reading) -> bool:
    tags = any(one.word.isdigit() and len(one.word) >= _SHORTEST_TAG for one in reading.tokens)
    of_people = reading.has("person", "suicide", "violence_words", "pig_bite")
    return (
        tags or reading.has("pig", "pigs", "pig_disease", "pig_abort", "hoof", "snout", "tail")
    ) and not of_people


def _asks_for_facts(reading: Reading) -> bool:
    if reading.has("suicide", "wantdie"):
        return False
    return reading.has("fact") or (
        reading.has("ask", "why") and not reading.has("self", "mine", "person", "todo")
    )


def _is_idle(code: str, reading: Reading) -> bool:
    """Tell whether the words are a way of speaking: to die for a smoke, a phone that broke."""
    if code in {"unconscious", "urgent"} and any(
        one.word in _PIGS and after.word in _WEAK for one, after in pairwise(reading.tokens)
    ):
        return True
    broke = reading.has(*_THINGS) and not (reading.has("accident") and reading.has("person"))
    if _is_past(reading) or (broke and code == "injury"):
        return True
    return any(
        (not codes or code in codes) and reading.has(*words) and not reading.has(*unless)
        for words, codes, unless in _WAYS_OF_SPEAKING
    )


def _is_past(reading: Reading) -> bool:
    """Tell whether it was years ago: `had a stroke in 2015`."""
    year = any(_YEAR.fullmatch(one.word) for one in reading.tokens)
    lasts = reading.has("since", "now", "nau", "today", "again", "self", "mine", "suicide")
    return (year or reading.has("past")) and not lasts


def _sugar(text: str) -> str | None:
    """Read a reading of blood sugar, in mmol/l or mg/dl."""
    found = _READING.search(text.casefold())
    if not found:
        return None
    value = float(found[1].replace(",", "."))
    value = value / _MG_DL if value > _MOST_MMOL else value
    if value < _LOW:
        return "low_sugar"
    return "high_sugar" if value > _HIGH else None
