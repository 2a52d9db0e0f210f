/** A list of any length that draws only what is in sight. */

import { h } from "./dom.js";

const TALLEST = 8e6;    // browsers cannot draw boxes much taller; longer lists scroll in proportion

/**
 * A list of any length that draws only what is in sight. `make()` builds a row element, `draw(element, index)` fills it.
 * `first`, the row at the top edge, is the truth, a fraction; the scroll bar follows it, to a pixel.
 */
export function virtualList({ rowHeight, make, draw, ...attributes }) {
  const spacer = h("div", { class: "rvb-spacer", "aria-hidden": "true" });
  const rows = h("div", { class: "rvb-rows", role: "presentation" });
  const box = h("div", { class: "rvb-virtual", role: "rowgroup", tabindex: "0", ...attributes }, spacer, rows);
  let count = 0;
  let first = 0;
  let viewed = 0;
  let expected = 0;
  let wanted = null;    // asked for before the list had a size

  const tall = () => Math.min(count * rowHeight, TALLEST);
  const last = () => Math.max(0, count - viewed / rowHeight);

  function paint() {
    const from = Math.floor(first);
    const shown = Math.min(count - from, Math.ceil(viewed / rowHeight) + 1);
    while (rows.children.length < shown) rows.append(make());
    while (rows.children.length > shown) rows.lastChild.remove();
    for (let i = 0; i < shown; i++) draw(rows.children[i], from + i);
    rows.style.transform = `translateY(${Math.round(expected - (first - from) * rowHeight)}px)`;
  }

  function scrollToFirst() {
    first = Math.max(0, Math.min(first, last()));
    const room = Math.max(0, tall() - viewed);
    expected = last() ? Math.round((first / last()) * room) : 0;
    if (tall() === count * rowHeight) first = expected / rowHeight;
    if (Math.abs(box.scrollTop - expected) > 0.5) box.scrollTop = expected;
    paint();
  }

  box.addEventListener("scroll", () => {
    if (Math.abs(box.scrollTop - expected) <= 1) return;    // our own doing
    expected = box.scrollTop;
    const room = tall() - viewed;
    first = room > 0 ? Math.min(1, expected / room) * last() : 0;
    paint();
  });
  // In a list scrolled in proportion, a notch of the wheel still moves by rows.
  box.addEventListener("wheel", event => {
    if (tall() === count * rowHeight || event.ctrlKey || !event.deltaY) return;
    event.preventDefault();
    first += event.deltaMode === 0 ? event.deltaY / rowHeight : event.deltaY * 3;
    scrollToFirst();
  }, { passive: false });
  const observer = new ResizeObserver(() => {
    viewed = box.clientHeight;
    if (wanted === null) return scrollToFirst();
    const index = wanted;
    wanted = null;
    list.show(index);
  });
  observer.observe(box);

  const list = {
    box,
    setCount(n) {
      if (n === count) return;
      count = n;
      spacer.style.height = `${tall()}px`;
    },
    paint,
    /** Bring a row into sight: by as little as it takes if it is near, into the middle if it is far. */
    show(index) {
      if (!viewed) { wanted = index; return; }
      const fits = viewed / rowHeight;
      const margin = Math.min(3, fits / 4);
      if (index - margin < first - fits || index + margin > first + 2 * fits) first = index - fits / 2;
      else if (index - margin < first) first = index - margin;
      else if (index + 1 + margin > first + fits) first = index + 1 + margin - fits;
      scrollToFirst();
    },
    close() { observer.disconnect(); },
  };
  return list;
}
