package io.millrace.sinks.webhook;

import io.millrace.mapping.DocumentExpression;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;
import java.net.URI;

/**
 * One endpoint of a sink, as its file describes it: it has its own lease, positions and retries. Immutable.
 *
 * @param key events with the same are delivered one after the other
 */
public record WebhookSink(Sink sink, URI url, WebhookSigner signer, DocumentExpression key, MessageBody body)
        implements ConfiguredSink {
    @Override
    public String kind() {
        return "webhook";
    }
}
