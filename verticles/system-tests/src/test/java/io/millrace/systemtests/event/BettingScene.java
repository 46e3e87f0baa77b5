package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.betting.Bookmaker;
import io.millrace.services.betting.Bookmaker.Slip;
import io.millrace.services.betting.house.BettingHouse;
import io.millrace.services.betting.house.RiskLimits;
import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Pick;
import io.millrace.services.bus.ClusterMember;
import io.millrace.systemtests.environment.Bookmakers;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;

/** A bookmaker with two agents and two customers of one of them, its house, and clients that watch. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BettingScene {
    private static final RiskLimits LIMITS = new RiskLimits(new BigDecimal("900"), new BigDecimal("1500"));
    static final BigDecimal COMMISSION = new BigDecimal("0.02");
    static final BigDecimal ODDS = new BigDecimal("2.50");

    final Pipeline pipeline;
    final String north = Shop.unique("north");
    final String south = Shop.unique("south");
    final String ada = Shop.unique("ada");
    final String ben = Shop.unique("ben");
    final String cem = Shop.unique("cem");
    final String cora = Shop.unique("cora");
    final Match match = new Match(1, OffsetDateTime.now(ZoneOffset.UTC).toLocalDate(), "Home", "Away", 2, 1);
    Vertx program;
    Bookmaker bookmaker;
    private String house;
    SocketClient operator;
    SocketClient agent;
    SocketClient otherAgent;
    SocketClient customer;
    SocketClient otherCustomer;

    BettingScene(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @BeforeAll
    void open() {
        String uri = Bookmakers.uri(pipeline.backends().postgresUri());
        String token = pipeline.signer().token("bookmaker", "bookmaker");
        program = joined(ClusterMember.join(pipeline.clusterName(), pipeline.members(), "127.0.0.1"));
        bookmaker = joined(Bookmaker.open(program, uri));
        house = joined(program.deployVerticle(new BettingHouse(uri, () -> token, LIMITS)));
        for (String one : List.of(north, south)) {
            joined(bookmaker.agent(one, one, COMMISSION));
        }
        for (String one : List.of(ada, ben)) {
            joined(bookmaker.customer(one, north, one, new BigDecimal("100000")));
        }
        operator = watch("desk", "operator", north, south);
        agent = watch("nora", "agent", north);
        otherAgent = watch("sam", "agent", south);
        customer = watch(ada, "bettor", north);
        otherCustomer = watch(ben, "bettor", north);
    }

    @AfterAll
    void close() {
        for (SocketClient client : List.of(operator, agent, otherAgent, customer, otherCustomer)) {
            client.close();
        }
        joined(program.undeploy(house));
        joined(program.close());
    }

    SocketClient watch(String user, String role, String... agents) {
        SocketClient client = SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(user, role, agents));
        for (String one : agents) {
            client.subscribe("agent:" + one);
        }
        return client;
    }

    String token(String user, String role, String... agents) {
        return pipeline.signer()
                .token(user, new JsonObject().put("agents", new JsonArray(List.of((Object[]) agents))), role);
    }

    static <T> T joined(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    static OffsetDateTime now() {
        return OffsetDateTime.now(ZoneOffset.UTC);
    }

    String fixture() {
        String fixture = Shop.unique("f");
        joined(bookmaker.schedule(fixture, match, now()));
        return fixture;
    }

    static Slip slip(String fixture, String customer, Pick pick, String amount) {
        return new Slip(Shop.unique("w"), fixture, customer, pick, ODDS, new BigDecimal(amount), now());
    }

    List<JsonObject> seen(SocketClient client, String agent, String type, String field, String value) {
        return client.log("agent:" + agent).messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(event -> event.getString("type").equals(type))
                .map(event -> event.getJsonObject("data"))
                .filter(data -> value.equals(data.getString(field)))
                .toList();
    }

    JsonObject awaitSeen(SocketClient client, String type, String field, String value) {
        await().until(() -> !seen(client, north, type, field, value).isEmpty());
        return seen(client, north, type, field, value).get(0);
    }

    /** Places a wager of a customer, whom the client sees, waits until it has, and gives the stake back. */
    void awaitLater(SocketClient client, String agent, String whose) {
        Slip last = slip(fixture(), whose, Pick.AWAY, "5");
        assertTrue(joined(bookmaker.place(last)));
        await().until(() ->
                !seen(client, agent, "wager:placed", "wagerId", last.id()).isEmpty());
        assertTrue(joined(bookmaker.cancel(last.id(), now())));
    }

    int awaitBalance(SocketClient client, String balance) {
        await().until(() -> seen(client, north, "account:updated", "customerId", ada).stream()
                .anyMatch(account ->
                        new BigDecimal(account.getValue("balance").toString()).compareTo(new BigDecimal(balance))
                                == 0));
        return Integer.parseInt(balance);
    }

    static JsonObject newest(StreamLog log) {
        List<JsonObject> messages = log.messages();
        return messages.get(messages.size() - 1).getJsonObject("data").getJsonObject("data");
    }

    static BigDecimal number(JsonObject object, String field) {
        return new BigDecimal(object.getValue(field).toString());
    }

    static Map<String, BigDecimal> rows(ApiClient reader, String path) {
        Map<String, BigDecimal> rows = new TreeMap<>();
        reader.get(path).json().getJsonArray("rows").stream()
                .map(JsonObject.class::cast)
                .forEach(row ->
                        rows.put(row.getString("date"), number(row, "value").setScale(2, RoundingMode.UNNECESSARY)));
        return rows;
    }
}
