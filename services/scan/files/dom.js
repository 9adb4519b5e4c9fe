// Elements, made of text alone: nothing that anybody typed is ever read as HTML.

/**
 * Make an element.
 * @param {string} tag such as `button.big`
 * @param {object} members attributes; `on…`: listeners; null and false: none
 * @param {...(Node|string|null|false|Array)} children
 * @returns {HTMLElement}
 */
export function el(tag, members = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const made = document.createElement(name);
  if (classes.length) made.className = classes.join(" ");
  for (const [key, value] of Object.entries(members)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : String(value));
  }
  fill(made, ...children);
  return made;
}

/** Put children into an element in place of those that it has; the focus stays where it was. */
export function fill(element, ...children) {
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  element.replaceChildren(...children.flat(Infinity).filter((one) => one || one === 0));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

const drawn = new WeakMap();

/** The same, but only where what it depends on has changed: a tap on a button is not lost. */
export function refill(element, on, make) {
  const told = JSON.stringify([document.documentElement.lang, on]);
  if (drawn.get(element) === told) return;
  drawn.set(element, told);
  fill(element, make());
}

/** Make a button. */
export function button(label, onclick, members = {}) {
  const { look = "", ...rest } = members;
  return el(`button${look ? `.${look}` : ""}`, { type: "button", onclick, ...rest }, label);
}
