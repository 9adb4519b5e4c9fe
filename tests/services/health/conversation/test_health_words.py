"""Words by which an unread message is health's, and words by which it is of pigs."""

from __future__ import annotations

import pytest

from services.health.conversation.health_words import tells_of_health
from services.livestock.domain.whose_pigs import speaks_of_pigs

OF_HEALTH = (
    "mi gat suga na mi no save",
    "my wife is pregnant and sad",
    "mi sik tru na mi les",
    "my insulin and the pig",
    "no chest pain today",
    "skin bilong mi i hat tumas na mi sik",
    "my mother is very weak",
    "em i laik kilim em yet",
)
OF_PIGS = (
    "pik bilong mi i go we",
    "my pig is pregnant",
    "who buys piglets",
    "is asf in goroka",
    "snout is dry",
    "ol pik i stap long banis",
)
OF_NEITHER = ("wanem samting", "1359 i go we", "ringim mi", "husat i bosim dispela namba")


@pytest.mark.parametrize("text", OF_HEALTH)
def test_words__of_health__are_healths_whatever_else_stands_there(text):
    assert tells_of_health(text)


@pytest.mark.parametrize("text", OF_PIGS)
def test_words__of_pigs__are_livestocks_and_no_health(text):
    assert (tells_of_health(text), speaks_of_pigs(text)) == (False, True)


@pytest.mark.parametrize("text", OF_NEITHER)
def test_words__of_neither__leave_it_to_the_sender(text):
    assert (tells_of_health(text), speaks_of_pigs(text)) == (False, False)


def test_words__of_a_programme__are_healths():
    assert tells_of_health("mi laik lusim simuk nau", frozenset({"lusim simuk"}))
    assert not tells_of_health("mi laik lusim nau", frozenset({"lusim simuk"}))
