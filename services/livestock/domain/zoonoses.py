"""Zoonoses of pigs: diseases of theirs that people get, of which health officers are told; pure.

Sources: WOAH Terrestrial Manual, the chapter of each disease; WHO fact sheets and guidelines. Only
those are listed that pigs carry, and that a laboratory of the region or a keeper may name.
"""

from collections.abc import Mapping

ZOONOSES: Mapping[str, str] = {
    "anthrax": "Bacillus anthracis: carcasses, meat. WHO, Anthrax in humans and animals, 2008",
    "brucellosis": "Brucella suis: births, abortions, meat. WHO, Brucellosis in humans and "
    "animals, 2006",
    "leptospirosis": "Leptospira: urine, flood water. WHO, Human leptospirosis, 2003",
    "swine_influenza": "Influenza A virus of swine: breath. WHO, Influenza (avian and other "
    "zoonotic)",
    "japanese_encephalitis": "Japanese encephalitis virus: pigs amplify it, mosquitoes carry it. "
    "WHO fact sheet",
    "cysticercosis": "Taenia solium: raw pork, and eggs of people's tapeworms. WHO, Taeniasis and "
    "cysticercosis",
    "rabies": "Lyssavirus: bites. WHO, Expert consultation on rabies, 2018",
}
"""By code of `services.livestock.domain.details`: the agent, how people get it, and the source."""


def is_zoonosis(disease: str | None) -> bool:
    """Tell whether people get a disease from pigs."""
    return disease in ZOONOSES
