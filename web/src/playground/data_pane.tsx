/** The data: which set, how many classes and rows, how noisy, what is held out; or one's own CSV file. */

import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import * as act from "./actions";
import { Canvas } from "./canvas";
import { CLASS_COLORS, traceMarker } from "./colors";
import { Button, NumberField, Select, Slider } from "./controls";
import { drawn, KINDS, LEAST_ROWS, MOST_ROWS } from "./datasets";
import { whole } from "./format";
import * as store from "./store";
import { coordinates, planeOf } from "./view";

/** Rows of a set's small picture: enough to know it by. */
const PICTURE_ROWS = 150;

export function DataPane(): JSX.Element {
  const settings = store.dataSettings.value;
  const data = store.data.value;
  const own = data.kind === "own";
  const kind = KINDS[settings.kind]!;
  return (
    <section class="pane data" aria-labelledby="data-title">
      <div class="head">
        <h2 id="data-title">Data</h2>
        <span class="note">
          {whole(data.rows)} rows, {data.classes.length} classes{own ? `, ${data.columns.length} inputs` : store.edited.value ? ", edited" : ""}
        </span>
      </div>
      <div class="sets" role="radiogroup" aria-label="Data set">
        {Object.entries(KINDS).map(([key, { title }]) => (
          <Thumbnail key={key} kind={key} title={title} chosen={!own && settings.kind === key} />
        ))}
        <OwnFile chosen={own} />
      </div>
      <TargetChoice />
      {!own && (
        <>
          <Slider
            label="Classes"
            value={settings.classes}
            shown={String(settings.classes)}
            min={2}
            max={kind.mostClasses}
            step={1}
            onInput={(classes) => act.drawData({ classes })}
          />
          <Slider label="Rows" value={settings.rows} shown={whole(settings.rows)} min={LEAST_ROWS} max={2000} step={10} onInput={(rows) => act.drawData({ rows: Math.min(rows, MOST_ROWS) })} />
          <Slider label="Noise" value={settings.noise} shown={settings.noise.toFixed(2)} min={0} max={1} step={0.01} onInput={(noise) => act.drawData({ noise })} />
        </>
      )}
      <Slider
        label="Held out"
        value={settings.heldOut}
        min={0}
        max={0.8}
        step={0.05}
        shown={`${Math.round(100 * settings.heldOut)} %`}
        onInput={act.holdOut}
      />
      {!own && (
        <div class="seed">
          <NumberField label="Seed" value={settings.seed} min={0} max={2 ** 31} whole onChange={(seed) => act.drawData({ seed })} />
          <Button kind="small" icon="again" onClick={() => act.drawData({ seed: settings.seed + 1 })}>
            New draw
          </Button>
        </div>
      )}
      {own && <PlaneChoice />}
    </section>
  );
}

function Thumbnail({ kind, title, chosen }: { kind: string; title: string; chosen: boolean }): JSX.Element {
  const draw = useMemo(() => {
    const { classes, noise } = KINDS[kind]!;
    const data = drawn({ kind, classes, rows: PICTURE_ROWS, noise, heldOut: 0, seed: 0 });
    const plane = planeOf(data, { kind: "columns", a: 0, b: 1 }, 0);
    const [left, right, bottom, top] = plane.extent;
    // the same function each time: the picture is drawn once
    return (context: CanvasRenderingContext2D, width: number, height: number): void => {
      for (let row = 0; row < data.rows; row += 1) {
        const [u, v] = coordinates(plane, data.x, 2, row);
        const c = data.labels[row]!;
        traceMarker(context, c, ((u - left) / (right - left)) * width, ((top - v) / (top - bottom)) * height, 1.5);
        context.fillStyle = CLASS_COLORS[c]!;
        context.fill();
      }
    };
  }, [kind]);
  return (
    <button type="button" class="set" role="radio" aria-checked={chosen} aria-label={title} title={title} onClick={() => act.drawData({ kind })}>
      <Canvas draw={draw} label="" aria-hidden="true" />
      <span aria-hidden="true">{title.split(" ")[0]!.replace("board", "")}</span>
    </button>
  );
}

function OwnFile({ chosen }: { chosen: boolean }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class="set file" role="radio" aria-checked={chosen} aria-label="Your own CSV file" title="Choose a CSV file, or drop one on the page" onClick={() => input.current!.click()}>
        <svg viewBox="0 0 24 24" width="26" height="26" aria-hidden="true">
          <path d="M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14" fill="none" stroke="currentColor" stroke-width="1.5" />
        </svg>
        <span aria-hidden="true">Your CSV</span>
      </button>
      <input
        ref={input}
        id="own-file"
        class="unseen"
        type="file"
        accept=".csv,.tsv,.txt,text/csv"
        tabIndex={-1}
        aria-label="CSV file"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) act.readFile(file);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

/** After a file was read: which of its columns has the classes. */
function TargetChoice(): JSX.Element | null {
  const table = act.table.value;
  if (!table) return null;
  if (table.targets.length === 0)
    return <p class="note">No column of the file can be the target: it needs 2 to 10 different values.</p>;
  return (
    <Select
      label="Target"
      value=""
      options={[["", "choose the column of the classes …"] as const, ...table.targets.map((name) => [name, name] as const)]}
      onChange={(name) => name && act.useTable(name)}
    />
  );
}

/** Which plane through the inputs the map shows, where there are more than two. */
function PlaneChoice(): JSX.Element {
  const { columns, rows } = store.data.value;
  const view = store.view.value;
  const options = columns.map((name, j) => [j, name] as const);
  return (
    <div class="plane">
      <Select
        label="Map"
        value={view.kind}
        options={[
          ["columns", "two columns"],
          ["components", "principal components"],
        ]}
        onChange={(kind) => act.setView(kind === "components" ? { kind } : { kind: "columns", a: 0, b: Math.min(1, columns.length - 1) })}
      />
      {view.kind === "columns" && (
        <>
          <Select label="Across" value={view.a} options={options} onChange={(a) => act.setView({ ...view, a })} />
          <Select label="Up" value={view.b} options={options} onChange={(b) => act.setView({ ...view, b })} />
          {columns.length > 2 && (
            <NumberField label="Other columns as in row" value={store.pinned.value} min={0} max={rows - 1} whole onChange={(row) => act.setView(view, row)} />
          )}
        </>
      )}
    </div>
  );
}
