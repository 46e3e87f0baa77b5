package io.millrace.launcher.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.platform.settings.PackFiles;
import io.millrace.sources.file.SourceTrial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** The guides to webhooks and topics, and the examples, as a reader would try them. */
@ResourceLock(Resources.SYSTEM_OUT)
@Order(Integer.MAX_VALUE)
class TrySourceCommandTest extends CommandFixture {
    @BeforeEach
    void theGuidesFiles() throws IOException {
        Matcher blocks = Pattern.compile("```(yaml|json)\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("shared/docs/webhooks.md")));
        for (String name : List.of("code.yaml", "github.yaml", "push.json")) {
            assertTrue(blocks.find(), name);
            Files.writeString(folder.resolve(name), blocks.group(2));
        }
    }

    private Run tryOut(String... more) {
        return tryOut(ROOT.resolve("conf"), more);
    }

    private Run tryOut(Path conf, String... more) {
        List<String> arguments = new ArrayList<>(List.of("--conf", conf.toString(), "--pack", path("code.yaml")));
        arguments.addAll(List.of(more));
        return run(new TrySourceCommand(), arguments.toArray());
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    @Test
    void theGuidesDeliveryBecomesTheEventThatTheGuideSays() {
        Run run = tryOut("--event", "push", path("github.yaml"), path("push.json"));
        assertEquals(0, run.exit(), run.err());
        String said = run.out();
        assertTrue(said.contains("push.json: 1 event"), said);
        assertTrue(said.contains("\"id\" : \"delivery-1/1\""), said);
        assertTrue(said.contains("\"timestamp\" : \"2026-11-01T09:00:00Z\""), said);
        assertTrue(said.contains("→ the stream code"), said);
    }

    @Test
    void aFileThatIsInPlaceAlreadyIsTriedWithoutItsSecret() throws IOException {
        Path placed = Files.createDirectories(folder.resolve("conf/sources")).resolve("github.yaml");
        Files.copy(folder.resolve("github.yaml"), placed);
        Run run = tryOut(folder.resolve("conf"), "--event", "push", placed.toString(), path("push.json"));
        assertEquals(0, run.exit(), run.err());
        assertTrue(run.out().contains("push.json: 1 event"), run.out());
    }

    @Test
    void aSampleThatBecomesNoEventSaysWhy() throws IOException {
        Run run = tryOut("--event", "fork", path("github.yaml"), path("push.json"));
        assertEquals(0, run.exit(), run.out());
        assertTrue(run.out().contains("no event: no rule is for it"), run.out());

        Files.writeString(
                folder.resolve("bare.json"), "{\"commits\":[{\"id\":\"1\",\"timestamp\":\"2026-11-01T10:00:00Z\"}]}");
        run = tryOut("--event", "push", path("github.yaml"), path("bare.json"));
        assertEquals(1, run.exit(), run.out());
        assertTrue(run.out().contains("commits[0]: repository.full_name is empty"), run.out());

        Files.writeString(folder.resolve("broken.json"), "{");
        run = tryOut("--event", "push", path("github.yaml"), path("broken.json"), path("none.json"));
        assertEquals(1, run.exit(), run.out());
        assertTrue(run.out().contains("broken.json: no event: the message"), run.out());
        assertTrue(run.out().contains("none.json: can't be read"), run.out());
    }

    @Test
    void anEventThatThePackRefusesIsShownWithItsMistakes() throws IOException {
        String long201 = Files.readString(folder.resolve("push.json")).replace("ada/engine", "a".repeat(201));
        Files.writeString(folder.resolve("long.json"), long201);
        Run run = tryOut("--event", "push", path("github.yaml"), path("long.json"));
        assertEquals(1, run.exit(), run.out());
        assertTrue(run.out().contains("→ refused, invalid_event"), run.out());
        assertTrue(run.out().contains("/data/repository"), run.out());
    }

    @Test
    void theRecordOfTheGuideToTopicsBecomesItsEvent() throws IOException {
        Matcher blocks = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL)
                .matcher(Files.readString(ROOT.resolve("shared/docs/kafka-source.md")));
        for (String name : List.of("code.yaml", "warehouse-source.yaml")) {
            assertTrue(blocks.find(), name);
            Files.writeString(folder.resolve(name), blocks.group(1));
        }
        Files.writeString(folder.resolve("record.json"), "{\"order\":{\"id\":\"o-17\"}}");
        Run run = tryOut(
                "--attribute",
                "#key=s-1",
                "--attribute",
                "#topic=warehouse.shipments",
                "--attribute",
                "#partition=0",
                "--attribute",
                "#offset=7",
                "--attribute",
                "#timestamp=2026-01-31T09:30:00Z",
                path("warehouse-source.yaml"),
                path("record.json"));
        assertEquals(0, run.exit(), run.out() + run.err());
        assertTrue(run.out().contains("\"id\" : \"warehouse.shipments/0/7\""), run.out());
        assertTrue(run.out().contains("→ the stream shipments"), run.out());
    }

    @Test
    void theDispatchOfTheGuideToGatewaysBecomesItsEvent() throws IOException {
        Matcher guide = Pattern.compile("echo '(.*)' > deleted.json")
                .matcher(Files.readString(ROOT.resolve("shared/docs/gateway-source.md")));
        assertTrue(guide.find());
        Files.writeString(folder.resolve("deleted.json"), guide.group(1));
        String guilds = ROOT.resolve("conf/domains/guilds.yaml").toString();
        String example = ROOT.resolve("conf/sources/gateway.yaml.example").toString();
        Run run = tryOut("--pack", guilds, "--attribute", "#id=session/12", example, path("deleted.json"));
        assertEquals(0, run.exit(), run.out() + run.err());
        assertTrue(run.out().contains("\"type\" : \"message:deleted\""), run.out());
        assertTrue(run.out().contains("\"id\" : \"session/12\""), run.out());
        assertTrue(run.out().contains("→ the stream guild:9"), run.out());
    }

    @Test
    void everyExampleFitsThePacksThatItNames() throws Exception {
        DomainModel domains = PackFiles.load(Stream.concat(
                        PackFiles.in(ROOT.resolve("conf/domains")).stream(), Stream.of(folder.resolve("code.yaml")))
                .toList());
        List<ConfigurationError> problems = new ArrayList<>();
        try (Stream<Path> examples = Files.list(ROOT.resolve("conf/sources"))) {
            List<Path> files = examples.filter(file -> file.toString().endsWith(".example"))
                    .toList();
            assertEquals(10, files.size());
            files.forEach(file -> SourceTrial.of(file, domains, problems));
        }
        assertEquals(List.of(), problems);
    }
}
