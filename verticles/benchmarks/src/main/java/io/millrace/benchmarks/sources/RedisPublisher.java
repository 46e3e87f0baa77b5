package io.millrace.benchmarks.sources;

import io.millrace.benchmarks.client.ClientConnection;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A connection to Redis that publishes, without waiting for the answers. Owned by one thread. */
final class RedisPublisher extends ClientConnection {
    private long answers;

    RedisPublisher(int port) throws IOException {
        super(port);
    }

    void publish(String channel, byte[] message) throws IOException {
        write(ByteBuffer.wrap(command(channel, message)));
    }

    static byte[] command(String channel, byte[] message) {
        ByteArrayOutputStream command = new ByteArrayOutputStream();
        command.writeBytes(
                ("*3\r\n$7\r\nPUBLISH\r\n$" + channel.length() + "\r\n" + channel + "\r\n$" + message.length + "\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        command.writeBytes(message);
        command.writeBytes(new byte[] {'\r', '\n'});
        return command.toByteArray();
    }

    /** How many messages Redis has taken. */
    long answers() {
        return answers;
    }

    @Override
    protected int use(byte[] bytes, int end, long nowNanos) throws IOException {
        int used = 0;
        for (int i = 0; i < end; i++) {
            if (bytes[i] == '\n') {
                if (bytes[used] != ':') {
                    throw new IOException("Redis says " + new String(bytes, used, i - used, StandardCharsets.US_ASCII));
                }
                answers++;
                used = i + 1;
            }
        }
        return used;
    }
}
