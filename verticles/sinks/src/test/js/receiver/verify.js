// Verifies webhooks with the receivers' library: a line of JSON for each, {"body", "headers"}, and the number of those that
// it accepts, by each secret of the command line.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const [file, ...secrets] = process.argv.slice(2);
const deliveries = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));

function accepts(secret, { body, headers }) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

console.log(JSON.stringify(secrets.map((secret) => deliveries.filter((each) => accepts(secret, each)).length)));
