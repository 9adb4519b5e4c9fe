"""Why a phrase cannot be understood, as a person is told it."""

from __future__ import annotations

from gateway.grammar import Fault, FaultCode, Phrase
from services.texts.catalogue import SENTENCES, say


def explain(phrase: Phrase, fault: Fault, example: str, language: str) -> str:
    """Tell why a phrase cannot be understood, and show how it is written."""
    return say(_sentence(fault, phrase.code), language, example=example, **_values(fault))


def _sentence(fault: Fault, phrase: str) -> str:
    """Choose the sentence that tells most about a fault in a phrase."""
    codes: tuple[str, ...]
    if fault.cause is not None:
        mistake = fault.cause.mistake.value
        codes = (f"mistake.{fault.argument}_{mistake}", f"mistake.{mistake}", "mistake.other")
    elif fault.code is FaultCode.MISSING:
        argument = f"missing.{fault.argument}"
        codes = (f"{argument}.{phrase}", argument, "missing")
    else:
        codes = ("leftover" if fault.code is FaultCode.LEFTOVER else "nearest",)
    return next(code for code in codes if code in SENTENCES)


def _values(fault: Fault) -> dict[str, object]:
    if fault.cause is None:
        return {}
    return {"count": fault.cause.count, "place": fault.cause.place}
