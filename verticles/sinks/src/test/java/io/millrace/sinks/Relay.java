package io.millrace.sinks;

import static io.millrace.postgres.lease.LeaseDatabase.await;

import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A way to a server that can be cut while the server goes on. */
public final class Relay implements AutoCloseable {
    private final Vertx vertx = Vertx.vertx();
    private final int port;
    private final NetServer server;
    private final List<NetSocket> open = new CopyOnWriteArrayList<>();
    private volatile boolean cut;

    public Relay(int to) throws Exception {
        server = vertx.createNetServer().connectHandler(from -> {
            open.add(from);
            if (cut) {
                from.close();
                return;
            }
            from.pause();
            vertx.createNetClient().connect(to, "127.0.0.1").onComplete(done -> {
                if (done.failed()) {
                    from.close();
                    return;
                }
                NetSocket there = done.result();
                open.add(there);
                from.closeHandler(closed -> there.close());
                there.closeHandler(closed -> from.close());
                from.pipeTo(there);
                there.pipeTo(from);
            });
        });
        port = await(server.listen(0, "127.0.0.1")).actualPort();
    }

    public int port() {
        return port;
    }

    /** Cuts all connections, and those that come. */
    public void cut() {
        cut = true;
        open.forEach(NetSocket::close);
        open.clear();
    }

    public void restore() {
        cut = false;
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}
