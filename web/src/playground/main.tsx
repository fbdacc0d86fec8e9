/** The page's script, which is also that of its worker: the worker is made of the script's own text. */

import { render } from "preact";
import { App } from "./app";
import { connect } from "./actions";
import { runAsWorker } from "./link";
import { open } from "./share";
import "./style.css";

function openPage(): void {
  const script = document.currentScript?.textContent ?? null;
  connect(script && script.length > 0 ? script : null);
  open();
  const root = document.getElementById("app")!;
  root.replaceChildren();
  render(<App />, root);
}

if (typeof document === "undefined") runAsWorker(self as unknown as Parameters<typeof runAsWorker>[0]);
else openPage();
