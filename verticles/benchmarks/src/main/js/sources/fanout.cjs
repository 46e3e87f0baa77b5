// Socket.IO with its Redis adapter: what its emitter publishes in Redis goes to all sockets of the room "bench".
// Environment: PORT, REDIS_PORT.
const { createServer } = require("node:http");
const { createAdapter } = require("@socket.io/redis-adapter");
const Redis = require("ioredis");
const { Server } = require("socket.io");

const server = createServer();
const io = new Server(server, { transports: ["websocket"], serveClient: false, perMessageDeflate: false });
const publisher = new Redis(Number(process.env.REDIS_PORT), "127.0.0.1");
io.adapter(createAdapter(publisher, publisher.duplicate()));
io.on("connection", (socket) => socket.join("bench"));
server.listen({ port: Number(process.env.PORT), host: "127.0.0.1", backlog: 4096 }, () => console.log("listening"));
