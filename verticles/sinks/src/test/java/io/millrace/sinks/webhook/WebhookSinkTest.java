package io.millrace.sinks.webhook;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.standardwebhooks.Webhook;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.platform.http.Networks;
import io.millrace.sinks.SinksFixture;
import io.millrace.sinks.message.FollowSettings;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Webhooks out of a real PostgreSQL, to a receiver that misbehaves in each of the ways that receivers do. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class WebhookSinkTest {
    private static final String NEW = "whsec_b2YgdGhlIHRlc3RzLCBhbmQgbG9uZyBlbm91Z2g=";
    private static final String OLD = "whsec_YmVmb3JlIGl0IHdhcyByZXBsYWNlZCwgYXMgbG9uZw==";
    private static final String OTHER = "whsec_bm9ib2R5IHNpZ25lZCB3aXRoIHRoaXMgc2VjcmV0";
    static final Map<String, String> SECRETS = Map.of("NEW", NEW, "OLD", OLD);
    private static final String NAME = "hooks/erp";
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
        fixture.follow = new FollowSettings(100, 4, 1_000, Duration.ofMillis(200));
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
        receiver.close();
    }

    private SinksFixture.Node running(String file) throws Exception {
        SinksFixture.Node node = fixture.node(SECRETS, file);
        await().until(() -> node.isRunning(NAME));
        return node;
    }

    /** Events with the numbers from and on, of the keys in turn. */
    private static void commit(int from, int count, String... keys) throws Exception {
        fixture.commit("orders", from, count, n -> new JsonObject().put("k", keys[n % keys.length]));
    }

    private static List<Integer> upTo(int end) {
        return IntStream.rangeClosed(1, end).boxed().toList();
    }

    private static List<Integer> once(List<Integer> numbers) {
        return new ArrayList<>(new LinkedHashSet<>(numbers));
    }

    private String problem(SinksFixture.Node node) {
        return String.valueOf(node.status(NAME).problem());
    }

    private void assertAllDelivered(int count, String... keys) {
        for (String key : keys) {
            List<Integer> numbers = once(receiver.numbers(key));
            assertEquals(numbers.stream().sorted().toList(), numbers, "in order: " + key);
        }
        assertEquals(
                Set.copyOf(upTo(count)),
                receiver.all().stream().map(Receiver.Got::number).collect(Collectors.toSet()));
    }

    @Test
    void eachSecretVerifiesWhatIsSentAndTheIdIsTheEventsOwn() throws Exception {
        running(receiver.file());
        fixture.traced();
        commit(1, 20, "a", "ä 🙂");
        await().until(() -> receiver.all().size() == 20);
        for (Receiver.Got got : receiver.all()) {
            HttpHeaders headers = HttpHeaders.of(
                    got.headers().names().stream().collect(Collectors.toMap(name -> name, name -> got.headers()
                            .getAll(name))),
                    (name, value) -> true);
            for (String secret : List.of(NEW, OLD)) {
                assertDoesNotThrow(() -> new Webhook(secret).verify(got.body(), headers));
            }
            assertEquals("/erp " + SinksFixture.TRACE, got.path() + " " + got.trace());
        }
        assertEquals(
                20, receiver.all().stream().map(Receiver.Got::id).distinct().count());
    }

    @Test
    void whileOneKeyFailsTheOthersGoOnAndEachStaysInOrder() throws Exception {
        AtomicInteger refusals = new AtomicInteger(4);
        receiver.answer = (request, got) -> request.response()
                .setStatusCode("a".equals(got.data().getString("k")) && refusals.getAndDecrement() > 0 ? 500 : 200)
                .end();
        SinksFixture.Node node = running(receiver.file());
        commit(1, 60, "a", "b", "c");
        await().until(() ->
                receiver.numbers("b").size() == 20 && receiver.numbers("c").size() == 20);
        await().until(() -> once(receiver.numbers("a")).size() == 20);
        assertAllDelivered(60, "a", "b", "c");
        assertEquals(24, receiver.numbers("a").size());
        assertEquals(List.of(3, 3, 3, 3, 3), receiver.numbers("a").subList(0, 5), "nothing overtakes what is retried");
        assertEquals(
                1,
                receiver.all().stream()
                        .filter(got -> got.number() == 3)
                        .map(Receiver.Got::id)
                        .distinct()
                        .count(),
                "a retry has the id of the first attempt");
        await().until(() -> "0".equals(fixture.query("select count(*) from sink_parked")));
        await().until(() -> node.status(NAME).problem() == null);
    }

    @Test
    void anEndpointThatIsDownForLongGetsEverythingInOrderWhenItIsBack() throws Exception {
        SinksFixture.Node node = running(receiver.file());
        commit(1, 10, "a", "b");
        await().until(() -> receiver.all().size() == 10);
        receiver.down();
        for (int from = 11; from <= 291; from += 40) {
            commit(from, 40, "a", "b", "c", "d", "e", "f", "g", "h");
        }
        await().until(() ->
                problem(node).contains("failing since") && problem(node).contains("wait for a retry"));
        // Its streams wait too, so little is parked, and one event at a time finds out whether it is back.
        assertTrue(Integer.parseInt(String.valueOf(fixture.query("select count(*) from sink_parked"))) < 300);
        await().until(() -> !"0".equals(fixture.query("select max(attempts) from sink_parked")));
        receiver.up();
        await().until(() ->
                once(receiver.all().stream().map(Receiver.Got::number).toList()).size() == 330);
        assertAllDelivered(330, "a", "b", "c", "d", "e", "f", "g", "h");
        await().until(() -> node.status(NAME).problem() == null);
    }

    @Test
    void anAnswerAfterTheTimeoutCountsForNothingAndTheRetryHasTheSameId() throws Exception {
        fixture.webhook = Receiver.settings(
                Duration.ofSeconds(1), SinksFixture.WEBHOOK.disable(), SinksFixture.WEBHOOK.networks());
        AtomicInteger late = new AtomicInteger(2);
        receiver.answer = (request, got) -> receiver.vertx()
                .setTimer(
                        late.getAndDecrement() > 0 ? 1_500 : 1,
                        fired -> request.response().setStatusCode(200).end());
        SinksFixture.Node node = running(receiver.file());
        commit(1, 3, "a");
        await().until(() -> once(receiver.numbers("a")).equals(upTo(3)));
        assertEquals(List.of(1, 1, 1), receiver.numbers("a").subList(0, 3));
        assertEquals(receiver.all().get(0).id(), receiver.all().get(2).id());
        assertTrue(node.metrics
                        .get("millrace.sink.failures")
                        .tag("reason", "unanswered")
                        .counter()
                        .count()
                >= 2);
    }

    @Test
    void aRedirectIsNotFollowedAndTold() throws Exception {
        try (Receiver other = new Receiver()) {
            receiver.answer = (request, got) -> request.response()
                    .setStatusCode(307)
                    .putHeader("location", other.url("/"))
                    .end();
            SinksFixture.Node node = running(receiver.file());
            commit(1, 1, "a");
            await().until(() -> problem(node).contains("answered 307: redirects are not followed; change the url"));
            await().until(() -> receiver.all().size() >= 2);
            assertEquals(List.of(), other.all());
        }
    }

    @Test
    void anEndpointThatIsGoneIsDisabledAndKeepsWhatItHasntHad() throws Exception {
        receiver.answer =
                (request, got) -> request.response().setStatusCode(410).end();
        SinksFixture.Node node = running(receiver.file());
        commit(1, 5, "a");
        await().until(() ->
                problem(node).startsWith("disabled at ") && problem(node).contains("410"));
        commit(6, 5, "b");
        SinksFixture.Node next = fixture.node(SECRETS, receiver.file());
        node.stop();
        await().until(() -> next.isRunning(NAME));
        await().until(() -> problem(next).startsWith("disabled at "));
        await().until(() -> next.gauge("millrace.sink.lag.events") == 5);
        assertEquals(1, receiver.all().size(), "nothing was sent after the 410, by whichever node");
        receiver.answer = (request, got) -> request.response().end();
        assertEquals(List.of("the sink hooks/erp is disabled"), fixture.alerts, "told once, by whichever node");
        assertEquals(1, next.order(SinkCommand.enable(NAME, "boss")).done());
        await().until(() ->
                once(receiver.all().stream().map(Receiver.Got::number).toList()).size() == 10);
        assertAllDelivered(10, "a", "b");
    }

    @Test
    void itComesBackNoEarlierThanItWasAskedTo() throws Exception {
        AtomicInteger busy = new AtomicInteger(1);
        receiver.answer = (request, got) -> {
            if (busy.getAndDecrement() > 0) {
                request.response()
                        .setStatusCode(429)
                        .putHeader("retry-after", "2")
                        .end();
            } else {
                request.response().end();
            }
        };
        running(receiver.file());
        commit(1, 1, "a");
        await().until(() -> receiver.all().size() == 1);
        commit(2, 5, "a", "b");
        await().until(() ->
                once(receiver.all().stream().map(Receiver.Got::number).toList()).size() == 6);
        long waited = receiver.all().get(1).nanos() - receiver.all().get(0).nanos();
        assertTrue(TimeUnit.NANOSECONDS.toMillis(waited) >= 1_990, "after " + waited + " ns");
        assertAllDelivered(6, "a", "b");
    }

    @Test
    void anAnswerWithoutEndTakesNoMoreThanItsBeginning() throws Exception {
        Buffer part = Buffer.buffer(new byte[32 * 1024]);
        AtomicInteger parts = new AtomicInteger();
        receiver.answer = (request, got) -> {
            request.response().setChunked(true);
            long timer = receiver.vertx().setPeriodic(1, fired -> {
                parts.incrementAndGet();
                request.response().write(part);
            });
            request.connection().closeHandler(closed -> receiver.vertx().cancelTimer(timer));
        };
        SinksFixture.Node node = running(receiver.file());
        commit(1, 3, "a");
        await().until(() -> node.events("sent") == 3);
        assertEquals(upTo(3), receiver.numbers("a"));
        assertTrue(parts.get() < 1_000, "cut after " + parts);
    }

    @Test
    void whatWaitsForARetrySurvivesItsNode() throws Exception {
        receiver.answer = (request, got) -> request.response()
                .setStatusCode("a".equals(got.data().getString("k")) ? 503 : 200)
                .end();
        SinksFixture.Node node = running(receiver.file());
        commit(1, 20, "a", "b");
        await().until(() -> receiver.numbers("b").size() == 10);
        await().until(() -> "10".equals(fixture.query("select count(*) from sink_parked")));
        node.die();
        receiver.answer = (request, got) -> request.response().end();
        running(receiver.file());
        await().until(() -> once(receiver.numbers("a")).size() == 10);
        assertAllDelivered(20, "a", "b");
        assertEquals(10, receiver.numbers("b").size(), "what was delivered and noted is not sent again");
    }

    @Test
    void whatIsRefusedForTooLongIsDeadAndTheNextOfItsKeyGoesOn() throws Exception {
        receiver.answer = (request, got) ->
                request.response().setStatusCode(got.number() == 2 ? 400 : 200).end();
        SinksFixture.Node node = running(receiver.file());
        commit(1, 1, "b");
        await().until(() -> receiver.all().size() == 1);
        commit(2, 1, "a");
        commit(3, 2, "a");
        // Others are delivered meanwhile, so that it isn't the endpoint.
        AtomicInteger next = new AtomicInteger(5);
        await().pollInterval(100, TimeUnit.MILLISECONDS).until(() -> {
            commit(next.getAndIncrement(), 1, "c");
            return node.events("dead") == 1;
        });
        await().until(() -> once(receiver.numbers("a")).equals(List.of(2, 3, 4)));
        await().until(() -> "1 events are dead".equals(problem(node)));
        assertEquals("answered 400", fixture.query("select error from sink_parked where dead"));

        receiver.answer = (request, got) -> request.response().end();
        assertEquals(1, node.order(SinkCommand.redrive(NAME, List.of(), "boss")).done());
        await().until(() -> "0".equals(fixture.query("select count(*) from sink_parked")));
    }

    @Test
    void aPrivateAddressIsNotCalledUnlessItsNetworkIsAllowed() throws Exception {
        fixture.webhook = Receiver.settings(Duration.ofSeconds(1), Duration.ofMinutes(10), Networks.NONE);
        SinksFixture.Node node = running(receiver.file().replace("http:", "https:"));
        commit(1, 1, "a");
        await().until(() -> problem(node).contains("127.0.0.1 is no public address"));
        assertEquals(List.of(), receiver.all());
    }

    @Test
    void anEndpointThatFailsForTooLongIsDisabled() throws Exception {
        fixture.webhook =
                Receiver.settings(Duration.ofSeconds(5), Duration.ofMillis(800), SinksFixture.WEBHOOK.networks());
        receiver.down();
        SinksFixture.Node node = running(receiver.file());
        commit(1, 10, "a", "b", "c", "d", "e", "f");
        await().until(() ->
                problem(node).startsWith("disabled at ") && problem(node).contains("failing since"));
        assertEquals("10", fixture.query("select count(*) from sink_parked"));
    }
}
