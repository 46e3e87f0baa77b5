package io.millrace.backends;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Just enough of PostgreSQL's protocol to ask a question without a driver. */
final class PgWire implements AutoCloseable {
    private static final int PROTOCOL_3 = 196608;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    PgWire(int port) throws IOException {
        socket = new Socket("127.0.0.1", port);
        socket.setSoTimeout(10_000);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        var startup = new ByteArrayOutputStream();
        startup.writeBytes("user\0millrace\0database\0millrace\0\0".getBytes(StandardCharsets.US_ASCII));
        out.writeInt(8 + startup.size());
        out.writeInt(PROTOCOL_3);
        out.write(startup.toByteArray());
        untilReady();
    }

    /** The first column of each row. */
    List<String> query(String sql) throws IOException {
        byte[] text = (sql + "\0").getBytes(StandardCharsets.UTF_8);
        out.writeByte('Q');
        out.writeInt(4 + text.length);
        out.write(text);
        return untilReady();
    }

    private List<String> untilReady() throws IOException {
        List<String> rows = new ArrayList<>();
        while (true) {
            int type = in.readByte();
            byte[] body = in.readNBytes(in.readInt() - 4);
            switch (type) {
                case 'Z' -> {
                    return rows;
                }
                case 'E' -> throw new IOException(new String(body, StandardCharsets.UTF_8).replace('\0', ' '));
                // Two bytes of column count, four of length, the value.
                case 'D' -> rows.add(new String(body, 6, length(body), StandardCharsets.UTF_8));
                default -> {}
            }
        }
    }

    private static int length(byte[] row) {
        return (row[4] & 0xff) << 8 | row[5] & 0xff;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
