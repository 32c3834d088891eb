// Bundles the page's script and style with hashed names, and writes the manifest that the templates' asset() reads;
// with --watch again after each change of a source.
import { build, context } from "esbuild"
import { readFile, rename, rm, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"

const here = dirname(fileURLToPath(import.meta.url))
// Drawn from icon.svg and icon_filled.svg, for systems that take no other kind.
const PICTURES = ["icon-192", "icon-512", "icon-maskable-512", "apple-touch-icon"].map((name) => `src/icons/${name}.png`)
const output = join(here, "..", "static", "build")

// Turbo puts the style of its progress bar into the page as soon as it is loaded, which a policy without inline styles
// refuses. The bar is never shown here, so the insertion is left out.
const withoutInlineStyle = {
  name: "turbo-without-inline-style",
  setup({ onLoad }) {
    onLoad({ filter: /turbo\.es2017-esm\.js$/ }, async ({ path }) => {
      const parts = (await readFile(path, "utf8")).split("    this.installStylesheetElement();\n")
      if (parts.length !== 2) throw new Error("Turbo no longer inserts its style where the build expects it")
      return { contents: parts.join(""), loader: "js" }
    })
  },
}

const withManifest = {
  name: "manifest",
  setup({ onEnd }) {
    onEnd(({ errors, metafile }) => (errors.length ? undefined : writeManifest(metafile)))
  },
}

async function writeManifest({ outputs }) {
  const manifest = {}
  for (const [path, { entryPoint }] of Object.entries(outputs)) {
    if (!entryPoint) continue
    const name = basename(path)
    manifest[basename(entryPoint)] = name
    const bytes = gzipSync(await readFile(join(output, name))).length
    console.log(`${name}  ${(bytes / 1024).toFixed(1)} KB gzip`)
  }
  // In one step, and last: a build that was interrupted has none, and is done again.
  const unfinished = join(output, "manifest.json.new")
  await writeFile(unfinished, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(unfinished, join(output, "manifest.json"))
}

const options = {
  absWorkingDir: here,
  entryPoints: ["src/application.js", "src/styles/application.css", "src/icon.svg", ...PICTURES],
  outdir: output,
  entryNames: "[name]-[hash]",
  loader: { ".svg": "copy", ".png": "copy" },
  bundle: true,
  minify: true,
  sourcemap: "linked",
  legalComments: "eof",
  format: "esm",
  target: ["es2022", "chrome123", "firefox125", "safari17.5"],
  plugins: [withoutInlineStyle, withManifest],
  metafile: true,
  logLevel: "warning",
}

await rm(output, { recursive: true, force: true })
if (process.argv.includes("--watch")) {
  await (await context(options)).watch()
} else {
  await build(options)
}
