package io.millrace.benchmarks.jmh;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.filter.EqualityKey;
import io.millrace.contracts.filter.Filter;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.infra.Blackhole;

/** What a filter costs an event: tried by itself, and found in an index of 10,000. {@code scripts/bench micro} runs it. */
public class FilterBenchmark extends MicroBenchmark {
    private static final int FILTERS = 10_000;

    private final JsonNode event;
    private final Filter equality = Filter.parseText("{\"data.customerId\":\"c-417\"}");
    private final Filter range = Filter.parseText("{\"data.total\":{\"gte\":100},\"data.country\":\"FR\"}");
    private final Filter tags =
            Filter.parseText("{\"or\":[{\"metadata.tags\":{\"in\":[\"us\",\"web\"]}},{\"data.total\":{\"lt\":5}}]}");
    private final Map<Object, Filter> index = new HashMap<>();
    private final EqualityKey indexed = equality.keys().iterator().next();

    /** An order, and as many filters as customers. */
    public FilterBenchmark() {
        try {
            event = new ObjectMapper()
                    .readTree(
                            "{\"id\":\"evt-1\",\"type\":\"order:created\",\"source\":\"shop/eu\",\"priority\":\"high\","
                                    + "\"data\":{\"orderId\":\"o-17\",\"customerId\":\"c-417\",\"total\":129.5,\"country\":\"FR\"},"
                                    + "\"metadata\":{\"category\":\"commerce\",\"tags\":[\"eu\",\"web\"]}}");
        } catch (JsonProcessingException broken) {
            throw new IllegalStateException(broken);
        }
        for (int i = 0; i < FILTERS; i++) {
            Filter filter = Filter.parseText("{\"data.customerId\":\"c-" + i + "\"}");
            filter.keys().forEach(key -> index.put(key.value(), filter));
        }
    }

    /** A field that is a text. */
    @Benchmark
    public boolean equality() {
        return equality.matches(event);
    }

    /** A number in a range, and a text. */
    @Benchmark
    public boolean range() {
        return range.matches(event);
    }

    /** An array, and one of two. */
    @Benchmark
    public boolean tags() {
        return tags.matches(event);
    }

    /** Those of 10,000 filters that an event may match. */
    @Benchmark
    public void lookup(Blackhole found) {
        indexed.path().values(event, value -> found.consume(index.get(value)));
    }

    /** Subscribing. */
    @Benchmark
    public Filter parse() {
        return Filter.parseText("{\"data.total\":{\"gte\":100},\"data.country\":\"FR\"}");
    }
}
