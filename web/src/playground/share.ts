/**
 * The state of the page in a link and in a saved page.
 *
 * The user's rows are in a saved page; they are in a link only where that was asked for.
 */

import { batch } from "@preact/signals";
import { begin, centreProbe, drawData, showRows } from "./actions";
import { Refused } from "./csv";
import type { Resume } from "./messages";
import { packed, savedResume, savedStateOf, VERSION } from "./saved_state";
import * as store from "./store";

/** Numbers of each kind that a link holds at most, weights and the optimizer's: with more it is too long for a mail. */
const MOST_IN_LINK = 1500;

// Out

/** What a link holds of the run; a saved page holds everything. */
export function heldByLink(): { weights: boolean; resume: boolean } {
  const { theta, resume } = store.told.value;
  return held(theta.length, resume, MOST_IN_LINK);
}

function held(weights: number, resume: Resume | null, most: number): { weights: boolean; resume: boolean } {
  const numbers = resume ? resume.optimizer.mean.length + resume.optimizer.square.length : 0;
  // before the first step there is nothing that the settings do not say
  return { weights: weights <= most, resume: resume !== null && resume.iteration > 0 && weights <= most && numbers <= most };
}

/** Return the state as it is saved: with the rows where they cannot be drawn again, if that is wanted. */
export function savedState(withRows: boolean, most = Infinity): object {
  const data = store.data.value;
  const own = data.kind === "own" || store.edited.value;
  const { theta, epoch, resume } = store.told.value;
  const holds = held(theta.length, resume, most);
  const rows = own && withRows ? { ...data, x: packed(data.x), labels: packed(data.labels), heldOut: packed(data.heldOut) } : undefined;
  return {
    version: VERSION,
    data: store.dataSettings.value,
    ...(rows ? { rows } : {}),
    spec: store.spec.value,
    training: store.training.value,
    panel: store.openPanel.value,
    view: store.view.value,
    pinned: store.pinned.value,
    // weights are of no use to other rows of other columns
    ...(holds.weights && (!own || rows) ? { theta: packed(theta), epoch } : {}),
    ...(holds.resume && (!own || rows) ? { resume: savedResume(resume!) } : {}),
  };
}

const toLink = (text: string): string => btoa(String.fromCharCode(...new TextEncoder().encode(text))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const fromLink = (text: string): string =>
  new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0)));

/** Return the address of this page with the state behind it. */
export function link(withRows: boolean): string {
  return `${location.href.split("#")[0]}#${toLink(JSON.stringify(savedState(withRows, MOST_IN_LINK)))}`;
}

/** Return this page with the state inside it. */
export function savedPage(): string {
  const copy = document.documentElement.cloneNode(true) as HTMLElement;
  copy.querySelector("#app")!.replaceChildren();
  // "<" would end the block of data, wherever it stands in a name
  copy.querySelector("#state")!.textContent = JSON.stringify(savedState(true)).replaceAll("<", "\\u003c");
  return `<!DOCTYPE html>\n${copy.outerHTML}`;
}

// In

/** Make the page what a state says. */
function restore(value: unknown): void {
  const saved = savedStateOf(value);
  batch(() => {
    store.dataSettings.value = saved.data;
    store.spec.value = saved.spec;
    store.training.value = saved.training;
    if (saved.panel !== null) store.openPanel.value = saved.panel;
    showRows(saved.rows, "", false);
    store.edited.value = saved.withRows && saved.rows.kind !== "own";
    store.view.value = saved.view;
    store.pinned.value = saved.pinned;
  });
  centreProbe();
  begin(saved.theta, saved.epoch, saved.resume);
}

/** Begin with the state of the link, or of the page, or with none. */
export function open(): void {
  const inLink = location.hash.slice(1);
  const inPage = document.getElementById("state")?.textContent ?? "null";
  try {
    const saved: unknown = inLink ? parsed(() => JSON.parse(fromLink(inLink))) : parsed(() => JSON.parse(inPage));
    if (saved !== null) {
      restore(saved);
      return;
    }
  } catch (error) {
    drawData();
    store.message.value = error instanceof Refused ? error.message : "The saved state cannot be read: the page starts with its own.";
    return;
  }
  drawData();
}

function parsed(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    throw new Refused("The link is incomplete, or is not one of the playground's: the page starts with its own settings.");
  }
}

