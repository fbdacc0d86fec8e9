/** The state as a link, as a page of its own, as a Python program; the network as a model file. */

import { signal } from "@preact/signals";
import type { JSX } from "preact";
import { Button } from "../controls";
import { Refused } from "../csv";
import { modelFile } from "../model_file";
import { inUse } from "../parameters";
import { pythonProgram } from "../python";
import { heldByLink, link, savedPage } from "../share";
import * as store from "../store";

const withRows = signal(false);
const copied = signal("");

async function copy(what: string, text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    copied.value = what;
  } catch {
    store.message.value = `The ${what} could not be copied: select it and copy it by hand.`;
  }
}

function save(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

async function saveModel(): Promise<void> {
  const theta = inUse(store.theta.value, store.widths.value, store.spec.value.bias);
  try {
    const content = await modelFile(store.data.value, store.spec.value, theta, store.epoch.value);
    save("playground.safetensors", content, "application/octet-stream");
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    store.message.value = error.message;
  }
}

export function SharePanel(): JSX.Element {
  const data = store.data.value;
  const own = data.kind === "own" || store.edited.value;
  const address = link(withRows.value);
  const { weights, resume } = heldByLink();
  const program = pythonProgram({
    data,
    settings: store.dataSettings.value,
    edited: store.edited.value,
    spec: store.spec.value,
    training: store.training.value,
    log: store.told.value.log,
    withRows: withRows.value || data.kind !== "own",
  });
  return (
    <>
      {own && (
        <label class="check">
          <input type="checkbox" id="with-rows" checked={withRows.value} onChange={(event) => (withRows.value = event.currentTarget.checked)} />
          Put the rows of the page into the link and the program; without this, neither holds any of them
        </label>
      )}
      <div class="share">
        <div>
          <h3>Link</h3>
          <p class="note">Opens this page with the same data, network, settings{weights ? " and weights" : ""}{resume ? ", and goes on training as here" : ""}.</p>
          <input class="address" readOnly aria-label="Link" value={address} onFocus={(event) => event.currentTarget.select()} />
          <div class="row">
            <Button onClick={() => void copy("link", address)}>Copy the link</Button>
            <Button id="save-page" onClick={() => save("playground.html", savedPage(), "text/html")}>
              Save the page with its state
            </Button>
            <span class="note" role="status">
              {copied.value && `The ${copied.value} is copied.`}
            </span>
          </div>
        </div>
        <div>
          <h3>Model file</h3>
          <p class="note">
            The trained network: <code>chainrule.load</code> opens it in Python, and <code>chainrule predict</code> on the command line.
          </p>
          <div class="row">
            <Button id="save-model" onClick={() => void saveModel()}>
              Save the model
            </Button>
          </div>
        </div>
        <div>
          <h3>Python</h3>
          <p class="note">The same rows, seeds and steps: it prints the same cost and accuracy.</p>
          <div class="row">
            <Button onClick={() => void copy("program", program)}>Copy the program</Button>
            <Button onClick={() => save("playground.py", program, "text/x-python")}>Save it</Button>
          </div>
          <pre tabIndex={0} aria-label="Python program" id="program-text">{program}</pre>
        </div>
      </div>
    </>
  );
}
