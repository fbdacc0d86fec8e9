/** The panels of learning, as the playground registers them. */

import type { Panel } from "../playground/panels";
import { BlanksPanel } from "./blanks_panel";
import { BracketsPanel } from "./brackets_panel";
import { BreakPanel } from "./break_panel";
import { ChainPanel } from "./chain_panel";
import { PredictPanel } from "./predict_panel";
import { TourPanel } from "./tour_panel";

export const learnPanels: readonly Panel[] = [
  { id: "chain", title: "Chain rule", component: ChainPanel },
  { id: "predict", title: "Predict first", component: PredictPanel },
  { id: "blanks", title: "Fill in", component: BlanksPanel },
  { id: "derivative", title: "Break a derivative", component: BreakPanel },
  { id: "brackets", title: "Order of the product", component: BracketsPanel },
  { id: "tour", title: "Tour and presets", component: TourPanel },
];
