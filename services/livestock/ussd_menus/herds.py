"""Screens of pigs without tags and of their tags: births, mobs, pork, tags lost and new."""

from gateway.menus import Ask, Choice, Form, Value
from services.livestock.recording.short_numbers import EXAMPLE_PIG
from services.livestock.ussd_menus.fields import (
    HEADS,
    HOW_MANY,
    MOB,
    MOB_NUMBER,
    NEW_TAG,
    PIG,
    TO,
    WHEN,
    confirmed,
    menu,
)
from services.texts.labels import both, line

_WRITE = both("Write the number", "Raitim hamas")
_MOTHER = both("Number of the mother?", "Namba bilong mama?")
_COUNTED = Choice(
    "heads",
    HOW_MANY,
    (Value(_WRITE, then=HEADS), Value(both("Not counted", "Mi no kaunim"))),
)
_TAKEN = Choice(
    "heads",
    HOW_MANY,
    (Value(both("All of them", "Olgeta")), Value(_WRITE, then=HEADS)),
)

SCREENS = (
    menu(
        "pigs.born",
        both("Piglets", "Pikinini pik"),
        line("Without tags", "I no gat namba", "pigs.born.untagged"),
        line("With tags", "I gat namba long yau", "pigs.born.tagged"),
    ),
    confirmed(
        Form("pigs.born.untagged", "birth", (HEADS, Ask("dam", _MOTHER, EXAMPLE_PIG), WHEN)),
        "{heads} piglets were born. Mother: {dam}. Day: {day}. Is it right?",
        "{heads} pikinini pik i kamap. Mama: {dam}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form(
            "pigs.born.tagged",
            "birth_tagged",
            (NEW_TAG, Ask("dam", _MOTHER, EXAMPLE_PIG, written="mother {}"), WHEN),
        ),
        "Piglets {new} were born. Mother: {dam}. Day: {day}. Is it right?",
        "Pikinini pik {new} i kamap. Mama: {dam}. De: {day}. Em i stret?",
    ),
    menu(
        "pigs.mobs",
        both("Mobs and pork", "Lain na mit"),
        line("A new mob", "Nupela lain", "pigs.mob.new"),
        line("Count a mob", "Kaunim lain", "pigs.mob.count"),
        line("Move a mob", "Muvim lain", "pigs.mob.move"),
        line("Pork", "Mit", "pigs.pork"),
    ),
    confirmed(
        Form("pigs.mob.new", "mob", (_COUNTED, WHEN)),
        "A new mob at your place, pigs: {heads}. Day: {day}. Is it right?",
        "Nupela lain long ples bilong yu, hamas pik: {heads}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form("pigs.mob.count", "mob_count", (Ask("mob", MOB_NUMBER, EXAMPLE_PIG), HEADS, WHEN)),
        "Mob {mob} has {heads} pigs. Day: {day}. Is it right?",
        "Lain {mob} i gat {heads} pik. De: {day}. Em i stret?",
    ),
    confirmed(
        Form("pigs.mob.move", "move_mob", (MOB, _TAKEN, TO, WHEN)),
        "Mob {mob}, pigs: {heads}, left for {place}. Day: {day}. Is it right?",
        "Lain {mob}, hamas pik: {heads}, i go long {place}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form(
            "pigs.pork",
            "pork",
            (
                Ask("kilograms", both("How many kilograms?", "Hamas kilogrem?"), "40"),
                TO,
                WHEN,
            ),
        ),
        "{kilograms} kg of pork left for {place}. Day: {day}. Is it right?",
        "{kilograms} kg mit i go long {place}. De: {day}. Em i stret?",
    ),
    menu(
        "pigs.tags",
        both("Tags", "Namba long yau"),
        line("A tag is lost", "Namba i lus", "pigs.tag.lost"),
        line("A new tag", "Nupela namba", "pigs.tag.new"),
    ),
    confirmed(
        Form("pigs.tag.lost", "tag_lost", (PIG, WHEN)),
        "Pig {tag} lost its tag. Day: {day}. Is it right?",
        "Namba bilong pik {tag} i lus. De: {day}. Em i stret?",
    ),
    confirmed(
        Form("pigs.tag.new", "retag", (PIG, NEW_TAG, WHEN)),
        "Pig {tag} has the new tag {new}. Day: {day}. Is it right?",
        "Pik {tag} i gat nupela namba {new}. De: {day}. Em i stret?",
    ),
)
