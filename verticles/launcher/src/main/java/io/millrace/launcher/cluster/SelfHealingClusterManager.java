package io.millrace.launcher.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.multimap.MultiMap;
import io.vertx.core.Completable;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.NodeInfo;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Vert.x' Hazelcast cluster manager, but robust on a network that breaks and heals.
 *
 * <p>The bus looks up a node's address whenever it reconnects, and the member that is asked may be the unreachable one:
 * the request times out long after the network has healed. A node's address never changes, so it is looked up once.
 *
 * <p>A node caches the consumers of an address, and updates them only by events. But Hazelcast merges two parts of a
 * cluster without events, Vert.x 5 ignores its cluster manager's notice that everything may have changed, and a
 * registration that the network lost isn't retried. So every two seconds each node compares its cache and its own
 * registrations with the cluster's. A difference that is found twice in a row isn't a change in progress, and is
 * repaired. Safe from any thread.
 */
final class SelfHealingClusterManager extends HazelcastClusterManager {
    private static final Logger LOG = LoggerFactory.getLogger(SelfHealingClusterManager.class);
    private static final int LOOK_EVERY_MS = 2_000;

    /** The addresses to which this node sends, with the cached consumers. */
    private final Map<String, Set<RegistrationInfo>> remembered = new ConcurrentHashMap<>();
    /** The addresses of members. */
    private final Map<String, NodeInfo> places = new ConcurrentHashMap<>();
    /** The addresses at which this node has registered consumers. */
    private final Set<Registration> own = ConcurrentHashMap.newKeySet();

    private RegistrationListener listener = new RegistrationListener() {};
    /** The differences of the last comparison; comparisons don't overlap. */
    private Set<Fault> found = Set.of();

    private final @Nullable HazelcastInstance member;
    private @Nullable Vertx vertx;

    SelfHealingClusterManager(Config config) {
        super(config);
        member = null;
    }

    /** With a member that runs, which ends with the cluster manager. */
    SelfHealingClusterManager(HazelcastInstance member) {
        super(member);
        this.member = member;
    }

    @Override
    public void init(Vertx started) {
        vertx = started;
        super.init(started);
    }

    @Override
    public void leave(Completable<Void> promise) {
        HazelcastInstance running = member;
        if (running == null) {
            super.leave(promise);
            return;
        }
        super.leave((left, failure) -> Objects.requireNonNull(vertx)
                .<Void>executeBlocking(() -> {
                    running.shutdown();
                    return null;
                })
                .onComplete(promise));
    }

    private record Registration(String address, RegistrationInfo info) {}

    private enum Kind {
        /** The cluster has lost this node's address. */
        NODE_UNKNOWN,
        /** The cluster has lost a consumer of this node. */
        UNKNOWN,
        /** The cluster has a consumer that doesn't exist any more. */
        OVER,
        /** This node's cached consumers of an address are wrong. */
        MISREMEMBERED
    }

    /**
     * @param registrations the missing, stale or correct registrations
     */
    private record Fault(Kind kind, String address, Set<RegistrationInfo> registrations) {}

    /** Starts comparing, until Vert.x is closed. */
    void watch(Vertx vertx) {
        vertx.setTimer(LOOK_EVERY_MS, timer -> vertx.executeBlocking(() -> found = look(), false)
                .onFailure(this::comparisonFailed)
                .onComplete(done -> {
                    if (isActive()) {
                        watch(vertx);
                    }
                }));
    }

    /** Finds differences, and repairs those that the last comparison found, too. */
    private Set<Fault> look() {
        Set<Fault> now = faults();
        Map<Kind, Integer> mended = new EnumMap<>(Kind.class);
        for (Fault fault : now) {
            if (found.contains(fault)) {
                LOG.debug("{}", fault);
                repair(fault);
                mended.merge(fault.kind(), 1, Integer::sum);
            }
        }
        if (!mended.isEmpty()) {
            LOG.warn("repaired event-bus registrations: {}", mended);
        }
        return now;
    }

    private void comparisonFailed(Throwable failed) {
        if (isActive()) {
            LOG.warn("could not compare event-bus registrations: {}", failed.toString());
        }
    }

    private Set<Fault> faults() {
        Set<Fault> faults = new HashSet<>();
        if (!getHazelcastInstance().getMap("__vertx.nodeInfo").containsKey(getNodeId())) {
            faults.add(new Fault(Kind.NODE_UNKNOWN, "", Set.of()));
        }
        Set<String> nodes = new HashSet<>(getNodes());
        places.keySet().retainAll(nodes);
        Map<String, Set<RegistrationInfo>> known = new HashMap<>();
        Set<Registration> unknown = new HashSet<>(own);
        for (Map.Entry<String, HazelcastRegistrationInfo> entry :
                registrations().entrySet()) {
            String address = entry.getKey();
            RegistrationInfo info = entry.getValue().unwrap();
            known.computeIfAbsent(address, first -> new HashSet<>()).add(info);
            boolean wanted = info.nodeId().equals(getNodeId())
                    ? unknown.remove(new Registration(address, info))
                    : nodes.contains(info.nodeId());
            if (!wanted) {
                faults.add(new Fault(Kind.OVER, address, Set.of(info)));
            }
        }
        unknown.forEach(mine -> faults.add(new Fault(Kind.UNKNOWN, mine.address(), Set.of(mine.info()))));
        remembered.keySet().removeIf(address -> !listener.wantsUpdatesFor(address));
        remembered.forEach((address, before) -> {
            Set<RegistrationInfo> right = new HashSet<>(known.getOrDefault(address, Set.of()));
            before.stream().filter(RegistrationInfo::localOnly).forEach(right::add);
            if (!right.equals(before)) {
                faults.add(new Fault(Kind.MISREMEMBERED, address, right));
            }
        });
        return faults;
    }

    private void repair(Fault fault) {
        String address = fault.address();
        switch (fault.kind()) {
            case NODE_UNKNOWN -> setNodeInfo(getNodeInfo(), Promise.promise());
            case UNKNOWN ->
                fault.registrations().forEach(one -> registrations().put(address, new HazelcastRegistrationInfo(one)));
            case OVER ->
                fault.registrations()
                        .forEach(one -> registrations().remove(address, new HazelcastRegistrationInfo(one)));
            case MISREMEMBERED -> tell(address, List.copyOf(fault.registrations()));
        }
    }

    private MultiMap<String, HazelcastRegistrationInfo> registrations() {
        return getHazelcastInstance().getMultiMap("__vertx.subs");
    }

    /** Replaces the cached consumers of an address. */
    void tell(String address, List<RegistrationInfo> registrations) {
        remembered.put(address, Set.copyOf(registrations));
        listener.registrationsUpdated(new RegistrationUpdateEvent(address, registrations));
    }

    @Override
    public void registrationListener(RegistrationListener told) {
        listener = told;
        super.registrationListener(new RegistrationListener() {
            @Override
            public void registrationsUpdated(RegistrationUpdateEvent event) {
                tell(event.address(), event.registrations());
            }

            @Override
            public void registrationsLost() {
                told.registrationsLost();
            }

            @Override
            public boolean wantsUpdatesFor(String address) {
                return told.wantsUpdatesFor(address);
            }
        });
    }

    @Override
    public void getNodeInfo(String node, Completable<NodeInfo> promise) {
        NodeInfo place = places.get(node);
        if (place != null) {
            promise.succeed(place);
            return;
        }
        super.getNodeInfo(node, (asked, failure) -> {
            if (failure == null) {
                places.put(node, asked);
            }
            promise.complete(asked, failure);
        });
    }

    @Override
    public void getRegistrations(String address, Completable<List<RegistrationInfo>> promise) {
        super.getRegistrations(address, (registrations, failure) -> {
            if (failure == null) {
                remembered.put(address, Set.copyOf(registrations));
            }
            promise.complete(registrations, failure);
        });
    }

    @Override
    public void addRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        if (!registration.localOnly()) {
            own.add(new Registration(address, registration));
        }
        super.addRegistration(address, registration, promise);
    }

    @Override
    public void removeRegistration(String address, RegistrationInfo registration, Completable<Void> promise) {
        own.remove(new Registration(address, registration));
        super.removeRegistration(address, registration, promise);
    }
}
