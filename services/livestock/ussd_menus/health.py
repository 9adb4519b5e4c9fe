"""Screens of pigs' health: sickness, death, medicine, vaccines."""

from dataclasses import replace

from gateway.menus import Ask, Choice, Form, Value
from services.livestock.ussd_menus.fields import HEADS, MOB, PIG, PIGS, WHEN, confirmed, menu
from services.texts.labels import both, line

_SIGNS = Choice(
    "account",
    both("What do you see?", "Yu lukim wanem mak?"),
    (
        Value(both("Fever", "Skin i hot"), "fever"),
        Value(both("Not eating", "I no kaikai"), "not eating"),
        Value(both("Red skin", "Skin i ret"), "red skin"),
        Value(both("Vomiting", "I traut"), "vomiting"),
        Value(both("Diarrhoea", "Pekpek wara"), "diarrhoea"),
        Value(both("Bleeding", "Blut i kamaut"), "bleeding"),
        Value(
            both("More, or other", "Planti o narapela"),
            then=Ask(
                "account",
                both(
                    "Write what you see. If it was not today, write the day, too.",
                    "Raitim wanem mak yu lukim. Sapos em i no tude, raitim de tu.",
                ),
                "fever, blue skin, yesterday",
                required=True,
            ),
        ),
        Value(both("I do not know", "Mi no save")),
    ),
)
_CAUSE = Choice(
    "account",
    both("Why did it die?", "Em i dai long wanem?"),
    (
        Value(both("Sickness", "Sik"), "sick"),
        Value(both("Accident", "Eksiden"), "accident"),
        Value(both("Dogs", "Dok"), "dogs"),
        Value(both("Old age", "Lapun"), "old"),
        Value(both("Culled", "Ofisa i tok kilim"), "culled"),
        Value(both("I do not know", "Mi no save")),
        Value(
            both("Other, or not today", "Narapela, o no tude"),
            then=Ask(
                "account",
                both("Write why, and on which day.", "Raitim long wanem, na wanem de."),
                "sick, yesterday",
                required=True,
            ),
        ),
    ),
)
_DEAD = replace(HEADS, written="{} pigs")
_PRODUCT = both("Which one? Its name.", "Wanem nem bilong en?")
_SCORE = Choice(
    "score",
    both("How is its body?", "Bodi bilong en i olsem wanem?"),
    (
        Value(both("Very thin", "Bun nating"), "1"),
        Value(both("Thin", "Bun"), "2"),
        Value(both("Good", "Gutpela"), "3"),
        Value(both("Fat", "Gris"), "4"),
        Value(both("Very fat", "Gris tumas"), "5"),
    ),
)
_KILOGRAMS = Ask("kilograms", both("How many kilograms?", "Hamas kilo?"), "84 KG")
_DAYS = Choice(
    "days",
    both("For how many days may it not be slaughtered?", "Hamas de yu no ken kilim?"),
    (
        Value(
            both("Write the days", "Raitim hamas de"),
            then=Ask("days", both("How many days?", "Hamas de?"), "28", required=True),
        ),
        Value(both("I do not know", "Mi no save")),
    ),
)

SCREENS = (
    menu(
        "pigs.sick",
        both("Sick pigs", "Pik i sik"),
        line("I know their numbers", "Mi save long namba", "pigs.sick.numbers"),
        line("I counted them", "Mi kaunim pinis", "pigs.sick.counted"),
        line("Many, not counted", "Planti, mi no kaunim", "pigs.sick.many"),
    ),
    confirmed(
        Form("pigs.sick.numbers", "sickness", (replace(PIGS, required=True), _SIGNS)),
        "Pig {tags} is sick: {account}?",
        "Pik {tags} i sik: {account}?",
    ),
    confirmed(
        Form("pigs.sick.counted", "sickness", (HEADS, _SIGNS)),
        "{heads} pigs are sick: {account}?",
        "{heads} pik i sik: {account}?",
    ),
    confirmed(
        Form("pigs.sick.many", "sickness", (_SIGNS,)),
        "Many pigs are sick: {account}?",
        "Planti pik i sik: {account}?",
    ),
    menu(
        "pigs.dead",
        both("Dead pigs", "Pik i dai"),
        line("I know their numbers", "Mi save long namba", "pigs.dead.numbers"),
        line("So many, no tag", "Hamas, i no gat namba", "pigs.dead.counted"),
        line("Of a mob", "Bilong lain", "pigs.dead.of_mob"),
    ),
    confirmed(
        Form("pigs.dead.numbers", "death", (PIGS, _CAUSE)),
        "Pig {tags} died: {account}?",
        "Pik {tags} i dai: {account}?",
    ),
    confirmed(
        Form("pigs.dead.counted", "deaths", (_DEAD, _CAUSE)),
        "{heads} pigs died: {account}?",
        "{heads} pik i dai: {account}?",
    ),
    confirmed(
        Form("pigs.dead.of_mob", "deaths", (MOB, _DEAD, _CAUSE)),
        "{heads} pigs of mob {mob} died: {account}?",
        "{heads} pik bilong lain {mob} i dai: {account}?",
    ),
    menu(
        "pigs.medicine",
        both("Medicine and feed", "Marasin na kaikai"),
        line("Medicine", "Marasin", "pigs.treated"),
        line("Vaccine", "Vaksin", "pigs.vaccinated"),
        line("Weight", "Hevi", "pigs.weighed"),
        line("Feed", "Kaikai", "pigs.fed"),
        line("Thin or fat", "Bun o gris", "pigs.condition"),
    ),
    confirmed(
        Form("pigs.treated", "treatment", (PIGS, Ask("product", _PRODUCT, "IVOMEC"), _DAYS, WHEN)),
        "Pig {tags} got {product}. Not to be slaughtered for days: {days}. Day: {day}. "
        "Is it right?",
        "Pik {tags} i kisim {product}. Hamas de i no ken kilim: {days}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form(
            "pigs.vaccinated", "vaccination", (PIGS, Ask("product", _PRODUCT, "CSF vaccine"), WHEN)
        ),
        "Pig {tags} got the vaccine {product}. Day: {day}. Is it right?",
        "Pik {tags} i kisim vaksin {product}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form("pigs.weighed", "weight", (PIG, _KILOGRAMS, WHEN)),
        "Pig {tag} weighs {kilograms}. Day: {day}. Is it right?",
        "Pik {tag} i gat {kilograms}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form(
            "pigs.fed",
            "feed",
            (PIGS, Ask("product", both("What did it eat?", "Em i kaikai wanem?"), "kaukau"), WHEN),
        ),
        "Pig {tags} got {product}. Day: {day}. Is it right?",
        "Pik {tags} i kaikai {product}. De: {day}. Em i stret?",
    ),
    confirmed(
        Form("pigs.condition", "condition", (PIG, _SCORE, WHEN)),
        "The body of pig {tag} is {score}. Day: {day}. Is it right?",
        "Bodi bilong pik {tag} em {score}. De: {day}. Em i stret?",
    ),
)
