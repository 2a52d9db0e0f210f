/** The focus stays in the stepper when what has it goes away, so that the keys go on. */

/** `focus()` gives it to the stepper itself. */
export function focusKeeper(root, focus) {
  let held = root.ownerDocument.activeElement;          // what had it last in here
  const isGone = element => !root.contains(element) || element.disabled || element.closest("[hidden]");

  function look() {
    if (!held || held === root || !isGone(held)) return;
    const active = root.getRootNode().activeElement ?? root.ownerDocument.activeElement;
    const isElsewhere = active && active !== held && active !== root.ownerDocument.body;
    held = null;
    if (!isElsewhere && root.isConnected) focus();
  }

  root.addEventListener("focusin", event => { held = event.target; });
  root.addEventListener("focusout", event => {
    const left = event.target;
    // Browsers say so while an element is being taken away; then it is still there.
    queueMicrotask(() => { if (held === left && !isGone(left)) held = null; else look(); });
  });
  const observer = new MutationObserver(look);
  observer.observe(root, { subtree: true, childList: true, attributes: true, attributeFilter: ["hidden", "disabled"] });
  return { close: () => observer.disconnect() };
}
