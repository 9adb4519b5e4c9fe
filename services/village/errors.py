"""Errors of what village boxes bring, each a kind of `services.core.errors`."""

from services.core.errors import Conflict, Forbidden


class BoxTexts(Forbidden):
    """A text beyond those that a box may bring in a day."""

    code = "box_texts"
    detail = "This box has brought as many texts today as it may ({most}): the text is kept"


class BoxNumbers(Forbidden):
    """A text of one more number than a box may bring in a day."""

    code = "box_numbers"
    detail = "This box has brought texts of as many numbers today as it may ({most}): it is kept"


class BoxRepeats(Conflict):
    """The same text of the same sender and second, which a box has brought before."""

    code = "box_repeats"
    detail = "A box has brought this text of this number before, under another seq"
