// What the stock client of the TCP bridge makes of a node: node stock.cjs HOST PORT TOKEN EVENT. A line of JSON for each
// thing that it is told.
const EventBus = require("vertx3-tcp-eventbus-client/lib/tcp-vertx-eventbus.js");

const [host, port, token, event] = process.argv.slice(2);
const bus = new EventBus(host, Number(port), { vertxbus_ping_interval: 100 });
const say = (what) => console.log(JSON.stringify(what));
const seen = { reply: false, event: false, denied: false };

function done(what) {
  seen[what] = true;
  if (Object.values(seen).every(Boolean)) {
    bus.transport.end();
  }
}

bus.onerror = (error) => say({ error });
bus.onclose = () => say({ closed: true });
bus.onopen = () => {
  bus.defaultHeaders = { authorization: `Bearer ${token}` };
  bus.registerHandler("stream.orders", { filter: '{"data.total":{"gte":1}}' }, (error, message) => {
    say({ error, heard: message && message.body.type });
    if (message && message.body.type === "subscribed") {
      bus.send("millrace.ingest", JSON.parse(event), (failed, reply) => {
        say({ failed, replied: reply && reply.body.status });
        done("reply");
      });
      bus.send("millrace.commit", {}, (failed) => {
        say({ failed });
        done("denied");
      });
    } else {
      done("event");
    }
  });
};
