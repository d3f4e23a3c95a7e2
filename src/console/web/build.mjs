// Builds the bundle that the console embeds: two scripts, the licences of what is in them, and the
// SHA-256 sums. The same sources and lock give the same bytes.
//
//   node build.mjs [FOLDER]      (default: ../assets)

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? join(here, "../assets");
const BUNDLES = { "app.js": "app.js", "player-worklet.js": "worklet.js" };

/** One bundle; gives the packages in it. */
async function bundle(name, entry) {
  const result = await build({
    absWorkingDir: here,
    banner: { js: "/* linetap console: sources in src/console/web, licences in licences.txt */" },
    bundle: true,
    charset: "utf8",
    entryPoints: [entry],
    format: "iife",
    legalComments: "none",
    logLevel: "warning",
    metafile: true,
    minify: true,
    target: ["es2022"],
    write: false,
  });
  writeFileSync(join(out, name), result.outputFiles[0].contents);
  const output = Object.values(result.metafile.outputs)[0];
  const used = Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const packages = used.map(([path]) => path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]);
  return packages.filter((one) => one !== undefined);
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const text = readFileSync(join(folder, "LICENSE"), "utf8").trim();
  return `${name} ${version} (${license})\n\n${text}\n`;
}

mkdirSync(out, { recursive: true });
const packages = new Set();
for (const [name, entry] of Object.entries(BUNDLES)) {
  for (const one of await bundle(name, entry)) packages.add(one);
}
const rule = `\n${"-".repeat(78)}\n\n`;
const licences = [...packages].sort().map(licence).join(rule);
writeFileSync(join(out, "licences.txt"), `The console's scripts contain these packages:\n${rule}${licences}`);
const sums = [...Object.keys(BUNDLES), "licences.txt"].sort().map((name) => {
  const sum = createHash("sha256").update(readFileSync(join(out, name))).digest("hex");
  return `${sum}  ${name}\n`;
});
writeFileSync(join(out, "SHA256SUMS"), sums.join(""));
