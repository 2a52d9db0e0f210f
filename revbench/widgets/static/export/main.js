/**
 * Widgets on a page without a kernel. Their modules have put themselves into `revbenchModules`, their states lie in the
 * page as JSON, bytes deflated in base64; every place that shows one gets a view of it.
 */

const NO_KERNEL = "there is no kernel behind this page: the run plays, and nothing else can be asked";

async function inflated(text) {
  const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new DataView(await new Response(stream).arrayBuffer());
}

/** The same JSON with every `{"$deflated": text}` turned into its bytes. */
async function revived(value) {
  if (Array.isArray(value)) return Promise.all(value.map(revived));
  if (value === null || typeof value !== "object") return value;
  if (typeof value.$deflated === "string") return inflated(value.$deflated);
  const pairs = await Promise.all(Object.entries(value).map(async ([name, inner]) => [name, await revived(inner)]));
  return Object.fromEntries(pairs);
}

/** What a widget needs of its model. Nothing is sent; what asks the kernel is told that there is none. */
function modelOf(state) {
  const listeners = {};
  const fire = (name, ...details) => [...listeners[name] ?? []].forEach(listener => listener(...details));
  const model = {
    comm_live: false,
    comm_gone: NO_KERNEL,
    widget_manager: { get_model: () => Promise.resolve(model) },
    get: name => state[name],
    set(name, value) {
      if (state[name] === value) return;
      state[name] = value;
      fire(`change:${name}`);
    },
    on(name, listener) { (listeners[name] ??= []).push(listener); },
    off(name, listener) { listeners[name] = (listeners[name] ?? []).filter(other => other !== listener); },
    save_changes() {},
    send(message) {
      setTimeout(() => fire("msg:custom", { kind: "error", id: message?.id, text: NO_KERNEL, moment: state.position }), 0);
    },
  };
  return model;
}

const models = {};
for (const place of document.querySelectorAll("[data-revbench-model]")) {
  const id = place.dataset.revbenchModel;
  try {
    const saved = document.getElementById(`revbench-state-${id}`);
    models[id] ??= revived(JSON.parse(saved.textContent)).then(modelOf);
    const model = await models[id];
    place.replaceChildren();
    // An exported notebook would dress it like a table and code in prose.
    place.closest(".jp-RenderedHTMLCommon")?.classList.remove("jp-RenderedHTMLCommon");
    await globalThis.revbenchModules[saved.dataset.module].render({ model, el: place });
  } catch (error) {
    place.textContent = `This widget cannot be shown: ${error}`;
  }
}
