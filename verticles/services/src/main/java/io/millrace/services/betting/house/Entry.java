package io.millrace.services.betting.house;

import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;

/** Reads what an event says of an entry in the books. */
final class Entry {
    private Entry() {}

    static BigDecimal decimal(JsonObject data, String field) {
        return new BigDecimal(String.valueOf(data.getValue(field)));
    }
}
