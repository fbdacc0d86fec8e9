/** The map: what the network says everywhere in the plane, and the rows. */

import type { JSX } from "preact";
import { useRef } from "preact/hooks";
import * as act from "./actions";
import { Canvas } from "./canvas";
import { CLASS_COLORS, colors, markerPath } from "./colors";
import { Segments } from "./controls";
import { drawAxes, drawPoints, drawProbe, drawRegions, drawUnit, fromPixels, squareOf, toPixels, type Square } from "./draw_map";
import { MOST_SHOWN } from "./draw_network";
import { percent, short } from "./format";
import { atProbe } from "./forward";
import { unitName } from "./network_pane";
import * as store from "./store";
import type { Tool } from "./store";
import { coordinates } from "./view";

/** How near a click must be to a point, in pixels. */
const NEAR = 11;
/** Share of the map that an arrow key moves the cross by. */
const KEY_STEP = 1 / 50;

export function MapPane(): JSX.Element {
  const unit = store.selectedUnit.value;
  const tool = store.tool.value;
  return (
    <section class="pane map" aria-labelledby="map-title">
      <div class="head">
        <h2 id="map-title">{unit ? unitName(unit.layer, unit.unit) : "Decision regions"}</h2>
        <span class="grow" />
        <Segments<Tool>
          label="A click on the map"
          value={tool}
          options={[
            ["look", "Look"],
            ["add", "Add"],
            ["move", "Move"],
            ["delete", "Delete"],
          ]}
          onChange={(chosen) => (store.tool.value = chosen)}
        />
      </div>
      <MapCanvas />
      <div class="axis-name">{act.plane.value.labels[0]}{act.plane.value.labels[1] ? ` (across), ${act.plane.value.labels[1]} (up)` : ""}</div>
      <Legend />
      <Reading />
    </section>
  );
}

/** Draw what the network says: anew in each picture of training. */
function regions(context: CanvasRenderingContext2D, width: number, height: number): void {
  const square = squareOf(width, height);
  const [frame, palette] = [store.frame.value, colors.value];
  const classes = store.data.value.classes.length;
  const unit = store.selectedUnit.value;
  const map = unit && frame ? frame.maps[placeOfMap(unit)] : undefined;
  if (frame && map) drawUnit(context, square, frame.side, map, palette);
  else if (frame && frame.probabilities.length === frame.side ** 2 * classes) drawRegions(context, square, frame, classes, palette);
}

/** Draw rows, cross and axes above it: which rows are misclassified is told as numbers are, a few times a second. */
function points(context: CanvasRenderingContext2D, width: number, height: number): void {
  const square = squareOf(width, height);
  const [data, palette, plane] = [store.data.value, colors.value, act.plane.value];
  context.save();
  context.beginPath();
  context.rect(square.x, square.y, square.size, square.size);
  context.clip();
  drawPoints(context, square, plane, data, store.told.value.frame?.rowProbabilities ?? new Float32Array(0), palette);
  drawProbe(context, ...toPixels(plane, square, ...store.probe.value), palette);
  context.restore();
  drawAxes(context, square, plane, palette);
}

function MapCanvas(): JSX.Element {
  const canvas = useRef<HTMLCanvasElement | null>(null);
  const dragged = useRef<{ row: number } | "probe" | null>(null);
  const squareNow = (): Square => squareOf(canvas.current!.clientWidth, canvas.current!.clientHeight);
  const at = (event: PointerEvent): [number, number] => fromPixels(act.plane.value, squareNow(), event.offsetX, event.offsetY);
  const down = (event: PointerEvent): void => {
    canvas.current!.setPointerCapture(event.pointerId);
    const row = nearest(squareNow(), event.offsetX, event.offsetY);
    const [u, v] = at(event);
    if (store.tool.value === "move") dragged.current = row === null ? null : { row };
    else if (store.tool.value === "look") {
      dragged.current = "probe";
      if (row !== null) act.selectRow(row);
      else lookAt(u, v);
    } else useTool(store.tool.value, u, v, row);
  };
  const move = (event: PointerEvent): void => {
    if (dragged.current === null) return;
    const [u, v] = at(event);
    if (dragged.current !== "probe") act.moveRow(dragged.current.row, u, v);
    else if (event.movementX !== 0 || event.movementY !== 0) lookAt(u, v);
  };
  return (
    <div class="map-box">
      <Canvas
        canvasRef={canvas}
        class="map-canvas"
        draw={regions}
        label="Map of the decision regions. Arrow keys move the cross, Enter uses the chosen tool there, Page Up and Page Down go through the rows."
        tabIndex={0}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => (dragged.current = null)}
        onPointerCancel={() => (dragged.current = null)}
        onKeyDown={(event) => byKey(event, squareNow())}
      />
      <Canvas class="above" draw={points} label={null} />
    </div>
  );
}

function placeOfMap({ layer, unit }: { layer: number; unit: number }): number {
  return store.widths.value.slice(0, layer).reduce((sum, units) => sum + Math.min(units, MOST_SHOWN), 0) + unit;
}

function lookAt(u: number, v: number): void {
  const [left, right, bottom, top] = act.plane.value.extent;
  store.selectedRow.value = null;
  store.probe.value = [Math.min(right, Math.max(left, u)), Math.min(top, Math.max(bottom, v))];
}

function useTool(tool: Tool, u: number, v: number, row: number | null): void {
  if (tool === "add") act.addRow(u, v);
  else if (tool === "delete" && row !== null) act.deleteRow(row);
  else if (tool === "move" && store.selectedRow.value !== null) act.moveRow(store.selectedRow.value, u, v);
  else if (tool === "look") {
    if (row !== null) act.selectRow(row);
    else lookAt(u, v);
  }
}

/** Return the row whose point is nearest to a place of the canvas, if one is near. */
function nearest(square: Square, px: number, py: number): number | null {
  const data = store.data.value;
  let found: number | null = null;
  let least = NEAR;
  for (let row = 0; row < data.rows; row += 1) {
    const [x, y] = toPixels(act.plane.value, square, ...coordinates(act.plane.value, data.x, data.columns.length, row));
    const distance = Math.hypot(px - x, py - y);
    if (distance < least) {
      least = distance;
      found = row;
    }
  }
  return found;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

function byKey(event: KeyboardEvent, square: Square): void {
  const arrow = ARROWS[event.key];
  const [left, right, bottom, top] = act.plane.value.extent;
  const [u, v] = store.probe.value;
  const rows = store.data.value.rows;
  if (arrow) lookAt(u + arrow[0] * KEY_STEP * (right - left), v + arrow[1] * KEY_STEP * (top - bottom));
  else if (event.key === "Enter") useTool(store.tool.value, u, v, nearest(square, ...toPixels(act.plane.value, square, u, v)));
  else if (event.key === "PageDown" && rows > 0) act.selectRow(((store.selectedRow.value ?? -1) + 1) % rows);
  else if (event.key === "PageUp" && rows > 0) act.selectRow(((store.selectedRow.value ?? 0) - 1 + rows) % rows);
  else return;
  event.preventDefault();
}

/** The classes, with colour and shape; where points are added, the class that they get. */
function Legend(): JSX.Element {
  const { classes } = store.data.value;
  const adding = store.tool.value === "add";
  return (
    <div class="legend" role={adding ? "radiogroup" : "group"} aria-label={adding ? "Class of the points that are added" : "Classes and marks of the points"}>
      {classes.map((name, c) => {
        const inner = (
          <>
            <svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">
              <path d={markerPath(c, 5.5)} fill={CLASS_COLORS[c]} />
            </svg>
            <span class="name">{name}</span>
          </>
        );
        return adding ? (
          <button key={c} type="button" role="radio" aria-checked={store.brush.value === c} onClick={() => (store.brush.value = c)}>
            {inner}
          </button>
        ) : (
          <span key={c} class="item">
            {inner}
          </span>
        );
      })}
      <span class="item key">
        <svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">
          <circle r="4.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
        hollow: held out
      </span>
      <span class="item key">
        <svg viewBox="-8 -8 16 16" width="16" height="16" aria-hidden="true">
          <circle r="3" fill="currentColor" />
          <circle r="6.5" fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
        ringed: misclassified
      </span>
    </div>
  );
}

/** The probabilities at the cross. */
function Reading(): JSX.Element {
  const found = atProbe.value;
  const { classes } = store.data.value;
  const plane = act.plane.value;
  const [u, v] = store.probe.value;
  const at = [plane.means[0] + plane.sds[0] * u, plane.means[1] + plane.sds[1] * v].map((value) => short(value)).join(", ");
  return (
    <div class="reading" aria-label="Probabilities at the cross">
      <span class="note">
        {store.selectedRow.value === null ? "At" : `Row ${store.selectedRow.value + 1} at`} ({at})
      </span>
      <div class="bars">
        {classes.map((name, c) => {
          const share = found?.probabilities[c] ?? 0;
          return (
            <div class="bar" key={c} title={`${name}: ${percent(share)}`}>
              <span class="name">{name}</span>
              <span class="track">
                <span class="fill" style={{ transform: `scaleX(${share})`, background: CLASS_COLORS[c]! }} />
              </span>
              <span class="number">{percent(share)}</span>
            </div>
          );
        })}
      </div>
    </div>
  );
}
