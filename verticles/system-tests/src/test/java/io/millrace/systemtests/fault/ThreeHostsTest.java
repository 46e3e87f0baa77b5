package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.network.NetworkNamespaces;
import io.millrace.testkit.network.NetworkNamespaces.Host;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Three whole nodes on three hosts, in every way in which they can be parted while all of them reach the backing services:
 * 0 lost, 0 doubled, 0 gaps, nobody is restarted; and what each part answers meanwhile, as {@code
 * shared/docs/partitions.md} says it. {@code millrace.split} are the seconds of a split, {@code millrace.flaps} those of a
 * link that comes and goes.
 */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Order(42)
final class ThreeHostsTest {
    private static final int RATE = 60;
    private static final int SPLIT_SECONDS = Integer.getInteger("millrace.split", 20);
    private static final int FLAPPING_SECONDS = Integer.getInteger("millrace.flaps", 120);
    private static final int FLAP_SECONDS = 3;
    /** A host that isn't heard is out after 5 to 15 s, and what was under way to it is given up after 10 s. */
    private static final Duration PARTED = Duration.ofSeconds(30);
    /** The slower way of an event to another part: a look at the heads of streams in PostgreSQL. */
    private static final Duration FETCHED = Duration.ofSeconds(10);

    private static final Duration HEALING = Duration.ofSeconds(60);
    /** Each way. */
    private static final Duration LATENCY = Duration.ofMillis(100);

    private static final String CONNECT =
            """
            import socket, sys, time
            begin = time.monotonic()
            socket.create_connection((sys.argv[1], int(sys.argv[2])))
            print((time.monotonic() - begin) * 1000)
            """;

    private enum Split {
        OLDEST_ALONE {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                alone(lan, hosts, 0);
            }
        },
        SECOND_ALONE {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                alone(lan, hosts, 1);
            }
        },
        YOUNGEST_ALONE {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                alone(lan, hosts, 2);
            }
        },
        ALL_APART {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                alone(lan, hosts, 0);
                alone(lan, hosts, 1);
            }
        },
        /** Both reach the oldest, and not each other: all stay in one cluster, and what is sent over that link is lost. */
        ONE_LINK {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                lan.cut(hosts.get(1), hosts.get(2));
            }

            @Override
            boolean divides() {
                return false;
            }
        },
        /** It hears the others, and they don't hear it. */
        OLDEST_UNHEARD {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                lan.cutOneWay(hosts.get(0), hosts.get(1));
                lan.cutOneWay(hosts.get(0), hosts.get(2));
            }
        },
        YOUNGEST_UNHEARD {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                lan.cutOneWay(hosts.get(2), hosts.get(0));
                lan.cutOneWay(hosts.get(2), hosts.get(1));
            }
        },
        /** The others hear it, and it doesn't hear them. */
        YOUNGEST_DEAF {
            @Override
            void make(NetworkNamespaces lan, List<Host> hosts) {
                lan.cutOneWay(hosts.get(0), hosts.get(2));
                lan.cutOneWay(hosts.get(1), hosts.get(2));
            }
        };

        abstract void make(NetworkNamespaces lan, List<Host> hosts);

        /** Whether parts come of it that each work by themselves. */
        boolean divides() {
            return true;
        }

        private static void alone(NetworkNamespaces lan, List<Host> hosts, int one) {
            hosts.stream().filter(host -> host != hosts.get(one)).forEach(other -> lan.cut(hosts.get(one), other));
        }
    }

    private NetworkNamespaces lan;
    private ConsistencyScenario ordeal;
    private List<Long> pids;
    private List<ApiClient> senders;
    private final List<SocketClient> listeners = new ArrayList<>();

    @BeforeAll
    void start() {
        assumeTrue(
                NetworkNamespaces.possible(),
                "network namespaces can't be made here, so nodes can't be cut off from each other");
        lan = new NetworkNamespaces();
        ordeal = new ConsistencyScenario("hosts", RATE, Pipeline.Layout.THREE_WHOLE_PROCESSES, lan, Map.of());
        pids = pids();
        senders = ordeal.processes().stream()
                .map(node -> new ApiClient(node.uri("/"), ordeal.token()))
                .toList();
        for (MillraceProcess node : ordeal.processes()) {
            SocketClient listener = SocketClient.open(node.uri("/api/ws"), ordeal.token());
            listener.subscribe(Shop.PRODUCTS);
            listeners.add(listener);
        }
    }

    @AfterAll
    void end() {
        listeners.forEach(SocketClient::close);
        if (ordeal != null) {
            ordeal.close();
        }
        if (lan != null) {
            lan.close();
        }
    }

    /** Also of a test that failed. */
    @AfterEach
    void heal() {
        lan.heal();
    }

    @ParameterizedTest
    @EnumSource(Split.class)
    void everyPartGoesOnByItselfAndNothingIsLost(Split split) throws InterruptedException {
        ordeal.load().awaitMore(RATE);
        long parted = System.nanoTime();
        split.make(lan, hosts());
        if (split.divides()) {
            assertEveryPartWorks(split, parted);
        }
        long rest = SPLIT_SECONDS * 1_000L - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - parted);
        // How long a fault lasts is part of it: there is no fact to wait for.
        TimeUnit.MILLISECONDS.sleep(Math.max(0, rest));
        assertHeals(split.name());
    }

    private void assertEveryPartWorks(Split split, long parted) {
        awaitEveryNodeAnswers();
        tell(split.name(), "every node answers after", parted);
        assertTrue(ordeal.processes().stream().allMatch(MillraceProcess::isReady), "every node is ready");
        awaitEventsReachEveryNode();
        tell(split.name(), "every node sees the others' events after", parted);
    }

    @Test
    void aLinkThatComesAndGoesLosesNothing() throws InterruptedException {
        for (int second = 0; second < FLAPPING_SECONDS; second += 2 * FLAP_SECONDS) {
            Split.YOUNGEST_ALONE.make(lan, hosts());
            TimeUnit.SECONDS.sleep(FLAP_SECONDS);
            lan.heal();
            TimeUnit.SECONDS.sleep(FLAP_SECONDS);
        }
        assertHeals("FLAPPING");
    }

    @Test
    void aSlowLinkRefusesAndDividesNobody() throws Exception {
        awaitEveryNodeAnswers();
        lan.slow(hosts().get(0), hosts().get(1), LATENCY);
        lan.slow(hosts().get(0), hosts().get(2), LATENCY);
        assertTrue(connectMs(hosts().get(0), hosts().get(1)) >= 2 * LATENCY.toMillis(), "the link is slow");
        int refused = ordeal.load().refusals().size();
        TimeUnit.SECONDS.sleep(SPLIT_SECONDS);
        assertEquals(refused, ordeal.load().refusals().size(), "refused over a slow link");
        awaitEventsReachEveryNode();
        assertHeals("SLOW");
    }

    private List<Host> hosts() {
        return ordeal.pipeline().hosts();
    }

    private List<Long> pids() {
        return ordeal.processes().stream().map(MillraceProcess::pid).toList();
    }

    /** How long a connection takes from one host to the node on another. */
    private double connectMs(Host from, Host to) throws Exception {
        String[] member = ordeal.pipeline().members().get(hosts().indexOf(to)).split(":", -1);
        List<String> command = new ArrayList<>(from.prefix());
        command.addAll(List.of("python3", "-c", CONNECT, member[0], member[1]));
        Process program = new ProcessBuilder(command).redirectErrorStream(true).start();
        return Double.parseDouble(
                new String(program.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip());
    }

    /**
     * Each node takes an urgent and an ordinary event, shows history and the entity; each is asked again for as long as it
     * asks for patience, which is all that it may answer otherwise; and then it does not ask for it any more.
     */
    private void awaitEveryNodeAnswers() {
        asked().forEach(one -> await().atMost(PARTED).until(one::getAsBoolean));
        assertTrue(asked().stream().allMatch(BooleanSupplier::getAsBoolean), "no node asks for patience any more");
    }

    private List<BooleanSupplier> asked() {
        List<BooleanSupplier> asked = new ArrayList<>();
        for (ApiClient node : senders) {
            JsonObject order = Shop.order();
            String id = order.getJsonObject("data").getString("orderId");
            JsonObject stock = Shop.stock();
            asked.add(() -> is(node.post(order), 201));
            asked.add(() -> is(node.post(stock), 202));
            asked.add(() -> is(node.get("/api/streams/orders/events?last=5"), 200));
            asked.add(() -> is(node.entity("order", id), 200));
        }
        return asked;
    }

    /** What was sent before and had no answer is a duplicate then. */
    private static boolean is(ApiResponse answer, int status) {
        assertTrue(
                answer.status() == status || answer.status() == 503 || (status / 100 == 2 && answer.status() == 200),
                answer::toString);
        return answer.status() / 100 == 2;
    }

    /** What is posted at each node comes to the listeners of all. */
    private void awaitEventsReachEveryNode() {
        List<String> posted = new ArrayList<>();
        for (ApiClient sender : senders) {
            JsonObject product =
                    new JsonObject().put("productId", Shop.unique("p")).put("price", 5);
            JsonObject event = ApiClient.event(Shop.unique("e"), "product:created", product);
            await().atMost(HEALING).until(() -> is(sender.post(event), 202));
            posted.add(event.getString("id"));
        }
        await().atMost(FETCHED).until(() -> listeners.stream().allMatch(listener -> posted.stream()
                .allMatch(id -> listener.log(Shop.PRODUCTS).has(id))));
    }

    private void assertHeals(String what) {
        lan.heal();
        long healed = System.nanoTime();
        ordeal.awaitRouted(HEALING);
        tell(what, "healed, the bus right again after", healed);
        awaitEventsReachEveryNode();
        for (SocketClient listener : listeners) {
            assertEquals(List.of(), listener.log(Shop.PRODUCTS).faults(), what);
            assertTrue(listener.isOpen(), what);
        }
        System.out.println("hosts: " + what + ": " + ordeal.nextRound());
        assertEquals(pids, pids(), "healed without a restart");
    }

    private static void tell(String split, String what, long since) {
        System.out.printf(Locale.ROOT, "hosts: %s: %s %.1f s%n", split, what, (System.nanoTime() - since) / 1e9);
    }
}
