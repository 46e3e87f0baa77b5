package io.millrace.platform.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetadataReaderTest {
    @Test
    void nothingSaidIsNothingAsked() {
        MetadataReader none = MetadataReader.read(null);
        assertNull(none.priority());
        assertEquals(Event.ANY_VERSION, none.expectedVersion());
        assertEquals(0, none.expiresAtMicros());
        assertEquals("{}", shown(none));
        assertSame(none, read("{}"));
    }

    @Test
    void subscribersSeeTheMetadataButNotTheRecipients() {
        MetadataReader metadata = read("{'priority':'high','category':'commerce','tags':['eu','<b>'],"
                + "'expiresAt':'2026-01-31T10:00:00Z','expectedVersion':0,'traceparent':'00-ab-cd-01',"
                + "'target':{'roles':['staff']},'exclude':{'users':['c-4'],'connections':['k']}}");
        assertEquals(Priority.HIGH, metadata.priority());
        assertEquals(0, metadata.expectedVersion());
        assertEquals(1_769_853_600_000_000L, metadata.expiresAtMicros());
        assertEquals(new Recipients(Set.of("staff"), Set.of(), Set.of()), metadata.target());
        assertEquals(new Recipients(Set.of(), Set.of("c-4"), Set.of("k")), metadata.exclude());
        assertEquals(
                "{\"category\":\"commerce\",\"tags\":[\"eu\",\"<b>\"],\"expiresAt\":\"2026-01-31T10:00:00Z\","
                        + "\"traceparent\":\"00-ab-cd-01\"}",
                shown(metadata));
        assertFalse(shown(metadata).contains("c-4"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'traceparent':7}",
                "{'traceparent':null}",
                "{'traceparent':''}",
                "{'traceparent':['00-ab-cd-01']}",
                "{'traceparent':'00-ab\\u0000-cd-01'}"
            })
    void aTraceparentThatNobodyCanReadIsLeftOut(String json) {
        assertEquals("{}", shown(read(json)));
        assertEquals("{}", shown(read("{'traceparent':'" + "0".repeat(6_000) + "'}")));
    }

    @ParameterizedTest
    @CsvSource({"0,LOW", "2,LOW", "3,NORMAL", "5,NORMAL", "6,HIGH", "8,HIGH", "9,CRITICAL", "'\"low\"',LOW"})
    void aPriorityIsAWordOrADigit(String json, Priority expected) {
        assertEquals(expected, read("{'priority':" + json + "}").priority());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/metadata/priority | {'priority':10}",
                "/metadata/priority | {'priority':-1}",
                "/metadata/priority | {'priority':1.5}",
                "/metadata/priority | {'priority':'HIGH'}",
                "/metadata/priority | {'priority':'9'}",
                "/metadata/priority | {'priority':null}",
                "/metadata/priority | {'priority':99999999999}",
                "/metadata/category | {'category':7}",
                "/metadata/category | {'category':''}",
                "/metadata/tags | {'tags':'eu'}",
                "/metadata/tags/1 | {'tags':['eu',1]}",
                "/metadata/expiresAt | {'expiresAt':'soon'}",
                "/metadata/expiresAt | {'expiresAt':1769853600}",
                "/metadata/expiresAt | {'expiresAt':'+999999999-12-31T23:59:59Z'}",
                "/metadata/expectedVersion | {'expectedVersion':-1}",
                "/metadata/expectedVersion | {'expectedVersion':1.5}",
                "/metadata/expectedVersion | {'expectedVersion':'3'}",
                "/metadata/expectedVersion | {'expectedVersion':99999999999999999999}",
                "/metadata/target | {'target':'staff'}",
                "/metadata/target/role | {'target':{'role':['staff']}}",
                "/metadata/target/roles | {'target':{'roles':'staff'}}",
                "/metadata/exclude/users/0 | {'exclude':{'users':[{}]}}",
                "/metadata/surprise | {'surprise':1}",
                "/metadata | []",
                "/metadata | 'text'",
                "/metadata | null"
            })
    void whatMakesNoSenseIsPointedAt(String pointer, String json) {
        refusedAt(pointer, () -> read(json));
    }

    @Test
    void listsHaveABound() {
        String twentyOne = "'x',".repeat(20) + "'x'";
        refusedAt("/metadata/tags", () -> read("{'tags':[" + twentyOne + "]}"));
        String hundredOne = "'x',".repeat(100) + "'x'";
        refusedAt("/metadata/target/users", () -> read("{'target':{'users':[" + hundredOne + "]}}"));
    }

    private static void refusedAt(String pointer, Executable attempt) {
        MillraceException refused = assertThrows(MillraceException.class, attempt);
        assertEquals(Failure.INVALID_EVENT, refused.failure());
        assertEquals(pointer, refused.details().get(0).pointer(), refused.getMessage());
    }

    /** With ' for ". */
    private static MetadataReader read(String json) {
        try {
            return MetadataReader.read(new ObjectMapper().readTree(json.replace('\'', '"')));
        } catch (JsonProcessingException notJson) {
            throw new AssertionError(notJson);
        }
    }

    private static String shown(MetadataReader metadata) {
        return new String(metadata.shown(), StandardCharsets.UTF_8);
    }
}
