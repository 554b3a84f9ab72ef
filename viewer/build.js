// Bundle src/main.js and its style into the one ES module that page, widget and server share.
// `node build.js --check` fails if the committed file is not what the sources give.

import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { fileURLToPath } from "node:url";

const target = fileURLToPath(new URL("../src/retrograd/views/viewer.js", import.meta.url));

const result = await build({
  entryPoints: [fileURLToPath(new URL("src/main.js", import.meta.url))],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  banner: { js: "// Built from viewer/ by `make viewer`; do not edit. Part of retrograd, Apache-2.0." },
  plugins: [{ name: "css", setup: minifyStyle }],
  outfile: target,
  write: !process.argv.includes("--check"),
});

if (process.argv.includes("--check")) {
  const built = result.outputFiles[0].text;
  if (readFileSync(target, "utf8") !== built) {
    console.error("src/retrograd/views/viewer.js is not what viewer/src gives. `make viewer` builds it.");
    process.exit(1);
  }
  console.log("viewer.js is current");
}

/** Bundle style sheets as minified text. */
function minifyStyle(bundler) {
  bundler.onLoad({ filter: /\.css$/ }, async (file) => {
    const css = await bundler.esbuild.transform(readFileSync(file.path, "utf8"), { loader: "css", minify: true });
    return { contents: css.code, loader: "text" };
  });
}
