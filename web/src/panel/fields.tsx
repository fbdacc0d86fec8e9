/** The fields of a row: each column as what it is, a slider, a choice or a text. */
import type { CategoryColumn, ColumnDescription, DateColumn, NumberColumn, TargetColumn } from "../kernel";
import { isoDay, placeOf, range, whole, written, type PanelState } from "./state";

const SLIDER_STEPS = 200;
// Levels up to which a category is a list to choose from; with more, and where they are numbers, of which others are near
// at hand, it is a field that completes words.
const MOST_CHOICES = 100;
const NUMBER = /^-?[0-9]+([.,][0-9]+)?$/;
const OTHER = "(another)";
const MISSING = "(missing)";

export function Fields({ state }: { state: PanelState }) {
  return (
    <div class="fields">
      {state.columns.map((column, at) => (
        <div class="field" key={column.name}>
          <label for={`field-${at}`}>{column.name}</label>
          <Control state={state} column={column} id={`field-${at}`} />
        </div>
      ))}
    </div>
  );
}

function Control({ state, column, id }: { state: PanelState; column: ColumnDescription; id: string }) {
  if (column.kind === "number") return <NumberField state={state} column={column} id={id} />;
  if (column.kind === "date") return <DateField state={state} column={column} id={id} />;
  if (column.kind === "text") {
    const cell = state.row.value[column.name];
    return <textarea id={id} rows={2} value={String(cell ?? "")} onInput={(event) => state.change(column.name, event.currentTarget.value)} />;
  }
  return <Choice state={state} column={column} id={id} />;
}

function NumberField({ state, column, id }: { state: PanelState; column: NumberColumn; id: string }) {
  const cell = state.row.value[column.name], [low, high] = range(column), here = placeOf(state.model, state.row.value, column);
  const text = typeof cell === "number" ? written(cell, column.written) : String(cell ?? "");
  return (
    <>
      <input id={id} type="text" inputMode="decimal" autocomplete="off" value={text} placeholder="missing"
        onInput={(event) => state.change(column.name, event.currentTarget.value)} onFocus={() => (state.varied.value = column.name)} />
      <input type="range" min={low} max={high} step={whole(column) ? 1 : (high - low) / SLIDER_STEPS} value={here ?? column.mean} aria-label={`${column.name}, slider`}
        onInput={(event) => state.change(column.name, Number(event.currentTarget.value))} onFocus={() => (state.varied.value = column.name)} />
    </>
  );
}

function DateField({ state, column, id }: { state: PanelState; column: DateColumn; id: string }) {
  const cell = state.row.value[column.name], [low, high] = range(column.days), here = placeOf(state.model, state.row.value, column);
  return (
    <>
      <input id={id} type="text" autocomplete="off" value={String(cell ?? "")} placeholder={column.written || "yyyy-mm-dd"}
        onInput={(event) => state.change(column.name, event.currentTarget.value)} onFocus={() => (state.varied.value = column.name)} />
      <input type="range" min={Math.round(low)} max={Math.round(high)} step={1} value={here ?? column.days.mean} aria-label={`${column.name}, slider`}
        onInput={(event) => state.change(column.name, isoDay(Number(event.currentTarget.value)))} onFocus={() => (state.varied.value = column.name)} />
    </>
  );
}

function Choice({ state, column, id }: { state: PanelState; column: CategoryColumn | TargetColumn; id: string }) {
  const cell = state.row.value[column.name], missing = state.model.encoder?.isMissing(cell) ?? true, word = String(cell ?? "");
  const focus = (): void => void (state.varied.value = column.name);
  if (column.words.length > MOST_CHOICES || column.words.every((each) => NUMBER.test(each))) {
    return (
      <>
        <input id={id} type="text" list={`${id}-words`} value={missing ? "" : word} placeholder={MISSING} onFocus={focus}
          onInput={(event) => state.change(column.name, event.currentTarget.value)} />
        <datalist id={`${id}-words`}>{column.words.map((each) => <option key={each} value={each} />)}</datalist>
      </>
    );
  }
  // the value of an option is its place, since a word may be anything, even one of the two others
  const place = missing ? "missing" : column.words.includes(word) ? String(column.words.indexOf(word)) : "other";
  const choose = (value: string): void => {
    const unseen = [OTHER, `${OTHER} `].find((each) => !column.words.includes(each))!;
    state.change(column.name, value === "missing" ? null : value === "other" ? unseen : column.words[Number(value)]!);
  };
  return (
    <select id={id} value={place} onFocus={focus} onChange={(event) => choose(event.currentTarget.value)}>
      {column.words.map((each, at) => <option key={each} value={String(at)}>{each}</option>)}
      <option value="other">{place === "other" && word.trim() !== OTHER ? word : OTHER}</option>
      <option value="missing">{MISSING}</option>
    </select>
  );
}
