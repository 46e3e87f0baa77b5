package io.millrace.broadcast.subscription;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Parameters;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads a subscribe request from texts: a query's parameters, or the headers of a bridge's message. */
public final class QueryParameters {
    private QueryParameters() {}

    /** Fails as {@link Failure#BAD_MESSAGE}. */
    public static SubscribeRequest of(Function<String, @Nullable String> texts, String stream, @Nullable String after) {
        ObjectNode message = JsonNodeFactory.instance.objectNode();
        message.put("stream", stream).put("after", after);
        String filter = texts.apply("filter");
        if (filter != null) {
            message.set("filter", ClientJson.value("filter", filter));
        }
        for (String flag : new String[] {"state", "delta"}) {
            message.put(flag, Parameters.flag(flag, texts.apply(flag), false));
        }
        String removed = texts.apply("removed");
        if (removed != null) {
            message.put("removed", Parameters.flag("removed", removed, false));
        }
        String rate = texts.apply("rate");
        if (rate != null) {
            message.put("rate", Parameters.number("rate", rate));
        }
        message.put("slow", texts.apply("slow"));
        return SubscribeRequest.parse(message);
    }
}
