"""Pages of the console by who opens them in the tour, and those that are left out, with why."""

from __future__ import annotations

STOPS = {
    "administrator": (
        *("/administration", "/administration/changes", "/administration/devices"),
        *("/administration/devices/new", "/administration/doctor", "/administration/messages"),
        *("/administration/messages/{message}?text=1", "/administration/people"),
        *("/administration/people/{party}", "/administration/people/new"),
        *("/administration/tokens", "/administration/tokens/new", "/account"),
    ),
    "auditor": (
        *("/ledger", "/ledger/accesses", "/ledger/approvals", "/ledger/audits"),
        *("/ledger/audits/{audit}", "/ledger/consistency", "/ledger/erasures"),
        *("/ledger/receipt?code={receipt}", "/ledger/records", "/orders/{order}"),
        *("/programmes/tobacco/versions/1/texts", "/search?q={receipt}"),
    ),
    "inspector": (
        *("/roadblock", "/roadblock?change=1", "/roadblock/verdict", "/roadblock/receipt/{check}"),
        *("/tasks", "/permits", "/places/{place}"),
    ),
    "officer": (
        *("/tasks", "/tasks/{task}", "/cover", "/inbox?which=all", "/waiting"),
        *("/permits?which=all", "/permits/{permit}", "/animals/{pig}", "/events/{event}"),
        *("/places/{place}", "/orders", "/orders/{order}", "/orders/new?outbreak={outbreak}"),
        *("/outbreaks", "/outbreaks/{outbreak}", "/outbreaks/new", "/outbreaks/{outbreak}/sample"),
        *("/outbreaks/{outbreak}/result?sample=S-17", "/outbreaks/{outbreak}/situation"),
        *("/outbreaks/{outbreak}/trace", "/search?q={pig}", "/search?q={place}"),
    ),
    "clinician": (
        *("/concerns", "/inbox", "/tasks/{concern}", "/tasks/{question}", "/people?which=all"),
        *("/people/{course}", "/people/{course}/dates", "/people/{course}/end"),
        "/people/{course}/pause",
    ),
    "planner": (
        *("/campaigns", "/campaigns/new", "/campaigns/drafts/{draft}/text"),
        *("/campaigns/drafts/{draft}/audience", "/campaigns/drafts/{draft}/when"),
        *("/campaigns/drafts/{counted}/check", "/campaigns/{campaign}"),
        *("/campaigns/{campaign}/cancel", "/imports", "/imports/{list}"),
        *("/imports/{list}/columns", "/imports/{list}/delete", "/imports/{list}/start"),
        *("/indicators/tobacco", "/indicators/tobacco?by=sex"),
        *("/indicators/tobacco/months?show=consented", "/indicators/tobacco/page"),
        *("/indicators/tobacco/targets", "/indicators/tobacco/dhis2"),
        *("/indicators/tobacco/dhis2/data-set", "/indicators/tobacco/dhis2/places"),
        *("/indicators/tobacco/dhis2/try?period=last_month", "/indicators/tobacco/dhis2/sendings"),
        "/indicators/tobacco/dhis2/sendings/{sending}",
        *("/programmes", "/programmes/hypertension", "/programmes/hypertension/draft"),
        "/programmes/hypertension/draft/text?id=welcome",
        *("/programmes/hypertension/draft/parts", "/programmes/hypertension/draft/cohorts"),
        "/programmes/hypertension/draft/question?id=month3-taken",
        "/programmes/hypertension/draft/word?id=join",
        "/programmes/hypertension/draft/submit",
        "/programmes/hypertension/draft/add?part=phase/course",
        "/programmes/tobacco/recalls",
    ),
    "approver": (
        *("/waiting", "/campaigns/{campaign}", "/programmes/tobacco"),
        *("/programmes/tobacco/recalls/{recall}", "/programmes/tobacco/versions/2"),
    ),
}
"""Paths below the prefix, by the name of who opens them."""

DOCUMENTS = ("situation", "page")
"""Last parts of addresses of documents, which the API gives too: in English for everybody."""

_FRONT = "Whoever is not signed in sees it: front/test_front.py opens it on both screens."
_FILE = "It is a file."
LEFT_OUT = {
    "/": _FRONT,
    "/api": _FRONT,
    "/api/reference/<name>": _FRONT,
    "/console": "It leads to the first page of one's role.",
    "/console/assets/<edition>/<name>": _FILE,
    "/console/animals/<path:tag>/proof.json": _FILE,
    "/console/campaigns/<uuid:campaign_id>/progress": "A part of the page of a campaign.",
    "/console/imports/<uuid:import_id>/refused.csv": _FILE,
    "/console/inbox/<arrival>": "It leads to the task of the message.",
    "/console/indicators/<code>.csv": _FILE,
    "/console/indicators/<code>.fhir.json": _FILE,
    "/console/indicators": "With one programme it leads to its figures.",
    "/console/invitation": "The walk of test_browser.py takes one up, before there is a session.",
    "/console/ledger/checkpoints": _FILE,
    "/console/ledger/consistency/file": _FILE,
    "/console/ledger/receipt/proof": _FILE,
    "/console/ledger/records/<uuid:event_id>/proof": _FILE,
    "/console/ledger/records/proof": _FILE,
    "/console/outbreaks/<number>/trace.svg": "A drawing, which the page of the trace has.",
    "/console/people/<uuid:subscription_id>/resume": "The walk of people opens it, after a pause.",
    "/console/sign-in": "The walk of test_browser.py signs in.",
    "/console/sign-in/ministry": "It leads to the ministry's own page.",
    "/console/sign-in/ministry/back": "It leads on to the console.",
    "/console/sign-in/ministry/done": "It leads on to the console.",
}
TYPED = frozenset({"officer", "clinic", "Consent", "none"})
"""Words on pages that are people's own, though the program has them too."""
