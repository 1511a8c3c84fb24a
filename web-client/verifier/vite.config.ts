import { createHash } from "node:crypto";
import { resolve } from "node:path";
import { defineConfig, type Plugin } from "vite";

const sha256 = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Puts script and style into the page itself, and a policy before them that allows nothing else, and no connection at all. */
function oneFile(): Plugin {
  return {
    name: "one-file",
    enforce: "post",
    generateBundle(_, bundle) {
      const page = bundle["verify.html"];
      if (page?.type !== "asset") throw new Error("there is no page");
      let script = "";
      let style = "";
      for (const [name, part] of Object.entries(bundle)) {
        if (part === page) continue;
        if (part.type === "chunk" && part.isEntry) script += part.code;
        else if (part.type === "asset" && name.endsWith(".css")) style += String(part.source);
        else throw new Error(`${name} would be a file of its own`);
        delete bundle[name];
      }
      if (!script || !style) throw new Error("script or style is missing");
      // The end of the element must not stand in the script; in a string, where alone it could, this is the same text.
      script = script.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
      const policy = [
        "default-src 'none'",
        `script-src ${sha256(script)} 'wasm-unsafe-eval'`,
        `style-src ${sha256(style)}`,
        "worker-src blob:",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
      ].join("; ");
      page.source = String(page.source)
        .replace(/<script type="module"[^>]*><\/script>|<link rel="stylesheet"[^>]*>/g, "")
        .replace(
          /<meta charset="utf-8" \/>/,
          (charset) => `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}" />`,
        )
        .replace("</head>", () => `<style>${style}</style>\n  </head>`)
        .replace("</body>", () => `<script type="module">${script}</script>\n  </body>`);
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  plugins: [oneFile()],
  worker: { format: "iife" },
  build: {
    target: "es2022",
    // Beside the page, which is built before it: the server hands it out.
    outDir: resolve(import.meta.dirname, "../dist"),
    emptyOutDir: false,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: false,
    rolldownOptions: { input: resolve(import.meta.dirname, "verify.html") },
  },
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
});
