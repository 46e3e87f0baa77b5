package io.millrace.sources;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceFilesTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private List<String> mistakes(Map<String, String> environment) throws Exception {
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel domains = DomainModel.parse("pack.yaml", SourcesFixture.PACK);
        SourcesSettings.read(folder, environment, domains, problems);
        return problems.stream()
                .map(problem -> problem.toString().replace(folder + "/", ""))
                .toList();
    }

    @Test
    void everyMistakeOfEveryFileIsNamedAtOnceWithItsLineAndNoSecret() throws Exception {
        Files.writeString(
                folder.resolve("a.yaml"),
                """
                source: a b
                as: { user: a, roles: [webhok] }
                webhook: { scheme: gihub, secrets: [A] }
                unmaped: count
                events:
                  - type: repo:pushd
                    id: "{#delivry}"
                    when: { "a..b": 1 }
                    data: { x: 1 }
                """);
        Files.writeString(
                folder.resolve("b.yaml"),
                """
                source: b
                webhook: { scheme: standard, secrets: [NONE, NOT_BASE64, "hunter2!"], header: X }
                events:
                  - { type: "repo:pushed", id: "{id}", data: {} }
                """);
        Files.writeString(
                folder.resolve("c.yaml"),
                """
                source: b
                as: { user: c, roles: [webhook] }
                webhook: { scheme: hmac, secrets: [EMPTY] }
                events:
                  - { type: "repo:pushed", id: "{id}", data: {} }
                """);
        Files.writeString(
                folder.resolve("d.yaml"),
                """
                source: d
                as: { user: d, roles: [reader] }
                webhook: { scheme: github, secrets: [A] }
                events:
                  - { type: "repo:pushed", id: "{id}", data: {} }
                """);
        assertEquals(
                List.of(
                        "a.yaml:4 unmaped: unknown; known here: source, as, webhook, redis, postgres, outbox, kafka, gateway, values, skip, rows, events, unmapped"
                                + " — did you mean \"unmapped\"?",
                        "a.yaml:1 source: \"a b\" is not a valid name of a source",
                        "a.yaml:2 as.roles[0]: \"webhok\" is no role of the packs — did you mean \"webhook\"?",
                        "a.yaml:8 events[0].when.\"a..b\": \"a..b\" has an empty step",
                        "a.yaml:7 events[0].id: #delivry is none of #delivery, #event, #row — did you mean \"#delivery\"?",
                        "a.yaml:6 events[0].type: \"repo:pushd\" is no type of the packs — did you mean \"repo:pushed\"?",
                        "a.yaml:3 webhook.scheme: \"gihub\" is not a valid scheme: standard, github, stripe, discord, hmac"
                                + " — did you mean \"github\"?",
                        "b.yaml:1 as: nothing where a block of user, roles, claims belongs",
                        "b.yaml:2 webhook.header: is for the scheme hmac only",
                        "b.yaml:2 webhook.secrets[0]: there is neither NONE nor NONE_FILE",
                        "b.yaml:2 webhook.secrets[1]: holds a secret that is not base64, as Standard Webhooks has it",
                        "b.yaml:2 webhook.secrets[2]: must be the name of an environment variable, never the secret itself",
                        "c.yaml:1 source: none of the roles may publish with the source b: a pack lists it in sources of a role,"
                                + " or the user has the same name",
                        "c.yaml:3 webhook.header: is missing",
                        "c.yaml:3 webhook.secrets[0]: is empty",
                        "c.yaml:1 source: is the name of another file's source too",
                        "d.yaml:5 events[0].type: none of the roles may publish repo:pushed"),
                mistakes(Map.of("A", "x", "NOT_BASE64", "%%%", "EMPTY", "  ")));
    }

    @Test
    void eachFileSaysOnceWhereItsMessagesComeFrom() throws Exception {
        String rest =
                """
                as: { user: a, roles: [webhook] }
                events:
                  - { type: "repo:pushed", id: "{id}", data: {} }
                """;
        Files.writeString(folder.resolve("none.yaml"), "source: a\n" + rest);
        List<String> mistakes = mistakes(Map.of("A", "x"));
        assertEquals(1, mistakes.size(), mistakes::toString);
        assertTrue(
                mistakes.get(0)
                        .startsWith("none.yaml:1: nothing says where messages come from; needed is one of webhook"),
                mistakes::toString);
    }

    @Test
    void aFolderThatIsNotThereHoldsNoSource() throws Exception {
        Files.delete(folder);
        assertEquals(List.of(), mistakes(Map.of()));
        Files.createDirectory(folder);
    }

    @Test
    void anAuthorityForTheNodesOwnRedisIsRefusedIfThatHasNoTls() throws Exception {
        Files.writeString(
                folder.resolve("a.yaml"),
                """
                source: feed
                as: { user: feed, roles: [webhook] }
                redis: { channels: [in], ca: "%s" }
                events:
                  - { type: "repo:pushed", id: "{id}", data: {} }
                """
                        .formatted(Files.createFile(folder.resolve("ca.pem"))));
        List<ConfigurationError> problems = new ArrayList<>();
        SourcesSettings read =
                SourcesSettings.read(folder, Map.of(), DomainModel.parse("pack.yaml", SourcesFixture.PACK), problems);
        assertEquals(List.of(), problems);
        Settings settings = Settings.load(null, Map.of(), Map.of("redis.uri", "redis://a"));
        read.with(settings);
        String told = assertThrows(InvalidConfigurationException.class, settings::check)
                .problems()
                .toString();
        assertTrue(told.contains("redis.uri: is without TLS, so the ca of the source feed has no effect"), told);
    }
}
