"""Why something may or may not move: a sentence for one, a few words for lists.

Beside the values of the reason itself, sentences take `pig` (the number asked about), `place`
(where it stands), `other` (where it goes to) and `to` (the number to type for `other`). Where one
is not known, `word.<name>` stands for it. Days are written as people do.
"""

from __future__ import annotations

from collections.abc import Mapping

_CALL_EN = "Questions: call NAQIA 1801332."
_CALL_TPI = "Sapos yu gat askim, ringim NAQIA 1801332."
_ASK_EN = "Send: PERMIT {pig} {to}. An officer will answer you."
_ASK_TPI = "Salim: PEMIT {pig} {to}. Ofisa bai bekim yu."

# Few words in English and in Tok Pisin.
_SHORT: Mapping[str, tuple[str, str]] = {
    "dead": ("dead", "i dai pinis"),
    "gone": ("nothing left", "i pinis"),
    "unknown": ("not registered", "i no stap long buk"),
    "quarantine": ("quarantine", "kwarantin"),
    "zone_leaving": ("closed zone", "tambu long go aut"),
    "zone_entering": ("goes to closed zone", "tambu long go insait"),
    "unknown_origin": ("where is it?", "i stap we?"),
    "unknown_destination": ("where does it go?", "i go we?"),
    "withdrawal": ("medicine", "marasin i stap yet"),
    "standstill": ("must stay", "i mas stap yet"),
    "permit_too_many": ("permit is full", "pemit i pulap"),
    "uncounted": ("count them first", "kaunim pastaim"),
    "permit_not_yet": ("permit not begun", "pemit i no stat yet"),
    "permit_waiting": ("permit not answered", "wetim pemit"),
    "permit_expired": ("permit has ended", "pemit i pinis"),
    "permit_revoked": ("permit taken back", "ol i rausim pemit"),
    "permit_refused": ("permit refused", "ofisa i tok nogat"),
    "permit_used": ("permit is used", "pemit i wok pinis"),
    "permit_other_route": ("permit: other road", "pemit: narapela rot"),
    "permit_other_animal": ("permit: other pig", "pemit: narapela pik"),
    "no_permit": ("no permit", "no gat pemit"),
}

_WHY: Mapping[str, Mapping[str, str]] = {
    "dead": {
        "en": "NO. Our book says that pig {pig} died or was slaughtered on {day}. "
        "If that is wrong, call NAQIA 1801332.",
        "tpi": "NO KEN. Buk bilong mipela i tok pik {pig} i dai pinis long {day}. "
        "Sapos dispela i no stret, ringim NAQIA 1801332.",
    },
    "gone": {
        "en": "NO. Our book says that nothing is left of {pig} since {day}. "
        "If that is wrong, call NAQIA 1801332.",
        "tpi": "NO KEN. Buk bilong mipela i tok {pig} i pinis olgeta long {day}. "
        "Sapos dispela i no stret, ringim NAQIA 1801332.",
    },
    "unknown": {
        "en": "NO. Pig {pig} is not in our book. Look again at the number in its ear. "
        "If it is right, register the pig first: REG {pig}",
        "tpi": "NO KEN. Pik {pig} i no stap long buk bilong mipela. Lukim gen namba long yau. "
        "Sapos em i stret, salim: RAITIM {pig}",
    },
    "quarantine": {
        "en": "NO. {area} is under quarantine, {disease}: pig {pig} must stay until order {order} "
        "is lifted. " + _CALL_EN,
        "tpi": "NO KEN. Kwarantin i stap long {area}, sik {disease}. Pik {pig} i mas wet inap "
        "ofisa i rausim oda {order}. Askim: NAQIA 1801332.",
    },
    "zone_leaving": {
        "en": "NO. Pig {pig} must not leave {area}: {disease} is there. "
        "Wait until order {order} is lifted. " + _CALL_EN,
        "tpi": "NO KEN. I tambu long muvim pik {pig} i go ausait long {area}. Sik {disease} i "
        "stap. " + _CALL_TPI,
    },
    "zone_entering": {
        "en": "NO. Pig {pig} must not go into {area}: {disease} is there. "
        "Wait until order {order} is lifted. " + _CALL_EN,
        "tpi": "NO KEN. I tambu long muvim pik {pig} i go insait long {area}. Sik {disease} i "
        "stap. " + _CALL_TPI,
    },
    "unknown_origin": {
        "en": "NOT YET. We do not know exactly where pig {pig} is now, or in which district. "
        "Tell an officer, or call NAQIA 1801332.",
        "tpi": "NO KEN yet. Pik {pig} i stap we nau, long wanem distrik? Mipela no save. "
        "Tokim ofisa o ringim NAQIA 1801332.",
    },
    "unknown_destination": {
        "en": "NOT YET. Where does pig {pig} go, in which district? We do not know. "
        "Send: OK {pig} and the number of the place, or call NAQIA 1801332.",
        "tpi": "NO KEN yet. Pik {pig} i go we, long wanem distrik? Mipela no save. "
        "Salim: ORAIT {pig} na namba bilong ples, o ringim NAQIA 1801332.",
    },
    "withdrawal": {
        "en": "NOT YET. Pig {pig} was given medicine. Wait until {until}; "
        "after that day you may slaughter and eat it.",
        "tpi": "NO KEN kilim yet. Pik {pig} i kisim marasin. Wet inap long {until}, "
        "bihain yu ken kilim na kaikai.",
    },
    "standstill": {
        "en": "NOT YET. Pig {pig} came on {day} and must stay {count} days at place {place}. "
        "It may go on {until}.",
        "tpi": "NO KEN yet. Pik {pig} i kamap long {day} na em i mas stap {count} de long ples "
        "{place}. Em i ken go long {until}.",
    },
    "permit_too_many": {
        "en": "NO. Permit {permit} is for {count} pigs only, pig {pig} is one too many. " + _ASK_EN,
        "tpi": "NO KEN. Pemit {permit} i bilong {count} pik tasol, pik {pig} i mas kisim narapela. "
        + _ASK_TPI,
    },
    "uncounted": {
        "en": "NOT YET. We do not know how many pigs are in mob {pig}, and permit {permit} is for "
        "{count}. Count them and tell an officer.",
        "tpi": "NO KEN yet. Hamas pik i stap long lain {pig}? Mipela no save. Pemit {permit} i "
        "bilong {count} pik. Kaunim ol na tokim ofisa.",
    },
    "permit_not_yet": {
        "en": "NOT YET. Permit {permit} begins on {first}. It is good from {first} to {last}.",
        "tpi": "NO KEN yet. Pemit {permit} i stat long {first}. "
        "Em i orait long {first} inap long {last}.",
    },
    "permit_waiting": {
        "en": "NOT YET. Permit {permit} waits for an officer, who will answer you. " + _CALL_EN,
        "tpi": "NO KEN yet. Ofisa i no bekim yet askim bilong yu long pemit {permit}. "
        "Wet, em bai bekim yu.",
    },
    "permit_expired": {
        "en": "NO. Permit {permit} ended on {last}. Ask for a new one. " + _ASK_EN,
        "tpi": "NO KEN. Pemit {permit} i pinis long {last}. Kisim nupela pastaim. " + _ASK_TPI,
    },
    "permit_revoked": {
        "en": "NO. An officer took back permit {permit}. A new one is needed. " + _CALL_EN,
        "tpi": "NO KEN. Ofisa i rausim pinis pemit {permit}. Kisim nupela pastaim. " + _CALL_TPI,
    },
    "permit_refused": {
        "en": "NO. An officer refused permit {permit}. Another one is needed. " + _CALL_EN,
        "tpi": "NO KEN. Ofisa i tok nogat long pemit {permit}. Kisim narapela pastaim. "
        + _CALL_TPI,
    },
    "permit_used": {
        "en": "NO. Permit {permit} is used: its journey is over. Get a new one. " + _ASK_EN,
        "tpi": "NO KEN. Pemit {permit} i mekim wok pinis. Kisim nupela pastaim. " + _ASK_TPI,
    },
    "permit_other_route": {
        "en": "NO. Permit {permit} is for another road. A new one is needed. " + _ASK_EN,
        "tpi": "NO KEN. Pemit {permit} i bilong narapela rot. Kisim nupela pastaim. " + _ASK_TPI,
    },
    "permit_other_animal": {
        "en": "NO. Permit {permit} is for other pigs, not for pig {pig}. Ask for one. " + _ASK_EN,
        "tpi": "NO KEN. Pemit {permit} i bilong narapela pik. Pik {pig} i mas kisim pemit pastaim. "
        + _ASK_TPI,
    },
    "no_permit": {
        "en": "NO. Pig {pig} needs a permit of NAQIA first. " + _ASK_EN,
        "tpi": "NO KEN. Pik {pig} i mas kisim pemit bilong NAQIA pastaim. " + _ASK_TPI,
    },
}

SENTENCES: Mapping[str, Mapping[str, str]] = {
    **{f"no.{code}": sentences for code, sentences in _WHY.items()},
    **{f"short.{code}": {"en": en, "tpi": tpi} for code, (en, tpi) in _SHORT.items()},
    "yes.permit": {
        "en": "OK. Pig {pig} may go to {other} on {day}. There is permit {permit}. "
        "Show its number at the roadblock.",
        "tpi": "ORAIT. Pik {pig} i ken go long {other} long {day}. Pemit {permit} i stap. "
        "Soim namba bilong pemit long rotblok.",
    },
    "yes.plain": {
        "en": "OK. Pig {pig} may go to {other} on {day}. It needs no permit.",
        "tpi": "ORAIT. Pik {pig} i ken go long {other} long {day}. I no gat tambu.",
    },
    "yes.slaughter": {
        "en": "OK. Pig {pig} may be slaughtered at {place} on {day}.",
        "tpi": "ORAIT. Yu ken kilim pik {pig} long {place} long {day}.",
    },
    "many.all": {
        "en": "OK. All {count} may go to {other} on {day}.",
        "tpi": "ORAIT. Olgeta {count} pik i ken go long {other} long {day}.",
    },
    "many.some": {
        "en": "{may} may go. NOT: {list}",
        "tpi": "{may} pik i ken go. NO KEN: {list}",
    },
    "many.none": {
        "en": "NO. None of the {count} may go: {list}",
        "tpi": "NO KEN. Olgeta {count} pik i no ken go: {list}",
    },
    "word.disease": {"en": "a disease", "tpi": "nogut"},
    "word.place": {"en": "where it is", "tpi": "we em i stap"},
    "word.other": {"en": "where it goes", "tpi": "narapela hap"},
    "word.to": {"en": "PLACE", "tpi": "PLES"},
}
