package io.millrace.launcher.replay;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.millrace.launcher.replay.format.PrefixHash;
import io.millrace.mapping.MappingReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The progress of a file's replay, in a small file of its own, which is replaced atomically. There is one for each file
 * name, first row, mapping and server. Used by one thread.
 */
public final class Checkpoint {
    private static final JsonMapper JSON = JsonMapper.builder()
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private final Path file;

    /**
     * @param name the name of the file, to make the checkpoint recognizable
     * @param identity the identity of first row, mapping and server
     */
    Checkpoint(Path directory, String name, String identity) {
        String hash = MappingReader.fingerprint(identity.getBytes(StandardCharsets.UTF_8));
        this.file = directory.resolve(name + "." + hash + ".json");
    }

    /**
     * @param rows how many rows need not be read again
     * @param marks the hashes that identify the content of these rows
     * @param end the last row of the file if the whole file was sent; else null
     */
    public record Position(long rows, List<PrefixHash.Mark> marks, PrefixHash.@Nullable Mark end, ReplayStats tally) {
        static Position start() {
            return new Position(0, List.of(), null, new ReplayStats());
        }
    }

    Path file() {
        return file;
    }

    /**
     * Reads the checkpoint; the start of the file if there is none.
     *
     * @throws IOException if the checkpoint exists but can't be read
     */
    Position load() throws IOException {
        try {
            return JSON.readValue(Files.readAllBytes(file), Position.class);
        } catch (NoSuchFileException none) {
            return Position.start();
        } catch (JsonProcessingException damaged) {
            throw new IOException(
                    file + " is damaged; --restart sends the file from its beginning: " + damaged.getOriginalMessage());
        }
    }

    void save(Position position) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Path next = file.resolveSibling(file.getFileName() + ".next");
        Files.write(next, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(position));
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    void forget() throws IOException {
        Files.deleteIfExists(file);
    }
}
