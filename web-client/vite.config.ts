import { defineConfig } from "vitest/config";

// The page is embedded into the server, which serves everything under /assets/ as immutable: names carry a hash.
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
  server: {
    host: "127.0.0.1",
    proxy: process.env.OYER_SERVER ? { "/api": { target: process.env.OYER_SERVER, ws: true } } : undefined,
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
