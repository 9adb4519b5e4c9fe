"""Menus of traceability on USSD: the SMS commands, by keys."""

from gateway.menus import Menus, Screen
from services.core.roles import OFFICERS, Role
from services.livestock.ussd_menus import health, helpers, herds, pigs
from services.livestock.ussd_menus.fields import menu
from services.livestock.ussd_menus.work import WORK
from services.texts.labels import both, line

__all__ = ["PIGS", "WORK", "WORKERS"]

WORKERS = OFFICERS | {Role.ABATTOIR, Role.RECORDER}
"""Roles that see `WORK` as well. Each command checks the role again, as by SMS."""

# The most frequent come first: two keys lead to each of them.
_TREE: tuple[Screen, ...] = (
    menu(
        "pigs",
        both("Pigs", "Pik"),
        line("May it move?", "Inap em i go?", "pigs.ok"),
        line("Move", "Muvim", "pigs.move"),
        line("Arrived", "Em i kamap", "pigs.arrive"),
        line("Sick", "Sik", "pigs.sick"),
        line("Dead", "I dai", "pigs.dead"),
        line("Register", "Raitim", "pigs.register"),
        line("Sell or give", "Salim o givim", "pigs.sell"),
        line("More", "Moa", "pigs.more"),
    ),
    menu(
        "pigs.more",
        both("Pigs, more", "Pik, moa"),
        line("Medicine, feed", "Marasin, kaikai", "pigs.medicine"),
        line("Born", "Karim pikinini", "pigs.born"),
        line("Slaughter", "Kilim", "pigs.slaughter"),
        line("Permit", "Pemit", "pigs.permit"),
        line("Where was it?", "Stori bilong pik", "pigs.trace"),
        line("Mobs and pork", "Lain na mit", "pigs.mobs"),
        line("Tags", "Namba long yau", "pigs.tags"),
        line("Place, receipts", "Ples, risit", "pigs.papers"),
    ),
    menu(
        "pigs.papers",
        both("Place and receipts", "Ples na risit"),
        line("My place", "Ples bilong mi", "pigs.place"),
        line("Numbers of my pigs", "Namba bilong ol pik", "pigs.list"),
        line("Look at a receipt", "Lukim risit", "pigs.receipt"),
        line("My report was wrong", "Ripot i rong", "pigs.wrong"),
        line("Record book", "Bikpela buk", "pigs.root"),
        line("Who reports for me", "Husat i ripot", "pigs.helpers"),
        line("Stolen", "Ol i stilim", "pigs.theft"),
    ),
)

PIGS = Menus(
    (line("Pigs", "Pik", "pigs"),),
    (*_TREE, *pigs.SCREENS, *health.SCREENS, *herds.SCREENS, *helpers.SCREENS),
)
"""The menu of everybody."""
