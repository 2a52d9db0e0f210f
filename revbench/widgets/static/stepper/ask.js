/** What is asked of the kernel, whether it is there to answer, and how it is stopped. */

import { setAttribute } from "./dom.js";

const RESTARTED = "the kernel that made this run has gone: run the cell again. What is recorded here still plays";

/** Interrupt a kernel as the notebook's own stop button does. */
export async function interrupt(kernelId) {
  const config = JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
  const xsrf = /(?:^|;\s*)_xsrf=([^;]*)/.exec(document.cookie)?.[1];
  const headers = { ...(xsrf && { "X-XSRFToken": xsrf }), ...(config.token && { Authorization: `token ${config.token}` }) };
  return fetch(`${config.baseUrl ?? "/"}api/kernels/${kernelId}/interrupt`, { method: "POST", headers, credentials: "same-origin" });
}

/**
 * Questions to the kernel: `at` says the moment that is shown, `onBusy` is told the seconds waited for a question, or null,
 * `onChange` that the kernel may have come or gone.
 */
export function asker({ model, root, at, onBusy, onChange }) {
  const waiting = new Map();
  let next = 1;
  let real = null;              // anywidget hands us a part of the model; the whole one knows whether its kernel is there
  Promise.resolve().then(() => model.widget_manager.get_model(model.get("own_id"))).then(whole => { real = whole; onChange(); }).catch(() => {});
  let clock = null;

  function tick() {
    const first = [...waiting.values()][0];
    onBusy(first ? { what: first.what, details: first.details, seconds: Math.floor((Date.now() - first.since) / 1000) } : null);
    if (first) return;
    clearInterval(clock);
    clock = null;
  }

  function settle(id, reply) {
    const asked = waiting.get(id);
    waiting.delete(id);
    tick();
    asked?.resolve(reply);
  }

  const view = {
    /** Why nothing can be asked, or "". */
    reason: () => (real?.comm_live === false ? real.comm_gone ?? RESTARTED : ""),
    /** Was there never one: is this an exported page? */
    exported: () => !!real?.comm_gone,
    /** Is the kernel known to be there? */
    live: () => real?.comm_live === true,
    /** The kernel's reply, `{kind: "answer" | "error", text, moment, ...}`; never rejected. */
    ask(what, details = {}) {
      const reason = view.reason();
      if (reason) return Promise.resolve({ kind: "error", what, text: reason, moment: at() });
      return new Promise(resolve => {
        const id = next++;
        waiting.set(id, { resolve, what, details, since: Date.now() });
        clock ??= setInterval(tick, 1000);
        tick();
        model.send({ kind: "ask", id, what, at: at(), ...details });
      });
    },
    /** A message from the kernel: was it a reply to a question? */
    take(message) {
      if (!waiting.has(message?.id)) return false;
      settle(message.id, message);
      return true;
    },
    stop: () => interrupt(model.get("kernel_id")).catch(error => ({ ok: false, statusText: String(error) })),
    /** Disable what needs the kernel, with the reason, when it has gone. */
    gate() {
      const reason = view.reason();
      for (const element of root.querySelectorAll("[data-kernel]")) {
        if (element.disabled === !!reason) continue;
        element.disabled = !!reason;
        if (reason) setAttribute(element, "data-title", element.title);
        setAttribute(element, "title", reason || element.getAttribute("data-title"));
      }
      if (reason) for (const id of [...waiting.keys()]) settle(id, { kind: "error", text: reason, moment: at() });
    },
    close: () => clearInterval(clock),
  };
  return view;
}
