package io.millrace.ingest.parse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.platform.schema.CloudEventMetadata;
import io.millrace.platform.schema.MediaType;
import io.vertx.core.MultiMap;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads CloudEvents 1.0.2 into the native form: {@code time} is {@code timestamp}, some extensions are
 * {@code metadata}. An attribute that is null is missing (JSON format, 2.2); {@code id}, {@code source}, {@code type}
 * and {@code specversion} are required: without the sender's id, a repeated event would be another one.
 */
public final class CloudEvents {
    public static final String STRUCTURED = "application/cloudevents+json";
    public static final String BATCHED = "application/cloudevents-batch+json";
    static final String DATA_BASE64 = "data_base64";
    private static final String PREFIX = "ce-";
    private static final Pattern NAME = Pattern.compile("[a-z0-9]+");

    private CloudEvents() {}

    /** Whether a request is in the binary form, valid or not. */
    public static boolean binary(MultiMap headers) {
        return headers.contains("ce-specversion")
                || headers.contains("ce-id")
                || headers.contains("ce-type")
                || headers.contains("ce-source");
    }

    /** The binary form: attributes in {@code ce-*} headers, the body is the data. */
    public static RawEvent binary(MultiMap headers, byte[] body) {
        RawEvent draft = new RawEvent();
        try {
            read(draft, headers);
            draft.data = EnvelopeReader.value("the body", body);
            draft.dataBytes = JsonSanitizer.oneLine(body, 0, body.length);
            complete(draft);
        } catch (MillraceException wrong) {
            draft.wrong = wrong;
        }
        return draft;
    }

    private static void read(RawEvent draft, MultiMap headers) {
        for (Map.Entry<String, String> header : headers) {
            String name = header.getKey().toLowerCase(Locale.ROOT);
            if (name.startsWith(PREFIX)) {
                String attribute = name.substring(PREFIX.length());
                if (attribute.equals("datacontenttype")) {
                    throw invalid(attribute, "has no header of its own: it is the Content-Type");
                }
                attribute(
                        draft,
                        attribute,
                        JsonNodeFactory.instance.textNode(CloudEventHeader.of(attribute, header.getValue())));
            }
        }
    }

    /** Reads one attribute of the structured form, or {@code data_base64}. */
    static void attribute(RawEvent draft, String name, JsonNode value) {
        if (!NAME.matcher(name).matches() && !name.equals(DATA_BASE64)) {
            throw invalid(name, "is not the name of an attribute: those are of a-z and 0-9");
        }
        if (name.equals("data")) {
            throw invalid(name, "can't be an attribute");
        }
        if (draft.attributes.putIfAbsent(name, value) != null) {
            throw invalid(name, "is there twice");
        }
        if (value.isNull()) {
            return;
        }
        switch (name) {
            case "specversion" -> requireVersion(text(name, value));
            case "id" -> draft.id = text(name, value);
            case "type" -> draft.type = text(name, value);
            case "source" -> draft.source = uri(name, value);
            case "time" -> draft.timestamp = text(name, value);
            case "subject" -> text(name, value);
            case "dataschema" -> uri(name, value);
            case "datacontenttype" -> requireJson(text(name, value));
            case DATA_BASE64 -> dataOf(draft, text(name, value));
            default -> CloudEventMetadata.read(name, value, draft::meta);
        }
    }

    /** Checks at the end that all required attributes are present. */
    static void complete(RawEvent draft) {
        for (String name : List.of("specversion", "id", "source", "type")) {
            JsonNode value = draft.attributes.get(name);
            if (value == null || value.isNull()) {
                throw invalid(name, "is missing: a CloudEvent has specversion, id, source and type");
            }
        }
    }

    /** Translates the places of mistakes to the sender's names. */
    public static MillraceException renamed(MillraceException refused) {
        List<Detail> details = refused.details().stream()
                .map(detail -> new Detail(renamed(detail.pointer()), detail.message()))
                .toList();
        String message = refused.getMessage();
        for (int i = 0; i < details.size(); i++) {
            message = message.replace(
                    refused.details().get(i).pointer() + " ", details.get(i).pointer() + " ");
        }
        return new MillraceException(refused.failure(), message, details);
    }

    private static String renamed(String pointer) {
        return pointer.equals("/timestamp")
                ? "/time"
                : pointer.startsWith("/metadata/")
                        ? pointer.substring("/metadata".length()).toLowerCase(Locale.ROOT)
                        : pointer;
    }

    private static void requireVersion(String version) {
        if (!version.equals("1.0")) {
            throw invalid("specversion", "is " + version + "; this is CloudEvents 1.0");
        }
    }

    private static void requireJson(String contentType) {
        if (!MediaType.of("datacontenttype", contentType).json()) {
            throw new MillraceException(
                    Failure.UNSUPPORTED_MEDIA_TYPE,
                    "datacontenttype is " + contentType + "; only JSON data is taken: application/json or …+json");
        }
    }

    private static void dataOf(RawEvent draft, String base64) {
        if (draft.data != null) {
            throw invalid(DATA_BASE64, "stands beside data; an event has one of them");
        }
        byte[] bytes;
        try {
            bytes = EnvelopeReader.withoutMark(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException wrong) {
            throw invalid(DATA_BASE64, "is not Base64 (RFC 4648)");
        }
        try {
            draft.data = EnvelopeReader.value("its content", bytes);
        } catch (MillraceException notJson) {
            throw invalid(DATA_BASE64, "is not JSON: " + notJson.getMessage());
        }
        draft.dataBytes = JsonSanitizer.oneLine(bytes, 0, bytes.length);
    }

    private static String text(String name, JsonNode value) {
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw invalid(name, "must be a string that isn't empty");
        }
        return value.asText();
    }

    private static String uri(String name, JsonNode value) {
        String text = text(name, value);
        try {
            URI unused = new URI(text);
            return text;
        } catch (URISyntaxException wrong) {
            throw invalid(name, "is not a URI reference (RFC 3986)");
        }
    }

    private static MillraceException invalid(String name, String what) {
        return MillraceException.invalidEvent(EnvelopeReader.pointer(name), what);
    }
}
