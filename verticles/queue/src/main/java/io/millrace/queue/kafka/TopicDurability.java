package io.millrace.queue.kafka;

import io.millrace.contracts.bus.Topics;
import io.millrace.kafka.AdminPoller;
import io.millrace.platform.node.SettingWarnings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ListTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.config.ConfigResource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks Kafka whether its topics survive the death of a broker, since {@code acks=all} of the producers means only as much as
 * the topic says. Kafka's client asks on a thread of its own. Owned by the event loop that made it.
 */
public final class TopicDurability {
    private static final Logger LOG = LoggerFactory.getLogger(TopicDurability.class);

    /** Kafka's own, of what its consumer groups have committed. */
    private static final String OFFSETS = "__consumer_offsets";

    private static final List<String> EVENTS = List.of(Topics.EVENTS, Topics.RETRY, Topics.DEAD);
    private static final String IN_SYNC = "min.insync.replicas";
    private static final String UNCLEAN = "unclean.leader.election.enable";
    private static final int TIMEOUT_MS = 10_000;

    private final AdminPoller kafka;
    private final SettingWarnings warnings;
    private boolean alone;

    /**
     * What a topic is set to.
     *
     * @param replicas of the partition that has the fewest
     * @param inSync {@code min.insync.replicas}
     * @param unclean {@code unclean.leader.election.enable}
     */
    record TopicSetting(String topic, int replicas, int inSync, boolean unclean) {}

    /** @param client where Kafka is and how to get in, as Kafka's own clients name it */
    public TopicDurability(Vertx vertx, Map<String, String> client, SettingWarnings warnings) {
        this.warnings = warnings;
        this.kafka = new AdminPoller(vertx, client, SettingWarnings.ASK_EVERY_MS, TIMEOUT_MS, this::ask);
    }

    private Future<?> ask() {
        return look().onComplete(done -> {
            if (done.succeeded()) {
                warnings.found(done.result());
            } else {
                LOG.debug(
                        "the settings of the topics are unknown: {}",
                        done.cause().getMessage());
            }
        });
    }

    private Future<List<String>> look() {
        Future<Collection<Node>> brokers =
                kafka.future(kafka.admin().describeCluster().nodes());
        Future<Set<String>> topics = kafka.future(kafka.admin()
                .listTopics(new ListTopicsOptions().listInternal(true))
                .names());
        return Future.all(brokers, topics)
                .compose(both -> settings(topics.result()))
                .map(settings -> {
                    // Others may be down just now.
                    boolean single =
                            brokers.result().size() == 1 && settings.stream().allMatch(topic -> topic.replicas() == 1);
                    tellIfAlone(single);
                    // What can't be otherwise is no warning that stays.
                    return single ? List.of() : warnings(settings);
                });
    }

    private void tellIfAlone(boolean single) {
        if (single && !alone) {
            LOG.warn(
                    "Kafka has one broker: while it is down ordinary events take the fallback to the commit, and events"
                            + " that it has acknowledged are lost with its disk. Run three, with queue.replicas: 3");
        }
        alone = single;
    }

    private Future<List<TopicSetting>> settings(Set<String> there) {
        List<String> asked = new ArrayList<>(EVENTS);
        asked.add(OFFSETS);
        asked.retainAll(there);
        Future<Map<String, TopicDescription>> described =
                kafka.future(kafka.admin().describeTopics(asked).allTopicNames());
        Future<Map<ConfigResource, Config>> configured = kafka.future(kafka.admin()
                .describeConfigs(asked.stream()
                        .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                        .toList())
                .all());
        return Future.all(described, configured).map(both -> {
            Map<String, Config> byName = new HashMap<>();
            configured.result().forEach((resource, config) -> byName.put(resource.name(), config));
            return described.result().values().stream()
                    .map(topic -> setting(topic, byName.get(topic.name())))
                    .toList();
        });
    }

    private static TopicSetting setting(TopicDescription topic, @Nullable Config config) {
        int replicas = topic.partitions().stream()
                .mapToInt(partition -> partition.replicas().size())
                .min()
                .orElse(1);
        return new TopicSetting(
                topic.name(),
                replicas,
                Integer.parseInt(value(config, IN_SYNC, "1")),
                Boolean.parseBoolean(value(config, UNCLEAN, "false")));
    }

    private static String value(@Nullable Config config, String name, String otherwise) {
        var entry = config == null ? null : config.get(name);
        return entry == null || entry.value() == null ? otherwise : entry.value();
    }

    /** What is wrong with the topics of several brokers. */
    static List<String> warnings(List<TopicSetting> settings) {
        Map<String, TopicSetting> events = new TreeMap<>();
        settings.stream()
                .filter(topic -> !topic.topic().equals(OFFSETS))
                .forEach(topic -> events.put(topic.topic(), topic));
        List<String> found = new ArrayList<>();
        add(
                found,
                events,
                topic -> topic.replicas() < 2,
                "a single replica: an event answered as queued is lost with the disk of one broker, and none is queued"
                        + " while that broker is down. Give the topics three replicas (kafka-reassign-partitions.sh), and"
                        + " set queue.replicas: 3.");
        add(
                found,
                events,
                topic -> topic.replicas() > 1 && topic.inSync() < 2,
                IN_SYNC
                        + " 1: an event is answered as queued when one broker has it, and is lost if that one dies before"
                        + " the others have it too. Set it to 2, with three replicas.");
        add(
                found,
                events,
                topic -> topic.replicas() > 1 && topic.inSync() >= topic.replicas(),
                "as many " + IN_SYNC
                        + " as replicas: no event is queued while any one broker is down. Set it to 2, with"
                        + " three replicas.");
        add(
                found,
                events,
                TopicSetting::unclean,
                UNCLEAN + " true: a broker that lacks the newest events may become the leader, and they are lost."
                        + " Set it to false.");
        ofOffsets(settings, found);
        return found;
    }

    private static void ofOffsets(List<TopicSetting> settings, List<String> found) {
        if (settings.stream().anyMatch(topic -> topic.topic().equals(OFFSETS) && topic.replicas() < 2)) {
            found.add(
                    "The topic " + OFFSETS + " has a single replica: while its broker is down no queued event is"
                            + " committed. Give it three replicas, and set offsets.topic.replication.factor: 3 at the brokers.");
        }
    }

    private static void add(
            List<String> found, Map<String, TopicSetting> topics, Predicate<TopicSetting> wrong, String what) {
        List<String> names =
                topics.values().stream().filter(wrong).map(TopicSetting::topic).collect(Collectors.toList());
        if (!names.isEmpty()) {
            found.add((names.size() == 1 ? "The topic " : "The topics ")
                    + String.join(", ", names)
                    + (names.size() == 1 ? " has " : " have ")
                    + what);
        }
    }

    public Future<Void> close() {
        return kafka.close();
    }
}
