"""What a village's box says by itself, before the server has heard of it."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, Mapping[str, str]] = {
    "village.kept": {
        "en": "We keep your message in the village. It goes on when there is signal, "
        "then the answer comes to you.",
        "tpi": "Mipela holim mesej bilong yu long ples. Taim signal i kam bek em bai go, "
        "na bihain bekim bai kam long yu.",
    },
    "village.promised": {
        "en": "We keep your report. Pig {tag} gets the number {pig}. It goes on when there is "
        "signal, then the receipt comes.",
        "tpi": "Mipela holim ripot bilong yu. Namba bilong pik {tag} em {pig}. Taim signal i kam "
        "bek em bai go, na risit bai kam.",
    },
    "village.promised_several": {
        "en": "We keep your report. The {heads} pigs get the numbers {pigs}. It goes on when "
        "there is signal, then the receipt comes.",
        "tpi": "Mipela holim ripot bilong yu. Namba bilong {heads} pik em {pigs}. Taim signal i "
        "kam bek em bai go, na risit bai kam.",
    },
    "village.stop": {
        "en": "OK. From now on the village sends you no messages of programmes. The rest stops "
        "when there is signal.",
        "tpi": "Orait. Stat long nau ples i no salim mesej bilong program long yu. Olgeta bai "
        "stop taim signal i kam bek.",
    },
    "village.status": {
        "en": "Pig {pig}: {status}, {province}.{barred} As of {age}. The true answer comes when "
        "there is signal.",
        "tpi": "Pik {pig}: {status}, {province}.{barred} Mipela save long {age}. Trupela bekim "
        "bai kam taim signal i kam bek.",
    },
    "village.barred": {"en": " It must not move.", "tpi": " I tambu long muvim."},
    "village.nowhere": {"en": "place not known", "tpi": "mipela no save long ples"},
    "village.age": {"en": "{day}, {days} days old", "tpi": "{day}, {days} de i go pinis"},
    "village.yesterday": {"en": "{day}, a day old", "tpi": "{day}, asde"},
    "village.fresh": {"en": "{day}", "tpi": "{day}"},
    "village.state.alive": {"en": "alive", "tpi": "i stap laip"},
    "village.state.dead": {"en": "dead", "tpi": "i dai pinis"},
    "village.state.slaughtered": {"en": "slaughtered", "tpi": "ol i kilim pinis"},
    "village.state.unknown": {"en": "not registered", "tpi": "i no stap long buk"},
}
