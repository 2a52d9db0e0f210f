/** Elements, and how to change them with least work. */

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes by name, `on...` as listeners, the rest as children. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Write only what differs: untouched nodes cost no layout, and keep the reader's selection. */
export function setText(element, text) { if (element.textContent !== text) element.textContent = text; }

/** What the kernel says, with what stands between `backticks` as code: as nodes, */
export const saidParts = text => text.split(/`([^`\n]+)`/).map((part, index) => (index % 2 ? h("code", { class: "rvb-said" }, part) : part)).filter(part => part !== "");

/** ... or, for titles and screen readers, as plain words; */
export const plainSaid = text => text.replace(/`([^`\n]+)`/g, "$1");

const said = new WeakMap();

/** ... or put into an element. */
export function setSaid(element, text) {
  if (said.get(element) === text) return;
  said.set(element, text);
  element.replaceChildren(...saidParts(text));
}

export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

const drawn = new WeakMap();

export function setPaths(picture, paths) {
  const html = Object.entries(paths).map(([kind, d]) => `<path class="${kind}" d="${d}"/>`).join("");
  if (drawn.get(picture) === html) return;
  drawn.set(picture, html);
  picture.innerHTML = html;
}

/** Scroll inside `box` only, and only if needed: `scrollIntoView` would move the whole notebook. */
export function reveal(box, element) {
  const top = element.offsetTop;
  const bottom = top + element.offsetHeight;
  const margin = Math.min(2 * element.offsetHeight, box.clientHeight / 4);
  if (top - margin < box.scrollTop) box.scrollTop = top - margin;
  else if (bottom + margin > box.scrollTop + box.clientHeight) box.scrollTop = bottom + margin - box.clientHeight;
}
