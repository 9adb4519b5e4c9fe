"""Words of sickness, bodies and danger as people write them, of every language in one lexicon."""

import tomllib
from functools import cache
from importlib.resources import files

from gateway.lexicon import Lexicon


@cache
def lexicon() -> Lexicon:
    """Return the lexicon of `spoken_words.toml`, read once."""
    text = (files("services.texts") / "spoken_words.toml").read_text("utf-8")
    told = tomllib.loads(text)
    return Lexicon(told["lemmas"], told["common"].split())
