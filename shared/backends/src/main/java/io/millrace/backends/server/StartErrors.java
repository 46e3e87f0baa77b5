package io.millrace.backends.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Turns what went wrong into one line that a person can act on. */
final class StartErrors {
    private static final int SHOWN_LINES = 3;
    private static final int SEARCHED_LINES = 40;
    private static final long FULL_BYTES = 1 << 20;

    private StartErrors() {}

    /** Something could not be written in {@code directory}. */
    static IOException writing(Path directory, IOException cause) {
        String reason = cause.getMessage() == null ? "" : cause.getMessage();
        if (cause instanceof AccessDeniedException || reason.contains("Permission denied")) {
            return new IOException(
                    directory + " is not writable by the user " + System.getProperty("user.name")
                            + ": choose another directory or change its owner",
                    cause);
        }
        if (noSpace(reason)) {
            return noSpace(directory, cause);
        }
        String why = cause instanceof FileSystemException f && f.getReason() != null
                ? f.getReason()
                : cause.getClass().getSimpleName() + (reason.isEmpty() ? "" : ": " + reason);
        return new IOException(directory + " can't be used as a data directory: " + why, cause);
    }

    /** A server or one of its tools ended or stayed silent; {@code log} tells why. */
    static IOException failed(String what, String how, Path log) {
        List<String> last = lastLines(log);
        if (last.stream().anyMatch(StartErrors::noSpace) || isFull(log)) {
            return noSpace(log.toAbsolutePath().getParent(), null);
        }
        if (last.stream().anyMatch(line -> line.toLowerCase(Locale.ROOT).contains("address already in use"))) {
            return new IOException(what + " " + how + ": its port is in use by another program; log: " + log);
        }
        List<String> shown = last.subList(Math.max(0, last.size() - SHOWN_LINES), last.size());
        String said = shown.isEmpty() ? "it said nothing" : String.join(" / ", shown);
        return new IOException(what + " " + how + ": " + said + "; log: " + log);
    }

    /** On a full disk the log may lack the very line that says so. */
    private static boolean isFull(Path log) {
        try {
            return Files.getFileStore(log).getUsableSpace() < FULL_BYTES;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean noSpace(String text) {
        return text.contains("No space left") || text.contains("Disk quota exceeded");
    }

    private static IOException noSpace(@Nullable Path directory, @Nullable IOException cause) {
        return new IOException(
                "no space left on the disk of " + directory
                        + ": the servers need about 300 MB to begin with; free some or choose another directory",
                cause);
    }

    private static List<String> lastLines(Path log) {
        Deque<String> last = new ArrayDeque<>();
        try (BufferedReader lines = Files.newBufferedReader(log, StandardCharsets.ISO_8859_1)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    last.add(line.strip());
                }
                if (last.size() > SEARCHED_LINES) {
                    last.remove();
                }
            }
        } catch (IOException e) {
            return List.of("the log can't be read (" + e.getMessage() + ")");
        }
        return List.copyOf(last);
    }
}
