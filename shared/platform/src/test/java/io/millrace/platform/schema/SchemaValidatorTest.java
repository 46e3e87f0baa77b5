package io.millrace.platform.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.EventType;
import io.millrace.domain.yaml.InvalidConfigurationException;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaValidatorTest {
    @ParameterizedTest
    @CsvSource({
        "date-time, 2026-01-31T09:30:00Z, 2026-01-31 09:30:00Z",
        "date-time, 2026-01-31t09:30:00.123+01:00, 2026-01-31T09:30:00",
        "date-time, 2024-02-29T00:00:00-05:00, 2026-02-30T09:30:00Z",
        "date, 2026-01-31, 31.1.2026",
        "time, 09:30:00Z, 9:30",
        "duration, P1DT2H, 1d",
        "email, ann@example.com, ann at example.com",
        "hostname, a.example, -a_b",
        "ipv4, 10.0.0.1, 10.0.0.256",
        "ipv6, ::1, ::g",
        "uri, https://example.com/a?b, not a uri",
        "uri, urn:x:y, /relative",
        "uri-reference, /relative, a b",
        "uuid, 0192f0c4-7b1a-7000-8000-000000000000, 0192f0c4",
        "json-pointer, /a/b, a/b",
        "regex, a+, (a",
    })
    void aFormatIsChecked(String format, String right, String wrong) throws Exception {
        DomainModel domains = domains(format);
        SchemaValidator schemas = new SchemaValidator(domains);
        EventType type = Objects.requireNonNull(domains.type("a:b"));
        assertEquals(
                List.of(),
                schemas.check(type, new ObjectMapper().createObjectNode().put("v", right)));
        List<Detail> details =
                schemas.check(type, new ObjectMapper().createObjectNode().put("v", wrong));
        assertEquals(1, details.size(), details::toString);
        assertEquals("/data/v", details.get(0).pointer());
        assertTrue(details.get(0).message().contains(format), details::toString);
    }

    private static DomainModel domains(String format) throws InvalidConfigurationException {
        return DomainModel.parse(
                "p",
                "domain: d\nnamespaces: { n: { stream: n } }\ntypes: { \"a:b\": { namespace: n, schema: { properties: { v: {"
                        + " type: string, format: " + format + " } } } } }\n");
    }
}
