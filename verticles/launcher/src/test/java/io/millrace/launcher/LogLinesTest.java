package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.ConsoleAppender;
import io.millrace.platform.tracing.TraceLog;
import io.millrace.platform.tracing.TraceParent;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;

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

    @Test
    void aLineAboutATracedEventNamesItsTrace() throws Exception {
        TraceParent trace = TraceParent.parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
        String text = traced(trace, "text");
        assertTrue(text.contains(" WARN  ROOT: [trace 4bf92f3577b34da6a3ce929d0e0e4736] of a??12"), text);
        JsonObject json = new JsonObject(traced(trace, "json"));
        assertEquals(
                "4bf92f3577b34da6a3ce929d0e0e4736", json.getJsonObject("mdc").getString("trace_id"));
        assertNull(MDC.get("trace_id"), "the next line is about something else");
        assertFalse(traced(null, "text").contains("[trace"));
    }

    private static String traced(@Nullable TraceParent trace, String format) throws Exception {
        List<String> lines = new ArrayList<>();
        TraceLog.of(trace, () -> {
            try {
                lines.add(logged(format, null));
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        });
        return lines.get(0);
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
        LoggingEvent event = new LoggingEvent("", root, Level.WARN, "of {}", thrown, new Object[] {HOSTILE});
        event.setMDCPropertyMap(Objects.requireNonNullElse(MDC.getCopyOfContextMap(), Map.of()));
        byte[] bytes = appender.getEncoder().encode(event);
        context.stop();
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
