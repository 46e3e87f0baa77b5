package io.millrace.sources.publish;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;

/** A source as its file describes it, of whatever kind. */
public interface ConfiguredSource {
    Source source();

    /**
     * What the mapping reads of a message: unless the kind says otherwise, the message is a JSON object.
     *
     * @throws MillraceException it can't be read
     */
    default ObjectNode document(SourceMessage message) {
        return ClientJson.object("the message", message.record());
    }
}
