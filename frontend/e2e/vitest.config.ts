import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/*.test.ts"],
    globalSetup: "service.ts",
    // one school for all: stories one after another, as at a desk
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
