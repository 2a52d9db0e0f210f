/** What the extension needs of a notebook: its cells, their editors, and where they are on the page. */

import { Names } from "./cells.js";

/** One open notebook. */
export class Notebook {
  constructor(panel) {
    this.panel = panel;
    this.names = new Names();
    this.followed = new WeakSet();
    this.onOutputs = () => {};
    panel.context.ready.then(() => this._follow());
  }

  /** Code cells, as the names need them. */
  get cells() {
    return this.models.map(model => ({ id: model.id, count: model.executionCount, text: model.sharedModel.source }));
  }

  get models() {
    return [...(this.panel.content.model?.cells ?? [])].filter(model => model.type === "code");
  }

  model(id) {
    return this.models.find(model => model.id === id);
  }

  widget(id) {
    return this.panel.content.widgets.find(cell => cell.model.id === id);
  }

  /** The cell around an element of the page. */
  idAt(element) {
    return this.panel.content.widgets.find(cell => cell.node.contains(element))?.model.id;
  }

  holds(element) {
    return this.panel.node.contains(element);
  }

  idOf(name) {
    return this.names.idOf(name, this.cells);
  }

  nameOf(id) {
    return this.names.nameOf(id, this.model(id)?.executionCount);
  }

  /** The cell whose text is still what ran under this name, or undefined: only there lines mean the same. */
  freshId(name) {
    const id = this.idOf(name);
    return id !== undefined && (!/^cell \d+$/.test(name) || this.freshName(id) === name) ? id : undefined;
  }

  /** What the kernel calls the text of the cell, or "" if it has not run as it is written now. */
  freshName(id) {
    return this.model(id)?.isDirty ? "" : this.nameOf(id);
  }

  /** Hand the editor of a cell to `then`, as soon as it has one: cells below the screen are not drawn yet. */
  async edit(id, then) {
    const widget = this.widget(id);
    if (!widget) return;
    await widget.ready;
    if (!widget.isDisposed && widget.editor?.editor) then(widget.editor.editor);
  }

  _follow() {
    const cells = this.panel.content.model.cells;
    const all = () => this.models.forEach(model => this._followCell(model));
    cells.changed.connect(all);
    this.panel.sessionContext.statusChanged.connect((_, status) => { if (status === "restarting" || status === "autorestarting") this.names.forget(); });
    all();
  }

  _followCell(model) {
    if (this.followed.has(model)) return;
    this.followed.add(model);
    const read = () => {
      const outputs = model.outputs.toJSON();
      this.names.learn(outputs);
      this.onOutputs(model.id, outputs);
    };
    model.outputs.changed.connect(read);
    read();
  }
}
