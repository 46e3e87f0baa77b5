package io.millrace.sources.intake;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.mapping.DocumentMapping;
import io.millrace.mapping.MappingException;

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

    /**
     * What a message becomes.
     *
     * @throws MillraceException it can be no event
     */
    default DocumentMapping.Result map(SourceMessage message) {
        try {
            return source().mapping().apply(document(message), message.attributes());
        } catch (MappingException unfit) {
            throw new MillraceException(Failure.INVALID_EVENT, String.valueOf(unfit.getMessage()));
        }
    }
}
