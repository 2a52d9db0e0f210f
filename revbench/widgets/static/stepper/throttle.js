/** At most one call in `wait` milliseconds, the last one never lost. */
export function throttled(call, wait) {
  let timer = null;
  let again = false;
  const run = () => {
    timer = again ? setTimeout(run, wait) : null;
    if (!again) return;
    again = false;
    call();
  };
  const throttle = () => {
    again = true;
    if (timer === null) run();
  };
  throttle.flush = () => { clearTimeout(timer); if (again) call(); again = false; timer = null; };
  return throttle;
}
