/** Panels that grow with what they show, and do not shrink again while one steps: else the page below would jump. */

/** `keep(panels, element)` watches them, in `element`, until the next call; another width of `element`, and they are measured anew. */
export function steadyHeights() {
  const tallest = new Map();
  let holder = null;
  let width = 0;
  const release = () => {
    for (const panel of tallest.keys()) panel.style.minHeight = "";
    for (const panel of tallest.keys()) tallest.set(panel, 0);
  };
  const observer = new ResizeObserver(() => {
    if (holder.clientWidth !== width) {
      width = holder.clientWidth;
      release();
    }
    for (const [panel, height] of tallest) {
      if (panel.offsetHeight <= height) continue;
      tallest.set(panel, panel.offsetHeight);
      panel.style.minHeight = `${panel.offsetHeight}px`;
    }
  });
  return {
    keep(panels, element) {
      observer.disconnect();
      tallest.clear();
      holder = element;
      for (const panel of panels) tallest.set(panel, 0);
      for (const panel of panels) observer.observe(panel);
    },
    release,
    close: () => observer.disconnect(),
  };
}
