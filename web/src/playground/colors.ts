/** Colours and marker shapes: those of the figures that Python draws (`chainrule.plots.style`), for light and dark paper. */

import { signal } from "@preact/signals";

/** The colour of each class: M. Petroff, "Accessible color sequences for data visualization" (2021). */
export const CLASS_COLORS = [
  "#3f90da",
  "#ffa90e",
  "#bd1f01",
  "#94a4a2",
  "#832db6",
  "#a96b59",
  "#e76300",
  "#b9ac70",
  "#717581",
  "#92dadd",
] as const;

type Rgb = readonly [number, number, number];

export const rgbOf = (hex: string): Rgb => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) as unknown as Rgb;
export const CLASS_RGB: readonly Rgb[] = CLASS_COLORS.map(rgbOf);

/** What canvases are drawn with; CSS has the same as variables. */
export interface Palette {
  ink: string;
  soft: string;
  line: string;
  paper: string;
  tint: string;
  accent: string;
  /** Around points and inside hollow ones: light on any region. */
  outline: string;
  positive: string;
  negative: string;
  paperRgb: Rgb;
  positiveRgb: Rgb;
  negativeRgb: Rgb;
}

const LIGHT = { ink: "#1d2530", soft: "#5b6675", line: "#dde2e8", paper: "#ffffff", tint: "#f5f7f9", accent: "#2a5d9f" };
const DARK = { ink: "#e6e9ee", soft: "#a7b0bd", line: "#39424e", paper: "#14181d", tint: "#1c2229", accent: "#7fb2f0" };
// Green for above zero and purple for below, lighter on dark paper: apart for every kind of colour vision.
const LIGHT_SIGNS = { positive: "#008837", negative: "#7b3294" };
const DARK_SIGNS = { positive: "#4dc27f", negative: "#b57fd0" };

function palette(dark: boolean): Palette {
  const tones = dark ? DARK : LIGHT;
  const signs = dark ? DARK_SIGNS : LIGHT_SIGNS;
  return {
    ...tones,
    ...signs,
    outline: dark ? DARK.ink : LIGHT.paper,
    paperRgb: rgbOf(tones.paper),
    positiveRgb: rgbOf(signs.positive),
    negativeRgb: rgbOf(signs.negative),
  };
}

const wantsDark = typeof matchMedia === "function" ? matchMedia("(prefers-color-scheme: dark)") : null;
/** The colours of the page now. */
export const colors = signal<Palette>(palette(wantsDark?.matches ?? false));
wantsDark?.addEventListener("change", (event) => (colors.value = palette(event.matches)));

/** Trace the marker of a class around a point, as a path: circle, square, triangle, diamond and so on. */
export function traceMarker(context: CanvasRenderingContext2D, c: number, x: number, y: number, r: number): void {
  context.beginPath();
  const shape = MARKERS[c % MARKERS.length]!;
  if (shape === "circle") {
    context.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  shape.forEach(([dx, dy], i) => (i === 0 ? context.moveTo(x + dx * r, y + dy * r) : context.lineTo(x + dx * r, y + dy * r)));
  context.closePath();
}

const pentagon = [0, 1, 2, 3, 4].map((i) => {
  const angle = -Math.PI / 2 + (2 * Math.PI * i) / 5;
  return [1.1 * Math.cos(angle), 1.1 * Math.sin(angle)] as const;
});
const plus = [
  [-0.35, -1.1], [0.35, -1.1], [0.35, -0.35], [1.1, -0.35], [1.1, 0.35], [0.35, 0.35],
  [0.35, 1.1], [-0.35, 1.1], [-0.35, 0.35], [-1.1, 0.35], [-1.1, -0.35], [-0.35, -0.35],
] as const;
const turned = plus.map(([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2] as const);
/** In the order of the classes, as `chainrule.plots.style.CLASS_MARKERS`. */
export const MARKERS: readonly ("circle" | readonly (readonly [number, number])[])[] = [
  "circle",
  [[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
  [[0, -1.15], [1.1, 0.85], [-1.1, 0.85]],
  [[0, -1.25], [1.05, 0], [0, 1.25], [-1.05, 0]],
  [[0, 1.15], [-1.1, -0.85], [1.1, -0.85]],
  plus,
  turned,
  pentagon,
  [[-1.15, 0], [0.85, -1.1], [0.85, 1.1]],
  [[1.15, 0], [-0.85, -1.1], [-0.85, 1.1]],
];

/** Return a marker as the path of an SVG around the origin. */
export function markerPath(c: number, r: number): string {
  const shape = MARKERS[c % MARKERS.length]!;
  if (shape === "circle") return `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`;
  return `M${shape.map(([x, y]) => `${(x * r).toFixed(2)},${(y * r).toFixed(2)}`).join("L")}Z`;
}

/** Strength of the colour of a region that the network is sure of; the rest is paper. */
const REGION = 0.42;

/** Return a colour as a number of 32 bits whose bytes are those of a pixel, on processors that begin with the lowest. */
const pixel = (r: number, g: number, b: number): number => (255 << 24) | (Math.round(b) << 16) | (Math.round(g) << 8) | Math.round(r);

/** Return the pixel of paper with a share of another colour. */
export const tinted = (paper: Rgb, rgb: Rgb, share: number): number =>
  pixel(paper[0] + share * (rgb[0] - paper[0]), paper[1] + share * (rgb[1] - paper[1]), paper[2] + share * (rgb[2] - paper[2]));

/** Fill the pixels of a map with the mixture of the classes' colours by their probabilities. */
export function paintRegions(pixels: Uint32Array, probabilities: Float32Array, classes: number, paper: Rgb): void {
  for (let p = 0, q = 0; p < pixels.length; p += 1, q += classes) {
    let r = 0;
    let g = 0;
    let b = 0;
    for (let c = 0; c < classes; c += 1) {
      const share = probabilities[q + c]!;
      const rgb = CLASS_RGB[c]!;
      r += share * rgb[0];
      g += share * rgb[1];
      b += share * rgb[2];
    }
    pixels[p] = pixel(paper[0] + REGION * (r - paper[0]), paper[1] + REGION * (g - paper[1]), paper[2] + REGION * (b - paper[2]));
  }
}

/** Steps of colour between zero and the largest value of a map. */
const STEPS = 127;
/** Strength of the colour of the largest value; the rest is paper. */
const SIGNED = 0.85;

/** The colours from the most negative value to the most positive one, of the palette that was asked for last. */
let steps: { palette: Palette; pixels: Uint32Array } | null = null;

function signedSteps(palette: Palette): Uint32Array {
  if (steps?.palette === palette) return steps.pixels;
  const { paperRgb: paper, positiveRgb: above, negativeRgb: below } = palette;
  const pixels = Uint32Array.from({ length: 2 * STEPS + 1 }, (_, i) => {
    return tinted(paper, i < STEPS ? below : above, (SIGNED * Math.abs(i - STEPS)) / STEPS);
  });
  steps = { palette, pixels };
  return pixels;
}

/** Fill the pixels of a map with the colours of signs: purple below zero, paper at it, green above. */
export function paintSigned(pixels: Uint32Array, values: Float32Array, palette: Palette): void {
  const colors = signedSteps(palette);
  let largest = 1e-9;
  for (let i = 0; i < values.length; i += 1) largest = Math.max(largest, Math.abs(values[i]!));
  const scale = STEPS / largest;
  // adding a half rounds to the nearest step, as the sum is never below zero
  for (let i = 0; i < values.length; i += 1) pixels[i] = colors[(values[i]! * scale + STEPS + 0.5) | 0]!;
}
