/**
 * A number and its places on the page light up together.
 *
 * Everything that shows a quantity has the quantity's key in `data-k`. What is under the pointer or has the focus is
 * looked up there, and everything with the same key gets the class `lit`: formulas, tables and pictures need not know
 * of each other.
 */

import { signal } from "@preact/signals";

/** The key that is lit, or null. */
export const lit = signal<string | null>(null);

function keyAt(target: EventTarget | null): string | null {
  return target instanceof Element ? (target.closest("[data-k]")?.getAttribute("data-k") ?? null) : null;
}

/** Go from term to term of a formula that has the focus, with the arrow keys. */
function step(event: KeyboardEvent): void {
  const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  const formula =
    event.target instanceof Element && event.target.classList.contains("learn-formula") ? event.target : null;
  if (by === 0 || formula === null) return;
  event.preventDefault();
  const terms = [...formula.querySelectorAll("[data-k]")];
  const at = terms.findIndex((term) => term.classList.contains("at"));
  const next = terms[at < 0 ? (by > 0 ? 0 : terms.length - 1) : Math.min(Math.max(at + by, 0), terms.length - 1)];
  terms[at]?.classList.remove("at");
  next?.classList.add("at");
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
  lit.value = next?.getAttribute("data-k") ?? null;
}

/** Light up what the pointer is on within an element, from now on; return what ends it. */
export function follow(root: HTMLElement): () => void {
  const over = (event: Event): void => {
    lit.value = keyAt(event.target);
  };
  // A page that scrolls below a mouse at rest is no pointing: the keyboard may have scrolled it.
  const moved = (event: PointerEvent): void => {
    if (event.movementX !== 0 || event.movementY !== 0) over(event);
  };
  const out = (): void => {
    lit.value = null;
  };
  root.addEventListener("pointermove", moved);
  root.addEventListener("pointerdown", over);
  root.addEventListener("focusin", over);
  root.addEventListener("pointerleave", out);
  root.addEventListener("focusout", out);
  root.addEventListener("keydown", step);
  const stop = lit.subscribe((key) => light(root, key));
  // Numbers that are drawn anew while a key is lit.
  const again = new MutationObserver(() => {
    if (lit.value !== null) light(root, lit.value);
  });
  again.observe(root, { childList: true, subtree: true });
  return () => {
    stop();
    again.disconnect();
    root.removeEventListener("pointermove", moved);
    root.removeEventListener("pointerdown", over);
    root.removeEventListener("focusin", over);
    root.removeEventListener("pointerleave", out);
    root.removeEventListener("focusout", out);
    root.removeEventListener("keydown", step);
  };
}

function light(root: HTMLElement, key: string | null): void {
  for (const element of root.querySelectorAll(".lit")) element.classList.remove("lit");
  root.classList.toggle("lit-path", key?.startsWith("path:") ?? false);
  if (key === null) return;
  for (const element of root.querySelectorAll(`[data-k="${CSS.escape(key)}"]`)) element.classList.add("lit");
}
