import { defineConfig } from "vitest/config";

export default defineConfig({
  // one service for all files: it takes longer to start than a test takes
  test: { include: ["tests/*.test.ts"], globalSetup: "tests/service.ts", testTimeout: 10_000 },
});
