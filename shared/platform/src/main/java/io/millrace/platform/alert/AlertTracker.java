package io.millrace.platform.alert;

import io.millrace.contracts.alert.ActiveAlert;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes alerts of conditions: one that holds for long enough begins, one that is gone for long enough ends. Belongs to one event loop. */
final class AlertTracker {
    /** Of one node; the first ones found are told. */
    static final int MOST = 100;

    private static final int MAX_MESSAGE = 1_000;

    private final Duration resolveAfter;
    private final Map<ActiveAlert.Key, Tracked> tracked = new HashMap<>();

    private static final class Tracked {
        final long firstNanos;
        final long sinceMicros;
        long lastNanos;
        boolean active;
        ActiveAlert alert;

        Tracked(long firstNanos, long sinceMicros, ActiveAlert alert) {
            this.firstNanos = firstNanos;
            this.sinceMicros = sinceMicros;
            this.alert = alert;
        }
    }

    AlertTracker(Duration resolveAfter) {
        this.resolveAfter = resolveAfter;
    }

    /**
     * @param conditions those that hold now
     * @return the alerts that are on now
     */
    List<ActiveAlert> look(List<Condition> conditions, long nowNanos, long nowMicros) {
        for (Condition condition : conditions) {
            String word = condition.type().word();
            ActiveAlert.Key key = new ActiveAlert.Key(word, condition.about());
            if (!tracked.containsKey(key) && tracked.size() >= MOST) {
                continue;
            }
            String words = condition.message();
            String message = words.substring(0, Math.min(words.length(), MAX_MESSAGE));
            ActiveAlert now = new ActiveAlert(word, condition.about(), nowMicros, message);
            Tracked of = tracked.computeIfAbsent(key, first -> new Tracked(nowNanos, nowMicros, now));
            of.alert = new ActiveAlert(word, condition.about(), of.sinceMicros, message);
            of.lastNanos = nowNanos;
            of.active |= nowNanos - of.firstNanos >= condition.hold().toNanos();
        }
        // What is no alert yet begins anew as soon as it is gone.
        tracked.values()
                .removeIf(of ->
                        of.lastNanos != nowNanos && (!of.active || nowNanos - of.lastNanos >= resolveAfter.toNanos()));
        List<ActiveAlert> active = new ArrayList<>();
        tracked.values().forEach(of -> {
            if (of.active) {
                active.add(of.alert);
            }
        });
        return active;
    }
}
