package io.millrace.platform.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.alert.ActiveAlert;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AlertTrackerTest {
    private final AlertTracker tracker = new AlertTracker(Duration.ofSeconds(60));

    private static Condition breaker(String message) {
        return new Condition(AlertType.BREAKER_OPEN, "kafka", Duration.ofSeconds(10), message);
    }

    private List<ActiveAlert> at(long second, Condition... conditions) {
        return tracker.look(
                List.of(conditions), TimeUnit.SECONDS.toNanos(second), TimeUnit.SECONDS.toMicros(1_000 + second));
    }

    @Test
    void anAlertBeginsWhenItsConditionHasHeldAndSaysSinceWhen() {
        assertEquals(List.of(), at(0, breaker("a")));
        assertEquals(List.of(), at(9, breaker("b")));
        assertEquals(List.of(new ActiveAlert("breaker-open", "kafka", 1_000_000_000, "c")), at(10, breaker("c")));
    }

    @Test
    void aConditionThatGoesBeforeItsTimeBeginsAnew() {
        at(0, breaker("a"));
        at(9);
        assertEquals(List.of(), at(10, breaker("b")));
        assertEquals(List.of(), at(19, breaker("b")));
        assertEquals(1, at(20, breaker("b")).size());
    }

    @Test
    void anAlertThatComesAndGoesIsOneUntilItsConditionIsGoneForLong() {
        at(0, breaker("a"));
        at(10, breaker("a"));
        assertEquals(1, at(69).size());
        assertEquals(1_000_000_000, at(70, breaker("b")).get(0).sinceMicros());
        assertEquals(1, at(129).size());
        assertEquals(List.of(), at(130));
        assertEquals(List.of(), at(131, breaker("c")));
    }

    @Test
    void aNodeTellsOfAHundredAtMost() {
        List<Condition> many = new ArrayList<>();
        for (int i = 0; i < 2 * AlertTracker.MOST; i++) {
            many.add(new Condition(AlertType.SOURCE_FAILING, "s" + i, Duration.ZERO, "failing"));
        }
        assertEquals(AlertTracker.MOST, at(0, many.toArray(Condition[]::new)).size());
    }
}
