/** The page's line to the trainer: in a worker made of the page's own script, or beside it where there can be none. */

import { useCompiledProducts } from "../kernel/products";
import type { Reply, Request } from "./messages";
import { Trainer } from "./trainer";

export interface Line {
  send(request: Request): void;
}

interface WorkerScope {
  onmessage: ((event: MessageEvent<Request>) => void) | null;
  postMessage(reply: Reply, transfer: ArrayBuffer[]): void;
}

/** Return what the trainer gives away: the maps, which are new for each picture, need not be copied. */
function handedOver(reply: Reply): ArrayBuffer[] {
  if (reply.type !== "state") return [];
  const { maps, probabilities } = reply.frame;
  return [...new Set([...maps, probabilities].map((values) => values.buffer as ArrayBuffer))];
}

/** Answer a worker's messages; called where the page's script runs as one. */
export function runAsWorker(scope: WorkerScope): void {
  useCompiledProducts();
  const trainer = new Trainer((reply) => scope.postMessage(reply, handedOver(reply)));
  scope.onmessage = (event) => trainer.handle(event.data);
}

/** Return the line to a new trainer; `heard` gets its replies. */
export function lineToTrainer(script: string | null, heard: (reply: Reply) => void): Line {
  const worker = script === null ? null : startWorker(script);
  if (worker) {
    worker.onmessage = (event: MessageEvent<Reply>) => heard(event.data);
    return { send: (request) => worker.postMessage(request) };
  }
  const trainer = new Trainer((reply) => queueMicrotask(() => heard(reply)));
  return { send: (request) => setTimeout(() => trainer.handle(request), 0) };
}

function startWorker(script: string): Worker | null {
  try {
    return new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  } catch {
    return null;
  }
}
