// What a session became, as the person fills it in, and as the server is asked.

export const KINDS = ["movement", "stocktake", "inspection", "slaughter"];

/** Members of each kind besides `as` and `day`, in the order of the form. */
const FIELDS = {
  movement: ["direction", "premises", "other", "permit"],
  stocktake: ["premises"],
  inspection: ["purpose", "premises", "outcome"],
  slaughter: ["premises", "place", "ante_mortem", "post_mortem", "first_carcass"],
};
const CHOICES = {
  direction: ["arrive", "depart"],
  purpose: ["inspection", "roadblock", "ante_mortem", "post_mortem"],
  outcome: ["passed", "turned_back", "seized"],
  place: ["", "abattoir", "home", "feast"],
  ante_mortem: ["passed", "seized", ""],
  post_mortem: ["passed", "seized", ""],
};
const FIRST_CHOICES = { direction: "arrive", purpose: "inspection", outcome: "passed", place: "" };
const SINGLE = {
  movement: [],
  stocktake: [],
  inspection: ["outcome"],
  slaughter: ["ante_mortem", "post_mortem", "carcass", "kilograms"],
};
const NUMBERS = new Set(["first_carcass", "kilograms"]);
const NEVER_NEEDED = new Set(["other", "permit", "place", "first_carcass", "ante_mortem", "post_mortem"]);

/** Return the fields of a kind: name, choices or null, whether it may be left out. */
export function fieldsOf(form) {
  return FIELDS[form.as].map((name) => ({
    name,
    choices: CHOICES[name] ?? null,
    optional: NEVER_NEEDED.has(name) || (name === "premises" && form.purpose === "roadblock"),
  }));
}

/** Return the fields that single animals have in a kind. */
export function singleFieldsOf(as) {
  return SINGLE[as].map((name) => ({ name, choices: CHOICES[name] ?? null }));
}

/** Return a form of a kind with what is chosen at first. */
export function formOf(as, before) {
  const slaughter = as === "slaughter" ? { ante_mortem: "passed", post_mortem: "passed" } : {};
  const chosen = as === before.as ? {} : { ...FIRST_CHOICES, ...slaughter, single: {} };
  return { ...before, ...chosen, as };
}

/**
 * Return the body of a review or a confirmation.
 * @param {object} form fields as text; `single`: what differs for a tag, `struck` among it
 * @param {string[]} out tags that were taken back
 */
export function bodyFrom(form, out = []) {
  const told = ["day", ...FIELDS[form.as]].map((name) => [name, form[name]]);
  const single = Object.entries(form.single ?? {});
  const struck = single.filter(([, one]) => one.struck).map(([tag]) => tag);
  const body = { as: form.as, ...values(told) };
  const leaveOut = [...new Set([...out, ...struck])];
  if (leaveOut.length) body.leave_out = leaveOut;
  if (form.as === "inspection") {
    const outcomes = single.filter(([, one]) => one.outcome).map(([tag, one]) => [tag, one.outcome]);
    if (outcomes.length) body.outcomes = Object.fromEntries(outcomes);
  }
  if (form.as === "slaughter") {
    const lines = single.map(([tag, one]) => ({
      tag,
      ...values(SINGLE.slaughter.map((name) => [name, one[name]])),
    }));
    const more = lines.filter((one) => Object.keys(one).length > 1);
    if (more.length) body.lines = more;
  }
  return body;
}

function values(pairs) {
  const given = pairs
    .map(([name, value]) => [name, typeof value === "string" ? value.trim() : value])
    .filter(([, value]) => value !== "" && value !== undefined && value !== null);
  return Object.fromEntries(
    given.map(([name, value]) => [name, NUMBERS.has(name) ? Number(value) : value]),
  );
}
