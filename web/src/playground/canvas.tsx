/** A canvas as sharp as the screen, which draws itself again when a signal that it reads has changed. */

import { effect, signal } from "@preact/signals";
import type { CanvasHTMLAttributes, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";

export interface CanvasProps extends Omit<CanvasHTMLAttributes<HTMLCanvasElement>, "ref" | "label"> {
  /** Draws in CSS pixels; the canvas is empty before it. */
  draw: (context: CanvasRenderingContext2D, width: number, height: number) => void;
  label: string;
  canvasRef?: { current: HTMLCanvasElement | null };
}

export function Canvas({ draw, label, canvasRef, ...rest }: CanvasProps): JSX.Element {
  const own = useRef<HTMLCanvasElement>(null);
  const latest = useRef(draw);
  latest.current = draw;
  const again = useRef(signal(0)).current;
  useEffect(() => {
    const canvas = own.current!;
    if (canvasRef) canvasRef.current = canvas;
    const context = canvas.getContext("2d")!;
    const size = signal<[number, number]>([canvas.clientWidth, canvas.clientHeight]);
    const observer = new ResizeObserver(() => (size.value = [canvas.clientWidth, canvas.clientHeight]));
    observer.observe(canvas);
    const stop = effect(() => {
      void again.value;
      const [width, height] = size.value;
      if (width === 0 || height === 0) return;
      const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== w || canvas.height !== h) {
        canvas.width = w;
        canvas.height = h;
      }
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, width, height);
      latest.current(context, width, height);
    });
    return () => {
      stop();
      observer.disconnect();
    };
  }, []);
  useEffect(() => {
    again.value += 1;
  }, [draw]);
  return <canvas {...rest} ref={own} role="img" aria-label={label} />;
}

/** A small grid of pixels to be drawn larger, kept from one picture to the next. */
export class Grid {
  private canvas: HTMLCanvasElement | null = null;
  private image: ImageData | null = null;

  /** Return a canvas with the pixels that `paint` fills; row 0 of the grid at the top. */
  painted(side: number, paint: (pixels: Uint8ClampedArray) => void): HTMLCanvasElement {
    this.canvas ??= document.createElement("canvas");
    const context = this.canvas.getContext("2d")!;
    if (!this.image || this.image.width !== side) {
      this.canvas.width = side;
      this.canvas.height = side;
      this.image = context.createImageData(side, side);
    }
    paint(this.image.data);
    context.putImageData(this.image, 0, 0);
    return this.canvas;
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
