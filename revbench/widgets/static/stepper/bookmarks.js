/** Moments with notes: flags on the timeline. */

import { grouped } from "./numbers.js";
import { noteForm } from "./result.js";

export function bookmarkList({ model, timeline, result, at, total, done }) {
  const all = () => model.get("bookmarks") ?? [];

  function put(list) {
    model.set("bookmarks", list);
    model.save_changes();
  }

  const without = moment => all().filter(([t]) => t !== moment);
  return {
    has: moment => all().some(([t]) => t === moment),
    paint: () => timeline.flag(all(), total()),
    remove: moment => put(without(moment)),
    /** Asks for the present moment's note. */
    edit() {
      const moment = at();
      const form = noteForm(all().find(([t]) => t === moment)?.[1] ?? "", note => {
        put([...without(moment), [moment, note]].sort((a, b) => a[0] - b[0]));
        result.hide();
        done();
      });
      result.show(`bookmark at moment ${grouped(moment)}`, form);
      form.querySelector("input").focus({ preventScroll: true });
    },
  };
}
