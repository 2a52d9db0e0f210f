/** The area below the panels where a longer answer stands: what an edit would mean, a check, a bookmark to name. */

import { h, saidParts } from "./dom.js";

function pairs(title, list) {
  return h("div", { class: "rvb-answer-part" }, h("b", {}, title),
    ...list.map(([name, value]) => h("span", { class: "rvb-pair", "data-pair": name }, h("i", {}, name), ` = ${value}`)));
}

/** What a what-if answers: the inputs that lead there, or who forbids it; and the end that would come. */
export function whatIfParts(answer) {
  const past = answer.inputs ? pairs("the run began with", answer.inputs)
    : h("div", { class: "rvb-answer-part", "data-guilty": answer.line }, h("b", {}, `impossible: line ${answer.line} forbids it`),
      h("code", {}, answer.statement), h("span", {}, ...saidParts(answer.error)));
  if (answer.outputs) return [past, pairs("it would end with", answer.outputs)];
  if (!answer.consequence) return [past];               // the same law
  return [past, h("div", { class: "rvb-answer-part" }, h("b", {}, "further on"), h("span", {}, ...saidParts(answer.consequence)))];
}

/** A note to type. */
export function noteForm(note, onNote) {
  const input = h("input", { type: "text", class: "rvb-new", "aria-label": "note", placeholder: "note", value: note });
  return h("form", { class: "rvb-edit", onsubmit: event => { event.preventDefault(); onNote(input.value.trim()); } },
    input, h("button", { type: "submit", class: "rvb-menu-button", "data-action": "keep" }, "keep"));
}

export function resultView() {
  const title = h("span", { class: "rvb-result-title" });
  const content = h("div", { class: "rvb-result-content" });
  const element = h("section", { class: "rvb-result", "aria-label": "answer", hidden: true },
    h("div", { class: "rvb-result-head" }, title,
      h("button", { type: "button", class: "rvb-close", "aria-label": "close the answer", title: "close the answer", onclick: () => view.hide() }, "×")), content);
  const view = {
    element,
    show(text, ...parts) {
      title.replaceChildren(...saidParts(text));
      content.replaceChildren(...parts);
      element.hidden = false;
    },
    hide() { element.hidden = true; },
  };
  return view;
}
