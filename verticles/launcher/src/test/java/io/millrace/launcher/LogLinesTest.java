package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a message quotes, it is one line of the log, in both formats of {@code conf/logback.xml}. */
class LogLinesTest {
    private static final Path CONF = Path.of(System.getProperty("millrace.root", "../.."), "conf");
    private static final String HOSTILE = "a\r\n12:00:00.000 ERROR Forged: \u0085\u2028\u2029\u001b[2J\u009b\u0000 é漢";

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void aMessageIsOneLineWhateverItQuotes(String format) throws Exception {
        String line = logged(format, null);

        if (format.equals("json")) {
            assertTrue(new JsonObject(line).encode().contains("Forged"));
        } else {
            assertTrue(
                    line.endsWith(
                            " WARN  ROOT: of a??12:00:00.000 ERROR Forged: ????[2J?? é漢" + System.lineSeparator()),
                    line);
        }
        assertEquals(1, line.lines().count());
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json"})
    void anExceptionBeginsNoLineWhateverItQuotes(String format) throws Exception {
        Exception cause = new IllegalStateException(HOSTILE + "\n12:00:00.001 ERROR Forged: b");

        String text = logged(format, new IllegalStateException(HOSTILE, cause));

        List<String> lines = text.lines().toList();
        assertTrue(text.contains("Forged: b"), text);
        if (format.equals("json")) {
            assertEquals(1, lines.size());
        } else {
            assertTrue(lines.stream().anyMatch(line -> line.startsWith("\tat " + LogLinesTest.class.getName())), text);
            List<String> begins =
                    lines.stream().filter(line -> !line.startsWith("\t")).toList();
            assertEquals(3, begins.size(), begins::toString);
            assertTrue(begins.get(1).startsWith("java.lang.IllegalStateException: a??12:00"), text);
            assertTrue(begins.get(2).startsWith("Caused by: java.lang.IllegalStateException: a??12:00"), text);
        }
    }

    private static String logged(String format, @Nullable Throwable thrown) throws Exception {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        context.putProperty("MILLRACE_LOG_FORMAT", format);
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(CONF.resolve("logback.xml").toFile());
        Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>) root.getAppender(format);
        byte[] bytes = appender.getEncoder()
                .encode(new LoggingEvent("", root, Level.WARN, "of {}", thrown, new Object[] {HOSTILE}));
        context.stop();
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
