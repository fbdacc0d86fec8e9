/**
 * The built-in sets of rows in the plane. The Gaussians and the rings are the lesson's: with their own settings they
 * are the very numbers of `chainrule.datasets`.
 */

import { RandomState } from "./random_state";
import type { DataSettings, Dataset } from "./store";

type Point = readonly [number, number];
/** Draws one row of a class: the class, its number within the class, the rows of each class. */
type Draw = (random: RandomState, c: number, i: number, perClass: number, noise: number, classes: number) => Point;

export interface Kind {
  title: string;
  classes: number;
  mostClasses: number;
  rows: number;
  noise: number;
}

/** Every built-in set with the settings that it is shown with first. */
export const KINDS: Readonly<Record<string, Kind>> = {
  gaussians: { title: "Gaussians (lesson)", classes: 3, mostClasses: 10, rows: 60, noise: 0.8 },
  rings: { title: "Rings (lesson)", classes: 3, mostClasses: 10, rows: 150, noise: 0.2 },
  moons: { title: "Moons", classes: 2, mostClasses: 10, rows: 300, noise: 0.15 },
  spirals: { title: "Spirals", classes: 2, mostClasses: 10, rows: 400, noise: 0.08 },
  xor: { title: "XOR", classes: 2, mostClasses: 4, rows: 300, noise: 0.05 },
  checkerboard: { title: "Checkerboard", classes: 2, mostClasses: 10, rows: 500, noise: 0.03 },
  circles: { title: "Circles", classes: 2, mostClasses: 10, rows: 300, noise: 0.1 },
};

export const LEAST_ROWS = 20;
export const MOST_ROWS = 5000;
export const MOST_CLASSES = 10;
const NAMES = "abcdefghij";
/** Means of the clouds; the first three are the lesson's. */
const MEANS: readonly Point[] = [
  [-3, 0],
  [0, 0],
  [2, 0],
  [-1.5, 3],
  [1.5, 3],
  [-1.5, -3],
  [1.5, -3],
  [-4.5, 3],
  [-4.5, -3],
  [4.5, 3],
];

function cloud(random: RandomState, c: number, noise: number): Point {
  const [x, y] = MEANS[c]!;
  return [random.normal() * noise + x, random.normal() * noise + y];
}

function ring(random: RandomState, c: number, i: number, perClass: number, noise: number): Point {
  const angle = i * ((2 * Math.PI) / perClass);
  const radius = c === 0 ? 0 : 0.25 + 0.5 * c;
  return [Math.cos(angle) * radius + random.normal() * noise, Math.sin(angle) * radius + random.normal() * noise];
}

function moon(random: RandomState, c: number, i: number, perClass: number, noise: number): Point {
  const angle = (Math.PI * (i + 0.5)) / perClass;
  const [x, y] = c % 2 === 0 ? [Math.cos(angle), Math.sin(angle)] : [-Math.cos(angle), 0.5 - Math.sin(angle)];
  return [x + c - 0.5 + random.normal() * noise, y - 0.25 + random.normal() * noise];
}

function spiral(random: RandomState, c: number, i: number, perClass: number, noise: number, classes: number): Point {
  const t = (i + 0.5) / perClass;
  const angle = 2 * Math.PI * (1.5 * t + c / classes);
  return [
    (0.1 + 1.3 * t) * Math.cos(angle) + random.normal() * noise,
    (0.1 + 1.3 * t) * Math.sin(angle) + random.normal() * noise,
  ];
}

/** Draw a point of a square until it lies in a cell of its class, then blur it. */
function inCells(random: RandomState, noise: number, isIn: (x: number, y: number) => boolean): Point {
  for (;;) {
    const x = 2 * random.uniform() - 1;
    const y = 2 * random.uniform() - 1;
    if (isIn(x, y)) return [1.5 * (x + random.normal() * noise), 1.5 * (y + random.normal() * noise)];
  }
}

function xor(random: RandomState, c: number, _i: number, _n: number, noise: number, classes: number): Point {
  return inCells(random, noise, (x, y) => {
    const quadrant = x > 0 ? (y > 0 ? 0 : 1) : y > 0 ? 3 : 2;
    return quadrant % classes === c;
  });
}

function checkerboard(random: RandomState, c: number, _i: number, _n: number, noise: number, classes: number): Point {
  // two steps to the side of each row, so that no class makes stripes
  const step = classes === 2 ? 1 : 2;
  return inCells(random, noise, (x, y) => {
    const column = Math.floor((x + 1) * 2);
    const row = Math.floor((y + 1) * 2);
    return (column + step * row) % classes === c;
  });
}

function circle(random: RandomState, c: number, _i: number, _n: number, noise: number): Point {
  const angle = 2 * Math.PI * random.uniform();
  const radius = 0.75 * (c + 0.6 * (c === 0 ? Math.sqrt(random.uniform()) : random.uniform()));
  return [Math.cos(angle) * radius + random.normal() * noise, Math.sin(angle) * radius + random.normal() * noise];
}

const DRAWS: Readonly<Record<string, Draw>> = {
  gaussians: (random, c, _i, _n, noise) => cloud(random, c, noise),
  rings: ring,
  moons: moon,
  spirals: spiral,
  xor,
  checkerboard,
  circles: circle,
};

function rowsOfClass(settings: DataSettings, random: RandomState, c: number): Point[] {
  const perClass = Math.floor(settings.rows / settings.classes);
  const draw = DRAWS[settings.kind]!;
  const points = Array.from({ length: perClass }, (_, i) =>
    draw(random, c, i, perClass, settings.noise, settings.classes),
  );
  // the lesson moves each point of a cloud by a uniform number more, all of them drawn after the normal ones
  if (settings.kind !== "gaussians") return points;
  return points.map(([x, y]): Point => [x + random.uniform(), y + random.uniform()]);
}

/** Return the rows that the settings say, all in random order, as the lesson draws them. */
export function drawn(settings: DataSettings): Dataset {
  const random = new RandomState(settings.seed);
  const points: Point[] = [];
  const classOf: number[] = [];
  for (let c = 0; c < settings.classes; c += 1) {
    for (const point of rowsOfClass(settings, random, c)) {
      points.push(point);
      classOf.push(c);
    }
  }
  const order = random.permutation(points.length);
  const x = new Float64Array(2 * points.length);
  const labels = new Uint8Array(points.length);
  order.forEach((from, to) => {
    x.set(points[from]!, 2 * to);
    labels[to] = classOf[from]!;
  });
  return {
    kind: settings.kind,
    title: KINDS[settings.kind]!.title,
    columns: ["x1", "x2"],
    means: [0, 0],
    sds: [1, 1],
    classes: [...NAMES.slice(0, settings.classes)],
    rows: points.length,
    x,
    labels,
    heldOut: heldOutRows(points.length, settings.heldOut, settings.seed),
  };
}

/** Return 1 for each row that is held out: the first of a random order, at least one of them where any is. */
export function heldOutRows(rows: number, share: number, seed: number): Uint8Array {
  const held = new Uint8Array(rows);
  const order = new RandomState(seed + 1).permutation(rows);
  for (const row of order.subarray(0, Math.round(share * rows))) held[row] = 1;
  return held;
}
