package io.millrace.platform.tcp;

import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServer;
import io.vertx.core.net.NetServer;
import java.lang.reflect.Field;
import java.util.Objects;

/**
 * The channel on which a server accepts its connections, which Vert.x has no public accessor for. Several servers on one
 * port share it. Its pipeline sees every connection before a byte of it is read.
 */
public final class AcceptingChannel {
    private AcceptingChannel() {}

    public static Channel of(HttpServer listening) {
        try {
            return bound(field(listening, "tcpServer"));
        } catch (ReflectiveOperationException changed) {
            throw elsewhere(changed);
        }
    }

    public static Channel of(NetServer listening) {
        try {
            return bound(listening);
        } catch (ReflectiveOperationException changed) {
            throw elsewhere(changed);
        }
    }

    private static Channel bound(Object server) throws ReflectiveOperationException {
        return (Channel) ((Future<?>) field(field(server, "actualServer"), "bindFuture")).result();
    }

    private static IllegalStateException elsewhere(ReflectiveOperationException changed) {
        return new IllegalStateException("this release of Vert.x keeps its server's channel elsewhere", changed);
    }

    private static Object field(Object of, String name) throws ReflectiveOperationException {
        Field field = of.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return Objects.requireNonNull(field.get(of), name);
    }
}
