package io.millrace.services.betting.house;

import io.millrace.services.bus.ServiceBus;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The services of the house: risk and commissions of what is booked, and the cashier. */
public final class BettingHouse extends VerticleBase {
    /** Where the sink of the ledger sends each entry. */
    public static final String BOOKS = "service.betting.books";
    /** Where that of the cashier sends each payment. */
    public static final String CASHIER = "service.betting.cashier";

    private final String postgres;
    private final Supplier<String> token;
    private final RiskLimits limits;
    private @Nullable ServiceBus bus;
    private @Nullable ServiceDatabase database;

    /**
     * @param postgres the bookmaker's database
     * @param token publishes with the role {@code bookmaker}
     */
    public BettingHouse(String postgres, Supplier<String> token, RiskLimits limits) {
        this.postgres = postgres;
        this.token = token;
        this.limits = limits;
    }

    @Override
    public Future<?> start() {
        return ServiceDatabase.open(vertx, postgres, "betting.sql").compose(opened -> {
            database = opened;
            ServiceBus addresses = new ServiceBus(vertx, token);
            bus = addresses;
            RiskCheck risk = new RiskCheck(opened, addresses, limits);
            Commissions commissions = new Commissions(opened, addresses);
            return Future.join(
                    addresses.serve(BOOKS, event -> booked(event, risk, commissions)),
                    addresses.serve(CASHIER, new Cashier(opened)::book));
        });
    }

    private static Future<Void> booked(JsonObject event, RiskCheck risk, Commissions commissions) {
        return switch (event.getJsonObject("data").getString("action")) {
            case "placed", "modified" -> risk.check(event);
            case "settled" -> commissions.earn(event);
            default -> Future.succeededFuture();
        };
    }

    @Override
    public Future<?> stop() {
        return (bus == null ? Future.succeededFuture() : bus.close())
                .eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }
}
