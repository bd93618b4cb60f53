// Loaded before Frappe's builder. It starts the styles of both directions at once, and for an app that is a link in its
// bench both pass through one file beside the source: pages from left to right may get what the other direction wrote.
const fs = require("fs");
const path = require("path");

const styles = path.resolve(__dirname, "../../kam_erpnext/public/scss");
for (const name of fs.readdirSync(styles)) {
	// what an earlier build left there would be built as a bundle of its own
	if (name.endsWith(".bundle.css")) fs.rmSync(path.join(styles, name));
}
const builder = require.resolve("esbuild", { paths: [process.cwd()] });
const { build, ...others } = require(builder);
let last = Promise.resolve();
require.cache[builder].exports = { ...others, build: (options) => (last = last.then(() => build(options))) };
