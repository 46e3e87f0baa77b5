// Signs webhooks with the libraries of their senders, posts them, and prints a line of JSON for each:
//   node send.js BASE-URL '{"github": SECRET, "stripe": SECRET, "standard": SECRET}'
// A line has the sender, what was sent, whether the library itself accepts it, and the answer's status.
import { sign, verify } from "@octokit/webhooks-methods";
import { createRequire } from "node:module";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";

const [base, given] = process.argv.slice(2);
const secrets = JSON.parse(given);
const examples = createRequire(import.meta.url)("@octokit/webhooks-examples/api.github.com/index.json");
const TAMPERED = "tampered";

async function post(sender, what, body, headers, accepted) {
  const response = await fetch(new URL(`/api/webhooks/${sender}`, base), { method: "POST", body, headers });
  const answer = await response.json();
  console.log(JSON.stringify({ sender, what, accepted, status: response.status, events: answer.events ?? [] }));
}

async function github() {
  for (const { name, examples: bodies } of examples) {
    for (const [number, example] of bodies.entries()) {
      const body = JSON.stringify(example);
      const signature = await sign(secrets.github, body);
      for (const sent of number === 0 ? [body, body.replace("{", "{ ")] : [body]) {
        const headers = {
          "x-github-event": name,
          "x-github-delivery": `${name}-${number}`,
          "x-hub-signature-256": signature,
        };
        const what = sent === body ? `${name} ${number}` : TAMPERED;
        await post("github", what, sent, headers, await verify(secrets.github, sent, signature));
      }
    }
  }
}

function accepts(check) {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

const BODIES = [
  { id: "evt_1", type: "customer.created", data: { object: { id: "cus_1" } } },
  { id: "evt_2", type: "größer 🙂", data: { object: null } },
  { id: "evt_3", type: "t", data: "x".repeat(100_000) },
];

async function stripe() {
  const { webhooks } = new Stripe("sk_test_of_no_account");
  for (const example of BODIES) {
    const body = JSON.stringify(example);
    for (const age of [0, 200, 400]) {
      const timestamp = Math.floor(Date.now() / 1000) - age;
      const header = webhooks.generateTestHeaderString({ payload: body, secret: secrets.stripe, timestamp });
      for (const sent of [body, body.replace("{", "{ ")]) {
        const accepted = accepts(() => webhooks.constructEvent(sent, header, secrets.stripe));
        const what = sent === body ? `${example.id}, ${age} s old` : TAMPERED;
        await post("stripe", what, sent, { "stripe-signature": header }, accepted);
      }
    }
  }
}

async function standard() {
  const webhook = new Webhook(secrets.standard);
  for (const example of BODIES) {
    const body = JSON.stringify(example);
    for (const age of [0, 200, 400]) {
      const at = new Date(Date.now() - age * 1000);
      const headers = {
        "webhook-id": `msg_${example.id}`,
        "webhook-timestamp": `${Math.floor(at.getTime() / 1000)}`,
        "webhook-signature": webhook.sign(`msg_${example.id}`, at, body),
      };
      for (const sent of [body, body.replace("{", "{ ")]) {
        const what = sent === body ? `${example.id}, ${age} s old` : TAMPERED;
        await post("standard", what, sent, headers, accepts(() => webhook.verify(sent, headers)));
      }
    }
  }
}

await github();
await stripe();
await standard();
