// Builds the product of matrices for WebAssembly, by Debian's clang and lld; `node build.mjs OUT.ts [CLANG]`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [out = here("../src/kernel/products_wasm.ts"), clang = "clang"] = process.argv.slice(2);
const OPTIONS = [
  ..."--target=wasm32 -std=c11 -O3 -msimd128 -mbulk-memory -ffreestanding -fno-builtin -ffp-contract=off -nostdlib".split(" "),
  "-Wl,--no-entry,--strip-all,--export=__heap_base,-z,stack-size=8192",
];
const folder = mkdtempSync(join(tmpdir(), "products-"));
try {
  const file = join(folder, "products.wasm");
  execFileSync(clang, [...OPTIONS, here("products.c"), "-o", file], { stdio: "inherit" });
  const text = readFileSync(file).toString("base64");
  writeFileSync(out, `/** What \`make wasm\` built of web/wasm/products.c. */\nexport const PRODUCTS =\n  "${text}";\n`);
} finally {
  rmSync(folder, { recursive: true });
}
