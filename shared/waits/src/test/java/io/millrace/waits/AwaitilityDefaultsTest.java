package io.millrace.waits;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AwaitilityDefaultsTest {
    @Test
    void anExceptionOfAnotherThreadFailsNoWait() {
        Thread other = new Thread(() -> {
            throw new IllegalStateException("expected: it is another test's");
        });
        await().pollDelay(Duration.ofMillis(100)).until(() -> {
            if (other.getState() == Thread.State.NEW) {
                other.start();
            }
            return other.getState() == Thread.State.TERMINATED;
        });
    }
}
