package io.millrace.sources.kafka;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.kafka.KafkaAddress;
import io.millrace.sources.file.SourceFiles;
import io.millrace.sources.intake.ConfiguredSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KafkaSourceReaderTest {
    private static final String EVENTS =
            """
            events:
              - { type: "thing:made", id: "{#topic}/{#header.trace.id}", data: { key: "{#key}" } }
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final List<ConfigurationError> problems = new ArrayList<>();

    private List<ConfiguredSource> read(String kafka, String rest) throws Exception {
        Files.writeString(
                folder.resolve("s.yaml"),
                "source: s-1\nas: { user: machine, roles: [machine] }\nkafka: " + kafka + "\n" + rest);
        DomainModel domains = DomainModel.parse("pack.yaml", SourceNode.PACK);
        return new SourceFiles(Map.of(), domains, problems).read(folder);
    }

    private List<String> mistakes() {
        return problems.stream().map(ConfigurationError::toString).toList();
    }

    @Test
    void whatAFileDoesNotSayHasADefault() throws Exception {
        KafkaSource source = assertInstanceOf(
                KafkaSource.class, read("{ topics: [a, b.c] }", EVENTS).get(0));
        assertEquals(
                new KafkaSource(
                        source.source(),
                        new KafkaAddress(null, Map.of()),
                        Set.of("a", "b.c"),
                        "millrace-source-s-1",
                        null,
                        RecordKey.TEXT,
                        false),
                source);
        assertEquals(List.of(), mistakes());
    }

    @Test
    void aFileSaysHowToGetInAndNotWhatWouldLoseRecords() throws Exception {
        Files.writeString(
                folder.resolve("s.properties"),
                """
                security.protocol=SASL_SSL
                sasl.jaas.config=…ScramLoginModule required username="millrace" password="the password";
                """);
        KafkaSource source = assertInstanceOf(
                KafkaSource.class,
                read("{ topics: [a], bootstrap: \"k1:9092,k2:9092\", properties: s.properties }", EVENTS)
                        .get(0));
        assertEquals("SASL_SSL", source.address().client().get("security.protocol"));
        assertEquals("k1:9092,k2:9092", source.address().bootstrap());

        Files.writeString(
                folder.resolve("s.properties"),
                """
                enable.auto.commit=true
                sasl.mechanismus=PLAIN
                security.protocol=SASL_SLL
                sasl.jaas.config=the password
                """);
        assertEquals(List.of(), read("{ topics: [a], properties: s.properties }", EVENTS));
        String all = mistakes().toString();
        assertTrue(all.contains("enable.auto.commit is not for this file to say"), all);
        assertTrue(all.contains("sasl.mechanismus is no option of Kafka's consumer"), all);
        assertTrue(all.contains("sasl.mechanism"), all);
        assertTrue(all.contains("SASL_SLL"), all);
        assertTrue(!all.contains("the password"), all);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{ }                                          | topics: is missing",
                "{ topics: [] }                               | topics: is missing",
                "{ topics: ['a b'] }                          | is not a valid name of a topic",
                "{ topics: [..] }                             | is not a valid name of a topic",
                "{ topics: [a], bootstrap: here }             | is not a valid list of host:port",
                "{ topics: [a], format: avro }                | is not a valid format: json, cloudevents",
                "{ topics: [a], key: long }                   | is not a valid form of a key: text, integer, base64",
                "{ topics: [a], start: now }                  | is not a valid start: earliest, latest",
                "{ topics: [a], properties: gone.properties } | can't be read",
                "{ topics: [a], topic: b }                    | unknown; known here"
            })
    void aMistakeIsNamedWithItsLine(String kafka, String mistake) throws Exception {
        assertEquals(List.of(), read(kafka, EVENTS));
        assertEquals(1, problems.size(), () -> mistakes().toString());
        assertTrue(mistakes().get(0).contains(mistake), () -> mistakes().toString());
        assertTrue(mistakes().get(0).contains("s.yaml:3"), () -> mistakes().toString());
    }

    @Test
    void onlyAFileForCloudEventsMayLeaveOutWhatEventsAreMade() throws Exception {
        assertEquals(1, read("{ topics: [a], format: cloudevents }", "").size());
        assertEquals(List.of(), mistakes());
        assertEquals(List.of(), read("{ topics: [a] }", ""));
        assertTrue(mistakes().get(0).contains("no event is described"), () -> mistakes()
                .toString());
    }

    @Test
    void anAttributeThatNoRecordHasIsAMistake() throws Exception {
        read("{ topics: [a] }", EVENTS.replace("#topic", "#topics"));
        assertTrue(mistakes().get(0).contains("#topics is none of"), () -> mistakes()
                .toString());
    }
}
