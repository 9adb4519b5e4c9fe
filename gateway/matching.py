"""One reading of one text by one phrase: which arguments are there; pure."""

import re
from collections.abc import Iterable

from gateway.grammar import WORD_END, Argument, Fault, FaultCode, Misread, Phrase, Read

# A plus sign begins a phone number, or else stands between two numbers.
_SEPARATORS = re.compile(r"[^\w+]*(?:(?:_|\+(?![0-9]{5}))[^\w+]*)*")
_NO_WORDS = re.compile(r"(?!)")
# A report of twenty pigs takes about thirty readings, and nobody says twelve words for nothing.
MOST_READINGS = 64
MOST_FILLERS = 12


def words_pattern(texts: Iterable[str], end: str = WORD_END) -> re.Pattern[str]:
    """Make the pattern of any of `texts`, longest first; case and separators do not matter."""
    ordered = sorted({" ".join(text.split()) for text in texts} - {""}, key=len, reverse=True)
    if not ordered:
        return _NO_WORDS
    forms = (r"[\W_]*".join(re.escape(word) for word in text.split()) for text in ordered)
    return re.compile(f"(?:{'|'.join(forms)}){end}", re.IGNORECASE)


def skip_separators(text: str, position: int) -> int:
    """Return the position of the next letter, digit or phone number's plus sign, or the end."""
    found = _SEPARATORS.match(text, position)
    return found.end() if found else position


class Attempt:
    """Reads the arguments of `phrase` from `text`, backing off where a later one needs words.

    Attributes:
        arguments: what was read by name, or None.
        fault: why it is None: the fault furthest into the text.
        began: whether any argument, well or badly written, was there at all.
        readings: number of values that it tried to read.
        more: whether other words follow what was read, as they may where the phrase is loose.

    Every pair of argument and position is tried once, and what takes more than `MOST_READINGS` is
    not understood: a text that is made to be read slowly is not.
    """

    def __init__(self, phrase: Phrase, text: str, start: int, fillers: re.Pattern[str]) -> None:
        self._phrase = phrase
        self._text = text
        self._fillers = fillers
        self._dead: set[tuple[int, int]] = set()
        self.readings = 0
        self._rank = (-1, 0)
        self.fault = Fault(FaultCode.LEFTOVER)
        self.began = False
        self.more = False
        self.arguments = self._read_from(0, start)
        if self.arguments is not None and phrase.unless is not None and phrase.unless(text):
            self.arguments, self.fault = None, Fault(FaultCode.LEFTOVER)

    def _read_from(self, index: int, position: int) -> dict[str, object] | None:
        """Read the arguments from number `index` on; None if that cannot be, from here."""
        if (index, position) in self._dead:
            return None
        if index == len(self._phrase.arguments):
            found: dict[str, object] | None = self._finish(position)
        else:
            found = self._read_one(index, position)
        if found is None:
            self._dead.add((index, position))
        return found

    def _read_one(self, index: int, position: int) -> dict[str, object] | None:
        argument = self._phrase.arguments[index]
        values, ends = self._values(argument, position)
        for taken in range(len(values), -1, -1):
            if argument.required and not taken:
                break
            found = self._read_from(index + 1, ends[taken])
            if found is not None:
                single = values[0] if taken else None
                return {argument.name: tuple(values[:taken]) if argument.many else single} | found
        return None

    def _values(self, argument: Argument, position: int) -> tuple[list[object], list[int]]:
        """Read as many values as may be; and the position after none, one, two… of them."""
        values: list[object] = []
        ends = [position]
        while argument.many or not values:
            reading = self._value(argument, ends[-1])
            if reading is None:
                break
            value, end = reading
            values.append(value)
            ends.append(end)
        if argument.required and not values:
            fault = Fault(FaultCode.MISSING, argument.name)
            self._note(fault, self._skip_fillers(position), 0)
        return values, ends

    def _value(self, argument: Argument, position: int) -> tuple[object, int] | None:
        """Read one value, skipping fillers only where it cannot begin with them."""
        for _ in range(MOST_FILLERS + 1):
            position = skip_separators(self._text, position)
            self.readings += 1
            if position == len(self._text) or self.readings > MOST_READINGS:
                return None
            reading = argument.kind(self._text[position:])
            if isinstance(reading, Read) and reading.length > 0:
                self.began = True
                return reading.value, position + reading.length
            wrong = reading.length if isinstance(reading, Misread) else 0
            if isinstance(reading, Misread):
                self.began = True
                fault = Fault(FaultCode.UNREADABLE, argument.name, reading.cause)
                self._note(fault, position, reading.length)
            filler = self._fillers.match(self._text, position)
            # What is written wrong is no filler: the `long` of `long taim bipo`.
            if not filler or self._cuts(filler, wrong):
                return None
            position = filler.end()
        return None

    def _cuts(self, filler: re.Match[str], wrong: int) -> bool:
        """Tell whether a filler is only the first word of what is written wrong."""
        apart = not self._text[filler.end() : filler.end() + 1].isalnum()
        return apart and wrong > filler.end() - filler.start()

    def _finish(self, position: int) -> dict[str, object] | None:
        position = self._skip_fillers(position)
        self.more = position < len(self._text)
        if not self.more or self._phrase.loose:
            return {}
        self._note(Fault(FaultCode.LEFTOVER), position, 0)
        return None

    def _skip_fillers(self, position: int) -> int:
        position = skip_separators(self._text, position)
        for _ in range(MOST_FILLERS):
            filler = self._fillers.match(self._text, position)
            if not filler:
                break
            position = skip_separators(self._text, filler.end())
        return position

    def _note(self, fault: Fault, position: int, length: int) -> None:
        """Keep the fault that is furthest into the text, then the one that explains most of it."""
        if (position, length) > self._rank:
            self._rank = (position, length)
            self.fault = fault
