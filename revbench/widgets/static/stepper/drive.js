/** Walks and questions: by playback where that is enough, else by the kernel. */

import { linesBegin, framesUpTo, isPlain } from "./walks.js";
import { whatIfParts } from "./result.js";

/** `now()` says {program, playback, moment, total}; `go`, `find`, `say` and `pause` move what is shown. */
export function driver({ kernel, breakpoints, result, until, now, go, find, say, pause }) {
  const isWhole = () => { const { playback, total } = now(); return playback?.start === 0 && playback.end >= total; };
  const edge = back => go(back ? 0 : now().total, `stopped: ${back ? "the start" : "the end"}`);

  async function askAndGo(what, details) {
    pause();
    const answer = await kernel.ask(what, details);
    if (answer.kind === "answer" || answer.stopped) go(answer.moment, answer.text);
    else say(answer.text);
    return answer;
  }

  /** Would the kernel find the same? Then it is not asked; nor when it has gone, as far as the window reaches. */
  const playable = () => isWhole() || kernel.reason();

  function over(back) {
    if (!playable()) { askAndGo("over", { back }); return; }
    const { playback, moment, total } = now();
    if (!playback) return;
    const way = back ? -1 : 1;
    const depth = playback.at(moment).ip;
    const next = moment + way;
    if (next < 0 || next > total) return;
    if (!playback.reaches(next) || playback.at(next).ip <= depth) go(next);
    else find(framesUpTo(depth), way, () => edge(back), next);
  }

  function out(back) {
    if (!playable()) { askAndGo("out", { back }); return; }
    const { playback, moment } = now();
    if (playback) find(framesUpTo(playback.at(moment).ip - 1), back ? -1 : 1, () => edge(back));
  }

  function run(back) {
    const asked = until();
    const stops = breakpoints.enabled();
    if (typeof asked === "string" || !stops.every(isPlain) || !playable()) {
      askAndGo(back ? "rewind" : "run", asked === null ? {} : { until: asked });
      return;
    }
    pause();
    const { program } = now();
    const line = asked === null ? [] : [{ source: program.main_source ?? 0, line: asked }];
    if (line.length && !linesBegin(program, line).any) { say(`nothing is done on line ${asked}`); return; }
    find(linesBegin(program, [...stops, ...line]), back ? -1 : 1, () => edge(back));
  }

  async function whatIf(place, value, frame) {
    const answer = await kernel.ask("what_if", { place, value, frame });
    if (answer.kind !== "answer") { say(answer.text); return; }
    result.show(`what if ${answer.edit}?`, ...whatIfParts(answer));
    if (answer.inputs) say(answer.text);
    else go(answer.moment, answer.text);
  }

  async function stop() {
    const response = await kernel.stop();
    if (!response.ok) say(`the kernel could not be interrupted: ${response.statusText}`);
  }

  return { ask: askAndGo, over, out, run, whatIf, stop };
}
