// What a page would write around the stock client of the event-bus bridge, for StockClientTest, which puts it into one.
const clients = {};

window.page = {
  /** How SockJS got through, or why it didn't. */
  connect: (name, transport) =>
    new Promise((done) => {
      const bus = new EventBus('/eventbus', { transports: [transport] });
      clients[name] = { bus, heard: [] };
      bus.onopen = () => done({ transport: bus.sockJSConn.transport });
      bus.onclose = ({ reason }) => done({ transport: reason });
    }),

  /** The first that the handler hears: that it follows a stream, or why not. */
  register: (name, address, headers) =>
    new Promise((done) => {
      const { bus, heard } = clients[name];
      bus.registerHandler(address, headers, (error, message) => {
        heard.push(error ?? message.body);
        done(heard[0]);
      });
    }),

  /** The reply, or why there is none. */
  send: (name, address, body, headers) =>
    new Promise((done) => {
      clients[name].bus.send(address, body, headers, (error, reply) => done(error ?? reply.body));
    }),

  /** The positions of the events that the handler has heard so far. */
  heard: async (name) => ({ positions: clients[name].heard.filter((one) => one.data).map((event) => event.position) }),
};
