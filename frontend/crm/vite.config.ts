import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // the client's own source: what is tried here is what is in the repository, without a build in between
  resolve: { alias: { "@kwiga-orders/client": fileURLToPath(new URL("../client/src/index.ts", import.meta.url)) } },
  // a preload polyfill would be a script inside the page, which the policy of the page forbids
  build: { target: "es2023", modulePreload: { polyfill: false }, sourcemap: false },
});
