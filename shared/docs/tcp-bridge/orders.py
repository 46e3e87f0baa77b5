"""Publishes an order and prints what happens to orders: python3 orders.py HOST PORT TOKEN"""

import json
import socket
import struct
import sys
import uuid

host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
connection = socket.create_connection((host, port))
incoming = connection.makefile("rb")


def send(**message):
    data = json.dumps(message).encode()
    connection.sendall(struct.pack(">I", len(data)) + data)


def messages():
    while header := incoming.read(4):
        yield json.loads(incoming.read(struct.unpack(">I", header)[0]))


order = str(uuid.uuid4())
data = {"orderId": order, "customerId": "c-1", "total": 129.5, "status": "paid"}
send(type="register", address="stream.orders", headers={"authorization": "Bearer " + token})
expected = {"published", "delivered"}
for message in messages():
    body = message.get("body", {})
    if message["type"] == "ping":
        send(type="pong")
    elif message["type"] in ("err", "close"):
        sys.exit(json.dumps(message))
    elif body.get("type") == "subscribed":
        event = {"id": order, "type": "order:created", "data": data}
        send(type="send", address="millrace.ingest", replyAddress="published", body=event)
    elif message.get("address") == "published":
        print("published:", body["status"], flush=True)
        expected.discard("published")
    elif body.get("data", {}).get("id") == order:
        print("delivered:", body["data"]["data"]["total"], "at", body["position"], flush=True)
        expected.discard("delivered")
    if not expected:
        break
