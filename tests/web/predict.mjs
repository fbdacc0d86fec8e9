// Prints what an exported module makes of rows: its own test, inputs and predictions; of refused rows, the messages.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , modulePath, rowsPath] = process.argv;
const model = await import(pathToFileURL(modulePath));
const { rows, refused = [] } = JSON.parse(readFileSync(rowsPath, "utf8"));
const message = (row) => {
  try {
    model.predict([row]);
    return null;
  } catch (error) {
    return error.message;
  }
};
const answer = {
  selfTest: model.selfTest(),
  classes: model.classes,
  columns: model.columns,
  predictions: model.predict(rows),
  inputs: rows.map((row) => model.encode(row).map(([, value]) => value)),
  refused: refused.map(message),
};
process.stdout.write(JSON.stringify(answer));
