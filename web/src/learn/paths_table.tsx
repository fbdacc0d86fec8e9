/** All paths to the weight, largest first: the derivatives along each, and their product. */

import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { named } from "./names";
import { bracketed, shown } from "./numbers";
import { chain, found, trace, weight } from "./state";
import { gradientNamed, type Path, type Trace } from "./trace";

// Rows of the table before more are asked for.
const FEW = 8;

export function PathsTable(): JSX.Element | null {
    const [all, setAll] = useState(false);
    const of = trace.value;
    if (of === null || found.value === null) return null;
    const { largest, count, contributing, total } = found.value;
    const listed = largest.slice(0, all ? largest.length : FEW);
    const hidden = contributing - listed.length;
    const rest = total - listed.reduce((sum, path) => sum + path.contribution, 0);
    const silent = count - contributing;
    return (
        <div class="learn-scroll">
            <p>
                {count === 1 ? "One path leads" : `${count.toLocaleString("en")} paths lead`} from the loss to the
                weight. Each adds the product of the derivatives along it.
                {silent > 0 &&
                    ` ${silent.toLocaleString("en")} of them ${silent === 1 ? "has" : "have"} a factor of 0 and add${silent === 1 ? "s" : ""} nothing.`}
            </p>
            <table class="learn-paths">
                <thead>
                    <tr>
                        <th>path</th>
                        <th>through</th>
                        <th>derivatives along it</th>
                        <th>contribution</th>
                    </tr>
                </thead>
                <tbody>
                    {listed.map((path, rank) => (
                        <tr data-k={`path:${rank + 1}`} tabindex={0}>
                            <td>{rank + 1}</td>
                            <td>{nodesInWords(of, path)}</td>
                            <td>{path.factors.map((factor) => bracketed(factor)).join(" · ")}</td>
                            <td class={path.contribution < 0 ? "below" : "above"}>{shown(path.contribution)}</td>
                        </tr>
                    ))}
                    {hidden > 0 && (
                        <tr>
                            <td />
                            <td colSpan={2}>the other {hidden.toLocaleString("en")}</td>
                            <td>{shown(rest)}</td>
                        </tr>
                    )}
                </tbody>
                <tfoot>
                    <tr data-k={gradientNamed(of, weight.value)}>
                        <td />
                        <td colSpan={2}>{gradientNamed(of, weight.value)}</td>
                        <td>{shown(total)}</td>
                    </tr>
                </tfoot>
            </table>
            {largest.length > FEW && (
                <button type="button" onClick={() => setAll(!all)}>
                    {all ? "Fewer paths" : `Show ${largest.length} paths`}
                </button>
            )}
        </div>
    );
}

function nodesInWords(of: Trace, path: Path): string {
    const names = chain.value.map((stage) => stage.by).slice(0, path.nodes.length);
    const label = of.y.length > 1;
    return path.nodes.map((unit, at) => named(names[at]!, ...(label || at > 1 ? [unit] : []))).join(" ← ");
}
