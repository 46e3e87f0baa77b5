package io.millrace.queue.kafka;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.server.EmbeddedKafka;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.SettingWarnings;
import io.millrace.queue.QueueSettings;
import io.millrace.queue.QueueTest;
import io.millrace.queue.kafka.TopicDurability.TopicSetting;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the topics of several brokers may cost. */
@Timeout(60)
class TopicDurabilityTest {
    @Test
    void twoRealBrokersAreAskedAndTheirTopicsWarnedOf(@TempDir Path directory) throws Exception {
        Vertx vertx = Vertx.vertx();
        List<EmbeddedKafka> brokers = EmbeddedKafka.startCluster(directory, 2);
        Health health = new Health();
        try {
            QueueSettings one = QueueTest.settings(brokers.get(0).uri());
            TopicInitializer.ensure(vertx, one, 1 << 20).await(20, TimeUnit.SECONDS);
            TopicDurability asked = new TopicDurability(
                    vertx, one.kafka().client(), new SettingWarnings("Kafka", "kafka-settings", health));
            await().until(() -> !health.degraded().isEmpty());
            String told = health.degraded().getString("kafka-settings");
            assertTrue(
                    told.startsWith("The topics millrace.dead, millrace.events, millrace.retry have a single"), told);
            asked.close().await(20, TimeUnit.SECONDS);
        } finally {
            vertx.close().await(20, TimeUnit.SECONDS);
            brokers.forEach(EmbeddedKafka::close);
        }
    }

    @Test
    void threeReplicasOfWhichTwoMustHaveAnEventAreAsTheyShouldBe() {
        assertEquals(
                List.of(),
                TopicDurability.warnings(List.of(
                        topic("millrace.events", 3, 2, false),
                        topic("millrace.retry", 3, 2, false),
                        topic("__consumer_offsets", 3, 1, false))));
    }

    @ParameterizedTest
    @CsvSource({
        "millrace.events, 1, 1, false, 'The topic millrace.events has a single replica', 'set queue.replicas: 3'",
        "millrace.events, 3, 1, false, 'The topic millrace.events has min.insync.replicas 1', 'Set it to 2'",
        "millrace.dead, 3, 3, false, 'as many min.insync.replicas as replicas', 'Set it to 2'",
        "millrace.dead, 2, 2, false, 'as many min.insync.replicas as replicas', 'with three replicas'",
        "millrace.retry, 3, 2, true, 'unclean.leader.election.enable true', 'Set it to false'",
        "__consumer_offsets, 1, 1, false, 'The topic __consumer_offsets has a single replica', 'at the brokers'",
    })
    void eachOtherSettingIsToldWithItsConsequence(
            String topic, int replicas, int inSync, boolean unclean, String what, String remedy) {
        List<String> warnings = TopicDurability.warnings(List.of(topic(topic, replicas, inSync, unclean)));
        assertEquals(1, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).contains(what), warnings::toString);
        assertTrue(warnings.get(0).contains(remedy), warnings::toString);
    }

    @Test
    void topicsThatShareAMistakeAreOneWarning() {
        List<String> warnings = TopicDurability.warnings(
                List.of(topic("millrace.retry", 1, 1, false), topic("millrace.events", 1, 1, false)));
        assertEquals(1, warnings.size());
        assertTrue(warnings.get(0).startsWith("The topics millrace.events, millrace.retry have a single replica"));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "5, 2"})
    void aTopicThatIsCreatedTakesEventsWhileOneBrokerIsMissing(int replicas, int inSync) {
        assertEquals(inSync, TopicInitializer.inSync(replicas));
    }

    private static TopicSetting topic(String name, int replicas, int inSync, boolean unclean) {
        return new TopicSetting(name, replicas, inSync, unclean);
    }
}
