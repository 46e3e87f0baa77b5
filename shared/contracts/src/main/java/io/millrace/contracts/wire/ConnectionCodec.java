package io.millrace.contracts.wire;

import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionCommandResult;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionQuery;

/** Connections, and what is asked and done about them. */
final class ConnectionCodec {
    private static final ConnectionCommand.Kind[] KINDS = ConnectionCommand.Kind.values();
    private static final ConnectionInfo.SubscriptionInfo.State[] STATES =
            ConnectionInfo.SubscriptionInfo.State.values();

    static final Codec<ConnectionQuery> QUERY = new Codec<>(
            ConnectionQuery.class,
            1,
            (q, w) -> {
                w.optionalText(q.connection());
                w.optionalText(q.user());
                w.optionalText(q.role());
                w.optionalText(q.transport());
                w.optionalText(q.stream());
                w.optionalText(q.node());
                w.number(q.limit());
            },
            r -> new ConnectionQuery(
                    r.optionalText(),
                    r.optionalText(),
                    r.optionalText(),
                    r.optionalText(),
                    r.optionalText(),
                    r.optionalText(),
                    (int) r.number()));

    static final Codec<ConnectionPage> PAGE = new Codec<>(
            ConnectionPage.class,
            1,
            (p, w) -> {
                w.list(p.connections(), ConnectionCodec::write);
                w.number(p.matched());
                w.list(p.silent(), (node, to) -> to.text(node));
                w.number(p.acknowledge());
                w.list(p.readTimes(), (times, to) -> {
                    to.text(times.namespace());
                    to.list(times.counts(), (count, bucket) -> bucket.number(count));
                });
            },
            r -> new ConnectionPage(
                    r.list(ConnectionCodec::connection),
                    r.number(),
                    r.list(WireReader::text),
                    (int) r.number(),
                    r.list(from -> new ConnectionPage.ReadTimes(from.text(), from.list(WireReader::number)))));

    static final Codec<ConnectionCommand> COMMAND = new Codec<>(
            ConnectionCommand.class,
            1,
            (c, w) -> {
                w.number(c.kind().ordinal());
                w.optionalText(c.connection());
                w.optionalText(c.user());
                w.text(c.by());
                w.optionalText(c.tried());
            },
            r -> new ConnectionCommand(
                    r.constant(KINDS), r.optionalText(), r.optionalText(), r.text(), r.optionalText()));

    static final Codec<ConnectionCommandResult> RESULT = new Codec<>(
            ConnectionCommandResult.class,
            1,
            (c, w) -> {
                w.number(c.done());
                w.list(c.silent(), (node, to) -> to.text(node));
            },
            r -> new ConnectionCommandResult((int) r.number(), r.list(WireReader::text)));

    private ConnectionCodec() {}

    private static void write(ConnectionInfo c, WireWriter w) {
        w.text(c.id());
        w.text(c.node());
        w.text(c.user());
        w.list(c.roles(), (role, to) -> to.text(role));
        w.text(c.transport());
        w.number(c.sinceMicros());
        w.number(c.sentBytes());
        w.number(c.lag().millis());
        w.number(c.lag().events());
        w.number(c.lag().bytes());
        w.optional(c.lastError(), (error, to) -> {
            to.text(error.code());
            to.text(error.message());
            to.number(error.atMicros());
        });
        w.number(c.streams());
        w.list(c.subscriptions(), (subscription, to) -> {
            to.text(subscription.stream());
            to.flag(subscription.filtered());
            to.number(Double.doubleToLongBits(subscription.rate()));
            to.number(subscription.state().ordinal());
            to.number(subscription.events());
            to.number(subscription.millis());
        });
    }

    private static ConnectionInfo connection(WireReader r) {
        return new ConnectionInfo(
                r.text(),
                r.text(),
                r.text(),
                r.list(WireReader::text),
                r.text(),
                r.number(),
                r.number(),
                new ConnectionInfo.Lag(r.number(), r.number(), r.number()),
                r.optional(from -> new ConnectionInfo.LastError(from.text(), from.text(), from.number())),
                (int) r.number(),
                r.list(from -> new ConnectionInfo.SubscriptionInfo(
                        from.text(),
                        from.flag(),
                        Double.longBitsToDouble(from.number()),
                        from.constant(STATES),
                        from.number(),
                        from.number())));
    }
}
