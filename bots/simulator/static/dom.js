// Small hands for the page. Every text becomes a text node: names and messages may hold anything.

const SVG = "http://www.w3.org/2000/svg";

/** An element; `children` are nodes or texts, null is left out. Functions in `attributes` are event listeners. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** One of the icons in the page's sprite; it says nothing to a screen reader. */
export function icon(name, extra = "") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `icon ${extra}`.trim());
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export const heard = (text) => el("span", { class: "only-heard" }, text);

export const byId = (id) => document.getElementById(id);

/** A round with the first letter of a name, in one of four colours that stay with the person. */
export function avatar(name, key, extra = "") {
  return el("span", { class: `avatar tint-${tint(key)} ${extra}`.trim(), "aria-hidden": "true" }, initial(name));
}

export function initial(name) {
  const last = name.trim().split(/\s+/).pop() || "?";
  return [...last][0].toLocaleUpperCase("vi");
}

export function tint(key) {
  let sum = 0;
  for (const letter of key) sum = (sum * 31 + letter.codePointAt(0)) % 9973;
  return sum % 4;
}

let fading;

/** A sentence at the bottom for a few seconds. */
export function toast(text) {
  const place = byId("toast");
  place.textContent = text;
  place.hidden = false;
  clearTimeout(fading);
  fading = setTimeout(() => { place.hidden = true; }, 5000);
}
