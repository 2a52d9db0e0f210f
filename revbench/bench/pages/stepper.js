/**
 * Measures the stepper in a blank page: `fetched` gets a run's columns, `open` renders it over them, `measure` moves it.
 * Every time is a pair of milliseconds from before the event: until the page is laid out again, which is the work done,
 * and until the frame after it has been handed to the screen, which browsers do 60 times a second at most.
 */

/** What anywidget hands to `render`, as far as a stepper needs it whose run is here as a whole. */
function makeModel(state) {
  const listeners = {};
  return {
    get: name => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    on(name, listener) { (listeners[name] ??= []).push(listener); },
    off(name, listener) { listeners[name] = (listeners[name] ?? []).filter(other => other !== listener); },
    save_changes() {},
    send(message) { throw new Error(`the run is here as a whole, yet the kernel is sent ${JSON.stringify(message)}`); },
  };
}

/** Resolves once the next frame has been drawn. */
const painted = () => new Promise(resolve => {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
});

async function timed(times, act) {
  const spent = [];
  for (let k = 0; k < times; k++) {
    await painted();
    const start = performance.now();
    act(k);
    document.body.getBoundingClientRect();
    const worked = performance.now() - start;
    await painted();
    spent.push([worked, performance.now() - start]);
  }
  return spent;
}

const columns = {};

/** Not part of any time: it goes through the test's pipe, not through a notebook's. */
async function fetched(names) {
  for (const name of names) columns[name] = new DataView(await (await fetch(`/column/${name}`)).arrayBuffer());
}

async function open(state) {
  const start = performance.now();
  const model = makeModel({ ...state, window: { ...state.window, ...columns } });
  const el = document.createElement("div");
  document.body.append(el);
  stepper.default.render({ model, el });
  await painted();
  return performance.now() - start;
}

async function measure(times) {
  const root = document.querySelector("[data-revbench=stepper]");
  const click = action => root.querySelector(`[data-action=${action}]`).click();
  const slider = root.querySelector("[data-action=slide]");
  const total = Number(slider.max);
  const slideTo = t => { slider.value = t; slider.dispatchEvent(new Event("input", { bubbles: true })); };
  const field = root.querySelector(".rvb-search");
  const look = text => { field.value = text; field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })); };
  const text = document.createElement("p");
  document.body.append(text);
  const random = (seed => () => (seed = (seed * 48271) % 2147483647) / 2147483647)(20);
  slideTo(Math.floor(total / 2));
  await timed(20, () => click("forward"));                       // warm
  return {
    empty: await timed(times, k => { text.textContent = `${k}`; }),
    step: await timed(times, () => click("forward")),
    back: await timed(times, () => click("back")),
    seek: await timed(times, () => slideTo(Math.floor(random() * total))),
    drag: await timed(times, k => slideTo(Math.floor((total * k) / times))),
    search: await timed(5, () => { slideTo(0); look("no such text"); }),
    watch: await timed(6, () => root.querySelector(".rvb-name").click()),
  };
}
