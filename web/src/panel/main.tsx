/** The panel of a model: it stands in a page of its own, and in the report. */
import { render } from "preact";
import { ClassChoice, ContributionTable, Probabilities, WhatIf } from "./answers";
import { ChainRule } from "./chain";
import { Fields } from "./fields";
import { Rows } from "./rows";
import { panelState, type PanelData, type PanelState } from "./state";

function Panel({ state }: { state: PanelState }) {
  return (
    <>
      <section class="asked">
        <Probabilities state={state} />
        <Fields state={state} />
        <p class="buttons">
          <button type="button" onClick={() => (state.kept.value = state.row.value)}>Keep this row to compare</button>{" "}
          <button type="button" disabled={!state.kept.value} onClick={() => state.kept.value && (state.row.value = state.kept.value)}>Back to the kept row</button>{" "}
          <button type="button" onClick={() => { state.row.value = state.data.example; state.kept.value = null; }}>Back to the start</button>
        </p>
      </section>
      <section><h3>What if</h3><WhatIf state={state} /></section>
      <section><h3>What each column contributes</h3><ClassChoice state={state} /><ContributionTable state={state} /></section>
      <section><h3>Many rows</h3><Rows state={state} /></section>
      <section><details><summary>The chain rule of this row</summary><ChainRule state={state} /></details></section>
    </>
  );
}

const place = document.getElementById("chainrule-panel"), data = document.getElementById("chainrule-model");
if (place && data) {
  const state = panelState(JSON.parse(data.textContent ?? "") as PanelData);
  place.replaceChildren();
  render(<Panel state={state} />, place);
}
