package io.millrace.systemtests.environment;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * A wait without a time of its own is for something that comes when the machine gets to it, which may be busy with other
 * tests. What a promise bounds has a time of its own.
 */
public final class DefaultAwaitTimeout implements LauncherSessionListener {
    @Override
    public void launcherSessionOpened(LauncherSession session) {
        Awaitility.setDefaultTimeout(Duration.ofSeconds(30));
    }
}
