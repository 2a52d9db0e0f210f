/** A button that opens a list of actions, or a few words. */

import { h, setAttribute } from "./dom.js";

export function menu({ label, title, name, items = [], content = null }) {
  const entries = items.map(item => h("button", {
    type: "button", role: "menuitem", class: "rvb-item-button", title: item.title, "data-ask": item.name, "data-kernel": item.kernel ? "" : null,
    onclick: () => { toggle(false); item.onclick(); },
  }, item.label));
  const box = h("div", { class: "rvb-menu", hidden: true, role: content ? "note" : "menu", "aria-label": title, tabindex: content ? "-1" : null },
    ...(content ? [content] : entries));
  const button = h("button", {
    type: "button", class: "rvb-menu-button", title, "aria-label": content ? title : null, "aria-haspopup": content ? null : "menu", "aria-expanded": "false", "data-action": name, onclick: () => toggle(),
  }, content ? label : `${label} ▾`);
  const element = h("div", { class: "rvb-menu-holder" }, button, box);

  function toggle(open = box.hidden) {
    if (open === !box.hidden) return;
    box.hidden = !open;
    setAttribute(button, "aria-expanded", open);
    if (open) fit();
    if (open) (content ? box : entries.find(entry => !entry.disabled))?.focus({ preventScroll: true });
  }

  /** The stepper cuts off what hangs over its edges: a list scrolls, and lies inside. */
  function fit() {
    const stepper = box.closest(".revbench-stepper").getBoundingClientRect();
    box.style.transform = "";
    const { top, left } = box.getBoundingClientRect();
    box.style.maxHeight = `${Math.max(80, stepper.bottom - top - 6)}px`;
    box.style.transform = `translateX(${Math.max(0, stepper.left + 4 - left)}px)`;
  }

  /** Was this key for the open list? */
  function takes(event) {
    if (box.hidden || !event.composedPath().includes(element)) return false;
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape") { toggle(false); button.focus({ preventScroll: true }); return true; }
    if (!way || !entries.length) return false;
    const index = entries.indexOf(event.composedPath()[0]);
    entries[(index + way + entries.length) % entries.length].focus({ preventScroll: true });
    return true;
  }

  const outside = event => { if (!event.composedPath().includes(element)) toggle(false); };
  window.addEventListener("pointerdown", outside, true);
  return { element, toggle, takes, close: () => window.removeEventListener("pointerdown", outside, true) };
}
