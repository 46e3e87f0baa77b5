package io.millrace.broadcast;

import io.millrace.platform.delivery.Message;
import io.millrace.platform.delivery.PositionSeal;
import io.millrace.platform.delivery.Visibility;
import java.util.ArrayList;
import java.util.List;

/**
 * One connection's place in one stream. Live, it is a member of its group and gets what the group gets. Otherwise it
 * reads on from its cursor at its own pace: after a resume, and whenever its socket is full. There is no third way, so
 * nothing is ever buffered for one client. Owned by its hub's event loop.
 */
final class Subscription {
    final Connection connection;
    final String stream;
    final Visibility visibility;
    /** The last offset that was dealt with, sent or not for it. */
    long cursor;

    /** Whether it is known where it begins; before that nothing is read for it. */
    boolean opened;

    boolean live;
    boolean reading;
    boolean closed;

    Subscription(Connection connection, String stream, Visibility visibility, long cursor) {
        this.connection = connection;
        this.stream = stream;
        this.visibility = visibility;
        this.cursor = cursor;
    }

    /** The lines of those messages that are for it. */
    List<byte[]> lines(List<Message> messages, PositionSeal seal) {
        List<byte[]> lines = new ArrayList<>(messages.size());
        for (Message message : messages) {
            if (visibility.sees(message.event(), connection.principal(), connection.id())) {
                lines.add(visibility.whole() ? message.line() : message.sealedLine(seal));
            }
        }
        return lines;
    }
}
