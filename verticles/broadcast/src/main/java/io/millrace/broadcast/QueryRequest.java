package io.millrace.broadcast;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What a subscription asks for, from texts: a query's parameters, the headers of a bridge's message. */
final class QueryRequest {
    private QueryRequest() {}

    /** Fails as {@link Failure#BAD_MESSAGE}. */
    static SubscribeRequest of(Function<String, @Nullable String> texts, String stream, @Nullable String after) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("stream", stream).put("after", after);
        String filter = texts.apply("filter");
        if (filter != null) {
            message.set("filter", Texts.json("filter", filter));
        }
        for (String flag : new String[] {"state", "delta"}) {
            String text = texts.apply(flag);
            if (text != null) {
                message.put(flag, Boolean.parseBoolean(text));
            }
        }
        String rate = texts.apply("rate");
        if (rate != null) {
            try {
                message.put("rate", Double.parseDouble(rate));
            } catch (NumberFormatException notANumber) {
                throw new MillraceException(Failure.BAD_MESSAGE, "rate must be a number");
            }
        }
        message.put("slow", texts.apply("slow"));
        return SubscribeRequest.parse(message);
    }
}
