/** What is said: the story of the last move, the same for a screen reader, and what is wrong with the run. */

import { grouped } from "./numbers.js";
import { h, setText, setSaid, plainSaid, setAttribute } from "./dom.js";

const SPEAK_AFTER = 400;        // milliseconds of rest before a screen reader is told

export function storyView({ model, root, kernel }) {
  const banner = h("div", { class: "rvb-banner", role: "status", hidden: true });
  const line = h("div", { class: "rvb-story" });
  const alarm = h("div", { class: "rvb-alarm", role: "alert", hidden: true });
  const speech = h("div", { class: "rvb-speech", "aria-live": "polite" });
  let voice = null;
  return {
    banner, elements: [line, alarm, speech],
    say(text) {
      setSaid(line, text);
      setAttribute(line, "title", plainSaid(text));
      clearTimeout(voice);
      voice = setTimeout(() => setText(speech, plainSaid(text)), SPEAK_AFTER);
    },
    /** Why this is not what the notebook says now, or why the kernel cannot be asked. */
    paintBanner() {
      const reason = kernel.reason();
      const text = [reason || model.get("stale"), model.get("held")].filter(Boolean).join("; ");
      banner.hidden = !text;
      setSaid(banner, text);
      setAttribute(banner, "data-calm", kernel.exported() && !model.get("stale") ? "true" : null);
      setAttribute(root, "data-exported", kernel.exported() ? "true" : null);
      setAttribute(root, "data-stale", model.get("stale") ? "true" : null);
      setAttribute(root, "data-kernel-gone", reason ? "true" : null);
    },
    /** The law that breaks at the end of the run. */
    paintError({ moment, total }) {
      const text = model.get("error") ?? "";
      alarm.hidden = !text;
      setSaid(alarm, text && moment >= total ? text : text && `the run stops at step ${grouped(total)}: ${text}`);
      root.classList.toggle("rvb-broken", !!text);
    },
    close: () => clearTimeout(voice),
  };
}
