/** Keys: taken before the notebook's own, but only ours, and only while the stepper has the focus. */

const KEY_STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10, PageDown: 100, PageUp: -100 };

/** The keys of debuggers; Alt turns each of them round. */
const FUNCTION_KEYS = { F9: "run", F10: "over", F11: "into", "Shift+F11": "out" };

/** What `?` tells. */
export const KEYS = [
  ["← →", "one step back, forward"], ["↑ ↓", "ten steps"], ["PgUp PgDn", "a hundred steps"], ["Home End", "first, last moment"],
  ["Space", "play, pause"], ["F11, Alt+F11", "one step, also into a call; back"], ["F10, Alt+F10", "over a call; back"],
  ["Shift+F11 or o", "out of this function; back: Alt+Shift+F11, Shift+o"],
  ["F9 or r", "run to a breakpoint or to what the box says; back: Alt+F9, Shift+r"], ["b", "breakpoint on the line that is lit"],
  ["m", "bookmark this moment"], ["/", "to the box; Enter runs there, Shift+Enter rewinds"], ["?", "this list"],
  ["click a line", "its next run; with shift its previous one"], ["click its number", "breakpoint (keys: Tab there, arrows, Enter)"],
  ["double click a value", "what if it were another?"],
];

/**
 * `holds(event)`: is it ours? `acts` are over, out, run (of `back`), move(steps), goto(first or last), play, and the letters' `mark`,
 * `breakpoint` and `moveGutter(element, way)`. `focus()` brings the keys back to the stepper.
 */
export function keyListener({ holds, controls, acts, focus }) {
  const letters = {
    o: acts.out, r: acts.run, m: acts.mark, b: acts.breakpoint, "/": () => controls.box.focus({ preventScroll: true }), "?": () => controls.help.toggle(),
  };

  /** What a key does, or undefined: then it is not ours. */
  function meant({ key, altKey, shiftKey }, target) {
    const name = FUNCTION_KEYS[(shiftKey ? "Shift+" : "") + key];
    if (name) return () => (name === "into" ? acts.move(altKey ? -1 : 1) : acts[name](altKey));
    const letter = !altKey && letters[key.toLowerCase()];
    if (letter) return () => letter(shiftKey);
    if (altKey || shiftKey) return undefined;
    if (target.matches(".rvb-gutter") && (key === "ArrowUp" || key === "ArrowDown")) return () => acts.moveGutter(target, key === "ArrowUp" ? -1 : 1);
    if (key in KEY_STEPS) return () => acts.move(KEY_STEPS[key]);
    if (key === "Home" || key === "End") return () => acts.goto(key === "End");
    return key === " " ? acts.play : undefined;
  }

  return event => {
    if (!holds(event) || event.ctrlKey || event.metaKey) return;
    const target = event.composedPath()[0];
    const { key } = event;
    const take = () => { event.stopPropagation(); event.preventDefault(); };
    if (target.matches("select, textarea, input:not([type=range], [type=checkbox])")) {
      if (key !== "Enter" || event.altKey || (target !== controls.box && !target.form)) return;
      take();                                                           // notebooks run the cell with it
      if (target === controls.box) { focus(); acts.run(event.shiftKey); }
      else target.form.requestSubmit();
      return;
    }
    if (target.matches(".rvb-array .rvb-virtual")) return;              // they scroll the table
    if (controls.menus.some(menu => menu.takes(event))) { take(); return; }
    const act = meant(event, target);
    if (!act) return;
    event.stopPropagation();
    if (key === " " && target.closest("button, summary, input")) return;       // presses it
    event.preventDefault();
    act();
  };
}
