/**
 * A canvas as sharp as the screen, drawn again in the next picture when a signal that its drawing reads has changed; out of
 * sight, a second later at most.
 */

import { effect, signal } from "@preact/signals";
import type { CanvasHTMLAttributes, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { asPictureBegins, drawInPicture, forget } from "./pictures";

/** Milliseconds between two drawings out of sight: for prints, and for who scrolls there. */
const UNSEEN_PAUSE = 1000;

export interface CanvasProps extends Omit<CanvasHTMLAttributes<HTMLCanvasElement>, "ref" | "label"> {
  /** Draws in CSS pixels; the canvas is empty before it. */
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void;
  /** What a screen reader calls it; null for a picture that only adds to another. */
  label: string | null;
  canvasRef?: { current: HTMLCanvasElement | null };
  /** Milliseconds between two drawings at least, for what would cost much and change little from picture to picture. */
  pause?: number;
}

export function Canvas({ draw, label, canvasRef, pause = 0, ...rest }: CanvasProps): JSX.Element {
  const own = useRef<HTMLCanvasElement>(null);
  const drawing = useRef(signal(draw)).current;
  useLayoutEffect(() => {
    drawing.value = draw;
  }, [draw]);
  useLayoutEffect(() => {
    const canvas = own.current!;
    if (canvasRef) canvasRef.current = canvas;
    const context = canvas.getContext("2d")!;
    let [width, height] = [0, 0];
    const drawn = new Drawn(() => {
      clear(canvas, context, width, height);
      if (width > 0 && height > 0) drawing.value(context, width, height);
    }, pause);
    // it also tells of the first size, before anything is painted
    const observer = new ResizeObserver(() => {
      [width, height] = [canvas.clientWidth, canvas.clientHeight];
      drawn.now();
    });
    observer.observe(canvas);
    const sight = new IntersectionObserver((entries) => (drawn.visible = entries.at(-1)!.isIntersecting));
    sight.observe(canvas);
    return () => {
      observer.disconnect();
      sight.disconnect();
      drawn.end();
    };
  }, []);
  const named = label === null ? { "aria-hidden": true } : { role: "img" as const, "aria-label": label };
  return <canvas {...rest} ref={own} {...named} />;
}

/** Empty a canvas of a size in CSS pixels, and make it as sharp as the screen is. */
function clear(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, width: number, height: number): void {
  const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
}

/** A drawing that is made once more in each picture before which a signal that it reads has changed. */
class Drawn {
  private stop = (): void => undefined;
  private drawnAt = -Infinity;
  visible = true;

  constructor(
    private readonly draw: () => void,
    private readonly pause: number,
  ) {}

  readonly now = (): void => {
    this.stop();
    this.drawnAt = performance.now();
    let drawn = false;
    // told of a change it only asks to be drawn: many changes make one drawing
    this.stop = effect(() => {
      if (drawn) this.ask();
      else this.draw();
      drawn = true;
    });
  };

  private readonly ask = (): void => drawInPicture(this.whenDue);

  private readonly whenDue = (): void => {
    const pause = this.visible ? this.pause : UNSEEN_PAUSE;
    if (performance.now() - this.drawnAt >= pause) this.now();
    else asPictureBegins(this.ask);
  };

  end(): void {
    forget(this.ask);
    forget(this.whenDue);
    this.stop();
  }
}

/** Small square maps as pixels, to be drawn larger; kept from one picture to the next. */
export class Maps {
  private canvas: HTMLCanvasElement | null = null;
  private image: ImageData | null = null;
  private side = 0;

  /**
   * Paint so many maps of `side` pixels, one below the other; row 0 of each at its top.
   *
   * They are on one canvas: drawing on a canvas is quick, going from one to another is not.
   */
  paint(side: number, count: number, paint: (pixels: Uint32Array, map: number) => void): void {
    if (count === 0) return;
    this.canvas ??= document.createElement("canvas");
    const context = this.canvas.getContext("2d")!;
    if (!this.image || this.image.width !== side || this.image.height !== side * count) {
      this.canvas.width = side;
      this.canvas.height = side * count;
      this.image = context.createImageData(side, side * count);
    }
    this.side = side;
    const pixels = new Uint32Array(this.image.data.buffer);
    for (let map = 0; map < count; map += 1) paint(pixels.subarray(map * side * side, (map + 1) * side * side), map);
    context.putImageData(this.image, 0, 0);
  }

  /** Draw one of the maps that were painted. */
  draw(context: CanvasRenderingContext2D, map: number, x: number, y: number, size: number): void {
    context.drawImage(this.canvas!, 0, map * this.side, this.side, this.side, x, y, size, size);
  }
}

export const FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';

/** Return round numbers for the ticks of an axis. */
export function ticks(low: number, high: number, most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  if (!(rough > 0) || !Number.isFinite(rough)) return [];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((candidate) => candidate >= rough)!;
  const found: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high + 1e-9 * step; i += 1) found.push(Number((i * step).toPrecision(12)));
  return found;
}

/** Return a tick as it is written: all of its few digits, and no more. */
export const tickText = (tick: number): string =>
  (Math.abs(tick) >= 1e5 || (tick !== 0 && Math.abs(tick) < 1e-4) ? tick.toExponential() : String(tick)).replace("-", "\u2212");
