// Webhooks as people take them in Node: express, verified by standardwebhooks, acknowledged when BullMQ has the job.
// Environment: PORT, REDIS_PORT, SECRET.
const express = require("express");
const { Queue } = require("bullmq");
const { Webhook } = require("standardwebhooks");

const webhook = new Webhook(process.env.SECRET);
const queue = new Queue("deliveries", { connection: { host: "127.0.0.1", port: Number(process.env.REDIS_PORT) } });
const app = express();

app.post("/hooks", express.raw({ type: "application/json" }), async (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body.toString("utf8"), request.headers);
  } catch {
    response.status(401).json({ error: "signature" });
    return;
  }
  // The identity of the delivery makes a repeated one the same job.
  await queue.add(event.type, event, { jobId: request.headers["webhook-id"], removeOnComplete: true });
  response.status(202).json({ status: "accepted" });
});

app.listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
