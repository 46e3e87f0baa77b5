package io.millrace.sinks.webhook;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.sink.SinkCommand;
import io.millrace.sinks.SinksFixture;
import io.millrace.sinks.message.FollowSettings;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What happens when as many events wait for a retry as may: 20 here. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class ParkedBoundTest {
    private static SinksFixture fixture;
    private Receiver receiver;

    @BeforeAll
    static void start() throws Exception {
        fixture = new SinksFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @BeforeEach
    void listen() throws Exception {
        receiver = new Receiver();
        fixture.follow = new FollowSettings(10, 2, 1_000, Duration.ofMillis(100));
        fixture.webhook =
                Receiver.settings(Duration.ofSeconds(5), 20, Duration.ofMinutes(10), SinksFixture.WEBHOOK.networks());
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
        receiver.close();
    }

    private SinksFixture.Node start(String streams) throws Exception {
        SinksFixture.Node node =
                fixture.node(WebhookSinkTest.SECRETS, receiver.file().replace("[orders]", streams));
        await().until(() -> node.isRunning("hooks/erp"));
        return node;
    }

    private List<Integer> once(String key) {
        return List.copyOf(new LinkedHashSet<>(receiver.numbers(key)));
    }

    private static List<Integer> range(int from, int to) {
        return IntStream.rangeClosed(from, to).boxed().toList();
    }

    @Test
    void aKeyThatFailsHoldsBackItsOwnStreamAndNoOther() throws Exception {
        receiver.answer = (request, got) -> request.response()
                .setStatusCode("a".equals(got.data().getString("k")) ? 400 : 204)
                .end();
        start("[orders, news]");
        fixture.commit("orders", 1, 100, n -> new JsonObject().put("k", "a"));
        await().until(() -> !"0".equals(fixture.query("select count(*) from sink_parked")));
        fixture.commit("news", 1, 40, n -> new JsonObject().put("k", "b"));
        await().until(() -> once("b").equals(range(1, 40)));
        assertEquals("10", fixture.query("select count(*) from sink_parked"), "the others wait in history");

        receiver.answer = (request, got) -> request.response().end();
        await().until(() -> once("a").equals(range(1, 100)));
    }

    @Test
    void moreThanFitIntoMemoryAreLoadedLaterAndInOrder() throws Exception {
        SinksFixture.Node node = start("[orders]");
        fixture.commit("orders", 1, 200, n -> new JsonObject().put("k", "k" + n % 2));
        await().until(() -> receiver.all().size() == 200);
        receiver.all().clear();
        receiver.answer = (request, got) ->
                receiver.vertx().setTimer(5, fired -> request.response().end());
        fixture.database.execute(
                "insert into sink_parked (sink, stream, epoch, pos, key, attempts, first_ms, due_ms, dead)"
                        + " select 'hooks/erp', 'orders', 'e1', n, 'k' || n % 2, 1, 0, 0, true from generate_series(1, 200) n");
        fixture.database.execute("update sink_parked set dead = false");
        // Nothing is left to redrive, but the sink begins anew.
        assertEquals(
                0,
                node.order(SinkCommand.redrive("hooks/erp", List.of(), "boss")).done());
        await().until(() -> !receiver.all().isEmpty());
        fixture.commit("orders", 201, 20, n -> new JsonObject().put("k", "k" + n % 2));
        await().until(() -> once("k0").size() == 110 && once("k1").size() == 110);
        for (String key : List.of("k0", "k1")) {
            assertEquals(once(key).stream().sorted().toList(), once(key), key);
        }
        await().until(() -> "0".equals(fixture.query("select count(*) from sink_parked")));
    }
}
