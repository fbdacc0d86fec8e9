/** Confusion matrix and calibration, of training or held-out rows. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Canvas, FONT } from "../canvas";
import { CLASS_COLORS, colors, markerPath, type Palette } from "../colors";
import { Segments } from "../controls";
import { fixed, percent, whole } from "../format";
import { calibration, confusion, type Bin } from "../scores";
import * as store from "../store";

const held = signal(false);

export function ScoresPanel(): JSX.Element {
  const data = store.data.value;
  const probabilities = store.told.value.frame?.rowProbabilities;
  const anyHeld = data.heldOut.some((flag) => flag === 1);
  const ofHeld = held.value && anyHeld;
  if (!probabilities || probabilities.length !== data.rows * data.classes.length) return <p class="note">No rows have been measured yet.</p>;
  const counts = confusion(data, probabilities, ofHeld);
  const total = counts.flat().reduce((sum, n) => sum + n, 0);
  const right = counts.reduce((sum, row, c) => sum + row[c]!, 0);
  const { bins, error } = calibration(data, probabilities, ofHeld);
  return (
    <>
      <div class="row">
        <Segments
          label="Rows"
          value={ofHeld ? "held" : "training"}
          options={[
            ["training", "Training rows"],
            ["held", "Held-out rows"],
          ]}
          disabled={!anyHeld}
          onChange={(which) => (held.value = which === "held")}
        />
        <span class="note">
          {whole(right)} of {whole(total)} rows right, accuracy <b data-testid="accuracy">{percent(right / total)}</b>
        </span>
      </div>
      <div class="columns">
        <div class="scroll">
          <Confusion classes={data.classes} counts={counts} />
        </div>
        <div>
          <h3>Calibration</h3>
          <p class="note">
            Of the rows that are given a class with a probability of 70 %, 70 % should be right: on the line. Expected calibration error{" "}
            <b data-testid="calibration">{fixed(error, 3)}</b>.
          </p>
          <Canvas class="chart" label={`Calibration: ${inWords(bins)}`} draw={(context, width, height) => drawBins(context, width, height, bins, colors.value)} />
        </div>
      </div>
    </>
  );
}

function Confusion({ classes, counts }: { classes: readonly string[]; counts: number[][] }): JSX.Element {
  const most = Math.max(1, ...counts.flat());
  return (
    <table class="confusion">
      <caption>
        <b>Confusion matrix</b>: true class down, predicted class across
      </caption>
      <thead>
        <tr>
          <td />
          {classes.map((name, c) => (
            <th key={c} scope="col">
              <ClassName name={name} c={c} />
            </th>
          ))}
          <th scope="col">right</th>
        </tr>
      </thead>
      <tbody>
        {counts.map((row, c) => (
          <tr key={c}>
            <th scope="row">
              <ClassName name={classes[c]!} c={c} />
            </th>
            {row.map((n, k) => (
              <td key={k} class={k === c ? "right" : undefined} style={{ background: `color-mix(in srgb, var(--accent) ${Math.round((40 * n) / most)}%, transparent)` }}>
                {n}
              </td>
            ))}
            <td>{percent(row[c]! / row.reduce((sum, n) => sum + n, 0))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function ClassName({ name, c }: { name: string; c: number }): JSX.Element {
  return (
    <span class="class-name">
      <svg viewBox="-8 -8 16 16" width="13" height="13" aria-hidden="true">
        <path d={markerPath(c, 6)} fill={CLASS_COLORS[c]} />
      </svg>{" "}
      {name}
    </span>
  );
}

const inWords = (bins: readonly Bin[]): string =>
  bins.filter((bin) => bin.rows > 0).map((bin) => `${percent(bin.confidence)} sure, ${percent(bin.accuracy)} right, ${bin.rows} rows`).join("; ");

function drawBins(context: CanvasRenderingContext2D, width: number, height: number, bins: readonly Bin[], palette: Palette): void {
  const [left, bottom, top] = [40, 36, 8];
  const side = Math.min(width - left - 10, height - bottom - top);
  const x = (share: number): number => left + share * side;
  const y = (share: number): number => top + (1 - share) * side;
  context.font = `11px ${FONT}`;
  context.fillStyle = palette.soft;
  context.strokeStyle = palette.line;
  for (const share of [0, 0.5, 1]) {
    context.beginPath();
    context.moveTo(left, y(share));
    context.lineTo(left + side, y(share));
    context.moveTo(x(share), top);
    context.lineTo(x(share), top + side);
    context.stroke();
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillText(`${100 * share} %`, left - 5, y(share));
    context.textAlign = "center";
    context.textBaseline = "top";
    context.fillText(`${100 * share} %`, x(share), top + side + 4);
  }
  context.fillText("probability of the predicted class", x(0.5), top + side + 19);
  context.strokeStyle = palette.soft;
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(x(0), y(0));
  context.lineTo(x(1), y(1));
  context.stroke();
  context.setLineDash([]);
  const most = Math.max(1, ...bins.map((bin) => bin.rows));
  const used = bins.filter((bin) => bin.rows > 0);
  context.strokeStyle = palette.accent;
  context.lineWidth = 1.8;
  context.beginPath();
  used.forEach((bin, i) => (i ? context.lineTo(x(bin.confidence), y(bin.accuracy)) : context.moveTo(x(bin.confidence), y(bin.accuracy))));
  context.stroke();
  for (const bin of used) {
    context.beginPath();
    context.arc(x(bin.confidence), y(bin.accuracy), 2.5 + 6 * Math.sqrt(bin.rows / most), 0, 2 * Math.PI);
    context.fillStyle = palette.accent;
    context.fill();
    context.strokeStyle = palette.paper;
    context.stroke();
  }
}
