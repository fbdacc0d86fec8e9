/** Rows from a file or the clipboard: each gets its prediction, and a click asks about it. */
import { signal } from "@preact/signals";
import type { Prediction } from "../kernel";
import { percent } from "./answers";
import { parseTable, toCsv, type Table } from "./csv";
import type { NamedRow, PanelState } from "./state";

// Rows that the page shows; all are in the file that it saves.
const SHOWN = 50;

interface Predicted {
  readonly table: Table;
  readonly rows: readonly NamedRow[];
  /** Of each row a prediction, or why there is none. */
  readonly answers: readonly (Prediction | string)[];
}

const predicted = signal<Predicted | null>(null);
const refusal = signal<string | null>(null);
const over = signal(false);

function take(state: PanelState, text: string): void {
  try {
    const table = parseTable(text), lacking = state.model.columns.filter((name) => !table.header.includes(name));
    if (lacking.length) throw new RangeError(`The rows lack the column ${lacking[0]}${lacking.length > 1 ? ` and ${lacking.length - 1} more` : ""}: the first line must name the model's columns.`);
    const rows = table.rows.map((cells) => Object.fromEntries(table.header.map((name, at) => [name, cells[at]])));
    predicted.value = { table, rows, answers: rows.map((row, number) => answerOf(state, row, number)) };
    refusal.value = null;
    state.row.value = rows[0]!;
  } catch (error) {
    refusal.value = error instanceof Error ? error.message : String(error);
  }
}

function answerOf(state: PanelState, row: NamedRow, number: number): Prediction | string {
  try {
    return state.model.predict([row])[0]!;
  } catch (error) {
    return (error instanceof Error ? error.message : String(error)).replace("row 0", `row ${number}`).replace("Row 0", `Row ${number}`);
  }
}

function readFile(state: PanelState, file: File | undefined): void {
  file?.text().then((text) => take(state, text), () => (refusal.value = "The file cannot be read."));
}

function save(state: PanelState, { table, answers }: Predicted): void {
  const head = [...table.header, "prediction", ...state.model.classes.map((name) => `probability of ${name}`)];
  const lines = table.rows.map((cells, at) => {
    const answer = answers[at]!;
    return [...cells, ...(typeof answer === "string" ? ["", ...state.model.classes.map(() => "")] : [String(answer.label), ...answer.probabilities.map(String)])];
  });
  const address = URL.createObjectURL(new Blob([toCsv([head, ...lines])], { type: "text/csv" })), link = document.createElement("a");
  [link.href, link.download] = [address, "predictions.csv"];
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

export function Rows({ state }: { state: PanelState }) {
  const found = predicted.value;
  return (
    <>
      <div class={over.value ? "drop over" : "drop"} onDragOver={(event) => { event.preventDefault(); over.value = true; }} onDragLeave={() => (over.value = false)}
        onDrop={(event) => { event.preventDefault(); over.value = false; readFile(state, event.dataTransfer?.files[0]); }}>
        <label>Drop a CSV file here, or choose one: <input type="file" accept=".csv,.tsv,.txt,text/csv" onChange={(event) => readFile(state, event.currentTarget.files?.[0])} /></label>
        <label class="paste">or paste rows, with the names of the columns first:
          <textarea rows={3} spellcheck={false} placeholder={state.model.columns.slice(0, 6).join(",")} onChange={(event) => event.currentTarget.value && take(state, event.currentTarget.value)} /></label>
      </div>
      <p class="note-line">Nothing leaves this page: it contacts no server.</p>
      {refusal.value && <p class="refusal" role="alert">{refusal.value}</p>}
      {found && <Predictions state={state} found={found} />}
    </>
  );
}

function Predictions({ state, found }: { state: PanelState; found: Predicted }) {
  const bad = found.answers.filter((answer) => typeof answer === "string").length;
  return (
    <>
      <p>
        {found.rows.length} rows{bad ? `, of which ${bad} cannot be read` : ""}.{" "}
        <button type="button" onClick={() => save(state, found)}>Save the predictions as CSV</button>
      </p>
      <div class="scroll"><table class="rows">
        <thead><tr><th scope="col">row</th><th scope="col">prediction</th><th scope="col">probability</th>{state.model.columns.slice(0, 6).map((name) => <th scope="col" key={name}>{name}</th>)}</tr></thead>
        <tbody>
          {found.rows.slice(0, SHOWN).map((row, at) => {
            const answer = found.answers[at]!;
            return (
              <tr key={at} class={row === state.row.value ? "current" : ""}>
                <td><button type="button" onClick={() => (state.row.value = row)} aria-label={`Look at row ${at}`}>{String(at)}</button></td>
                {typeof answer === "string" ? <td colSpan={2} class="refusal">{answer}</td> : <><td>{String(answer.label)}</td><td>{percent(answer.probabilities[state.model.classes.indexOf(answer.label)]!)}</td></>}
                {state.model.columns.slice(0, 6).map((name) => <td key={name}>{String(row[name] ?? "")}</td>)}
              </tr>
            );
          })}
        </tbody>
      </table></div>
      {found.rows.length > SHOWN && <p class="note-line">The first {SHOWN} are shown; all are in the file that is saved.</p>}
    </>
  );
}
