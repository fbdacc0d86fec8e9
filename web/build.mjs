// Builds each entry into one file of the Python package: users need no Node.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
// What is built: a module for other programs, and scripts that stand inside a page. One whose source is not there is left out.
const ENTRIES = [
  { name: "kernel", source: "src/kernel/index.ts", format: "es", file: "kernel.mjs" },
  { name: "model", source: "src/kernel/model.ts", format: "iife", file: "model.js" },
  { name: "playground", source: "src/playground/main.tsx", format: "iife", file: "playground.js" },
  { name: "lesson", source: "src/lesson/main.tsx", format: "iife", file: "lesson.js" },
  { name: "panel", source: "src/panel/main.tsx", format: "iife", file: "panel.js" },
];
const out = process.argv[2] ?? here("../src/chainrule/pages/web");

for (const { name, source, format, file } of ENTRIES.filter((entry) => existsSync(here(entry.source)))) {
  await build({
    root: here("."),
    configFile: false,
    logLevel: "warn",
    worker: { format: "iife" },
    build: {
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      target: "es2022",
      lib: { entry: here(source), formats: [format], name: `chainrule_${name}`, fileName: () => file, cssFileName: name },
    },
  });
}
