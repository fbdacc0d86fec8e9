/** The page. */

import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import * as act from "./actions";
import { CurvesPane } from "./curves_pane";
import { DataPane } from "./data_pane";
import { MapPane } from "./map_pane";
import { NetworkPane } from "./network_pane";
import { panels } from "./panels";
import * as store from "./store";
import { TrainingPane } from "./training_pane";
import { Transport } from "./transport";

export function App(): JSX.Element {
  return (
    <>
      <header class="bar">
        <h1>
          Chainrule <span>playground</span>
        </h1>
        <Transport />
      </header>
      <main>
        <div class="stage">
          <div class="left">
            <DataPane />
            <TrainingPane />
          </div>
          <NetworkPane />
          <MapPane />
          <CurvesPane />
        </div>
        <Panels />
      </main>
      <Message />
      <DropZone />
    </>
  );
}

function Panels(): JSX.Element {
  const open = panels.find((panel) => panel.id === store.openPanel.value) ?? panels[0];
  const Shown = open?.component;
  return (
    <section class="panels" aria-label="More">
      <div class="tabs" role="tablist" aria-label="Panels" onKeyDown={arrowsBetweenTabs}>
        {panels.map((panel) => (
          <button
            key={panel.id}
            type="button"
            role="tab"
            id={`tab-${panel.id}`}
            aria-selected={panel === open}
            aria-controls={`panel-${panel.id}`}
            tabIndex={panel === open ? 0 : -1}
            onClick={() => (store.openPanel.value = panel.id)}
          >
            {panel.title}
          </button>
        ))}
      </div>
      {open && Shown && (
        <div class="panel" role="tabpanel" id={`panel-${open.id}`} aria-labelledby={`tab-${open.id}`}>
          <Shown />
        </div>
      )}
    </section>
  );
}

function arrowsBetweenTabs(event: KeyboardEvent): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  const at = panels.findIndex((panel) => panel.id === store.openPanel.value);
  const to = panels[(at + step + panels.length) % panels.length]!;
  store.openPanel.value = to.id;
  document.getElementById(`tab-${to.id}`)?.focus();
}

/** One sentence over the page, which moves nothing. */
function Message(): JSX.Element {
  const text = store.message.value;
  return (
    <div class={text ? "message" : "message empty"} role="status" aria-live="polite">
      {text && (
        <>
          <p>{text}</p>
          <button type="button" class="button small" onClick={() => (store.message.value = "")}>
            Close
          </button>
        </>
      )}
    </div>
  );
}

/** A file that is dropped anywhere on the page is read. */
function DropZone(): JSX.Element | null {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const enter = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) act.readFile(file);
    };
    document.addEventListener("dragover", enter);
    document.addEventListener("dragleave", leave);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", enter);
      document.removeEventListener("dragleave", leave);
      document.removeEventListener("drop", drop);
    };
  }, []);
  return over ? <div class="drop">Drop a CSV file: its first line names the columns, and one column holds the classes</div> : null;
}
