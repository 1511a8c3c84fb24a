import { defineConfig } from "vitest/config";

// The page is embedded into the server, which serves everything under /assets/ as immutable: names carry a hash.
// A page that is being worked on, beside a server that runs already: OYER_SERVER=http://127.0.0.1:8080 npm run dev
const proxy = process.env.OYER_SERVER ? { "/api": { target: process.env.OYER_SERVER, ws: true } } : undefined;

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    outDir: "dist",
    assetsDir: "assets",
    // The Content-Security-Policy allows no data: scripts or styles, and a small file costs nothing.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy },
  test: { include: ["tests/**/*.test.ts"], environment: "node", testTimeout: 30_000 },
});
