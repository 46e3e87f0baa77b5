package io.millrace.launcher;

import io.millrace.contracts.wire.Codec;
import io.millrace.launcher.cluster.Cluster;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.NodeInfo;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** What goes over the bus port, byte by byte. */
final class BusFrames {
    static final int SYSTEM_STRING = 9;
    static final int SYSTEM_SERIALIZABLE = 17;

    /** A message for an address, as Vert.x writes it. */
    static byte[] frame(String address, String codec, int system, byte[] body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(2);
        out.writeByte(codec.isEmpty() ? system : -1);
        if (!codec.isEmpty()) {
            text(out, codec);
        }
        out.writeByte(0);
        text(out, address);
        out.writeInt(0);
        text(out, "a-node-of-its-own");
        out.writeInt(4);
        out.write(body);
        byte[] message = bytes.toByteArray();
        return joined(Buffer.buffer().appendInt(message.length).getBytes(), message);
    }

    static void text(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.write(bytes(text));
    }

    static byte[] javaObject() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(BigInteger.TEN);
        }
        return lengthAnd(bytes.toByteArray());
    }

    /** A record with the MAC of a key. */
    static byte[] signed(String record, byte[] key, byte[] bytes) throws Exception {
        byte[] own = mac(key, bytes("millrace." + record));
        return joined(lengthAnd(bytes), mac(own, bytes));
    }

    static byte[] mac(byte[] key, byte[] bytes) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(bytes);
    }

    static byte[] lengthAnd(byte[] bytes) {
        return Buffer.buffer().appendInt(bytes.length).appendBytes(bytes).getBytes();
    }

    static byte[] joined(byte[] first, byte[] then) {
        return Buffer.buffer(first).appendBytes(then).getBytes();
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @SuppressWarnings("unchecked")
    static byte[] encoded(Record record) {
        return Codec.all().stream()
                .filter(codec -> codec.type() == record.getClass())
                .map(codec -> ((Codec<Record>) codec).encode(record))
                .findFirst()
                .orElseThrow();
    }

    /** To the bus port of a node. */
    static Socket connect(Vertx vertx) throws Exception {
        Promise<NodeInfo> place = Promise.promise();
        var cluster = Objects.requireNonNull(((VertxInternal) vertx).clusterManager());
        cluster.getNodeInfo(cluster.getNodeId(), place);
        NodeInfo info = place.future().await(20, TimeUnit.SECONDS);
        return new Socket(info.host(), info.port());
    }

    /** One that joins who listens at a port. */
    static Vertx node(int port, int known) throws Exception {
        return Cluster.join(
                        Vertx.builder(),
                        new VertxOptions(),
                        Path.of("../../conf/cluster.xml"),
                        "stranger-" + known,
                        new NodeSettings.ClusterSettings(
                                "stranger", "127.0.0.1", port, 0, List.of("127.0.0.1:" + known), null, null, false))
                .await(30, TimeUnit.SECONDS);
    }

    static int port() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private BusFrames() {}
}
