// Publishes an order and prints what happens to orders: node orders.mjs HOST PORT TOKEN
import { randomUUID } from "node:crypto";
import { connect } from "node:net";

const [host, port, token] = process.argv.slice(2);
const socket = connect(Number(port), host);
let incoming = Buffer.alloc(0);

function send(message) {
  const data = Buffer.from(JSON.stringify(message));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  socket.write(Buffer.concat([length, data]));
}

socket.on("data", (part) => {
  incoming = Buffer.concat([incoming, part]);
  while (incoming.length >= 4 && incoming.length >= 4 + incoming.readUInt32BE()) {
    const end = 4 + incoming.readUInt32BE();
    receive(JSON.parse(incoming.toString("utf8", 4, end)));
    incoming = incoming.subarray(end);
  }
});

const order = randomUUID();
const data = { orderId: order, customerId: "c-1", total: 129.5, status: "paid" };
const expected = new Set(["published", "delivered"]);
send({ type: "register", address: "stream.orders", headers: { authorization: `Bearer ${token}` } });

function receive({ type, address, body = {}, ...rest }) {
  if (type === "ping") {
    send({ type: "pong" });
  } else if (type === "err" || type === "close") {
    console.error(type, rest);
    process.exit(1);
  } else if (body.type === "subscribed") {
    const event = { id: order, type: "order:created", data };
    send({ type: "send", address: "millrace.ingest", replyAddress: "published", body: event });
  } else if (address === "published") {
    console.log("published:", body.status);
    expected.delete("published");
  } else if (body.data?.id === order) {
    console.log("delivered:", body.data.data.total, "at", body.position);
    expected.delete("delivered");
  }
  if (expected.size === 0) {
    socket.end();
  }
}
