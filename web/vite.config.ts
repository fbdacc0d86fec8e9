import { defineConfig } from "vitest/config";

// Milliseconds that a test has: each takes a second at the most, but on a busy machine many times as long.
const PATIENCE = 120_000;

export default defineConfig({
  test: { include: ["tests/**/*.test.ts", "tests/**/*.test.tsx"], testTimeout: PATIENCE },
});
