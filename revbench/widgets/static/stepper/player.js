/** Play: steps by a clock. `cursor` moves, `rate(total)` is how many steps a second, `onChange` is told of play and pause. */

export function playerOf({ cursor, rate, onChange }) {
  const { here, go, windows } = cursor;
  let timer = null;

  function pause() {
    clearInterval(timer);
    timer = null;
    onChange();
  }

  function play() {
    pause();
    if (here.moment >= here.total) go(0);
    const perSecond = rate(here.total);
    const stride = Math.max(1, Math.round(perSecond / 30));
    timer = setInterval(() => {
      if (windows.waiting()) return;
      if (here.moment >= here.total) pause();
      else go(here.moment + stride);
    }, (1000 * stride) / perSecond);
    onChange();
  }

  return {
    pause,
    playing: () => timer !== null,
    toggle: () => (timer ? pause() : play()),
    /** At another speed from now on. */
    changed() { if (timer) play(); },
    close: () => clearInterval(timer),
  };
}
