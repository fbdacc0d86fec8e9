/**
 * The panels below the network and the map: the one list in which each is registered.
 *
 * A new panel is a component without properties, which reads the signals of `store.ts`, and a line here. The page shows
 * a tab for each, in this order; a panel is only rendered while its tab is open.
 */

import type { ComponentType } from "preact";
import { learnPanels } from "../learn/panels";
import { BiasPanel } from "./panels/bias";
import { ComparePanel } from "./panels/compare";
import { RacePanel } from "./panels/race";
import { ScoresPanel } from "./panels/scores";
import { SharePanel } from "./panels/share";
import { SurfacePanel } from "./panels/surface";

export interface Panel {
  /** In links; letters only. */
  id: string;
  /** On its tab. */
  title: string;
  component: ComponentType;
}

export const panels: readonly Panel[] = [
  // ---- panels are registered here ----
  ...learnPanels,
  { id: "scores", title: "Scores", component: ScoresPanel },
  { id: "surface", title: "Cost surface", component: SurfacePanel },
  { id: "race", title: "Race of optimizers", component: RacePanel },
  { id: "compare", title: "Side by side", component: ComparePanel },
  { id: "bias", title: "What a bias is worth", component: BiasPanel },
  { id: "share", title: "Share", component: SharePanel },
];
