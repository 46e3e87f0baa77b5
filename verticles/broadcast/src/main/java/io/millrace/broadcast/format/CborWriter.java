package io.millrace.broadcast.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.util.Base64;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The compact form in CBOR: a sequence of messages (RFC 8742). A UUID and a sealed position are byte strings. Values are as
 * JSON's: a number is a double if that has all its digits, else a decimal fraction.
 */
final class CborWriter extends PayloadWriter {
    private static final CBORFactory CBOR = CBORFactory.builder()
            .enable(CBORGenerator.Feature.WRITE_MINIMAL_DOUBLES)
            .build();
    /** For JSON of our own. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .build();

    /** The digits that a double always has. */
    private static final int DOUBLE_DIGITS = 15;

    private static final String SEALED = "s.";

    private CborWriter(JsonGenerator cbor, ByteArrayOutputStream bytes, StreamNumbers.@Nullable Numbered stream) {
        super(cbor, bytes, stream);
    }

    static CborWriter of(StreamNumbers.@Nullable Numbered stream) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try {
            return new CborWriter(CBOR.createGenerator(bytes), bytes, stream);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    @Override
    void value(byte[] known) throws IOException {
        try (JsonParser parser = JSON.createParser(known)) {
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                switch (token) {
                    case START_OBJECT -> json.writeStartObject();
                    case END_OBJECT -> json.writeEndObject();
                    case START_ARRAY -> json.writeStartArray();
                    case END_ARRAY -> json.writeEndArray();
                    case FIELD_NAME -> json.writeFieldName(parser.currentName());
                    case VALUE_STRING -> json.writeString(parser.getText());
                    case VALUE_NUMBER_INT -> integer(parser);
                    case VALUE_NUMBER_FLOAT -> fraction(parser.getText());
                    case VALUE_TRUE -> json.writeBoolean(true);
                    case VALUE_FALSE -> json.writeBoolean(false);
                    default -> json.writeNull();
                }
            }
        }
    }

    private void integer(JsonParser parser) throws IOException {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            json.writeNumber(parser.getBigIntegerValue());
        } else if (parser.getText().equals("-0")) {
            json.writeNumber(-0.0);
        } else {
            json.writeNumber(parser.getLongValue());
        }
    }

    private void fraction(String text) throws IOException {
        double nearest = Double.parseDouble(text);
        boolean few = text.length() <= DOUBLE_DIGITS && text.indexOf('e') < 0 && text.indexOf('E') < 0;
        if (few || new BigDecimal(text).compareTo(new BigDecimal(Double.toString(nearest))) == 0) {
            json.writeNumber(nearest);
        } else {
            json.writeNumber(new BigDecimal(text));
        }
    }

    @Override
    void id(UUID uuid) throws IOException {
        json.writeBinary(CompactJsonWriter.bytes(uuid));
    }

    @Override
    void id(String text) throws IOException {
        json.writeString(text);
    }

    @Override
    void positionText(String position) throws IOException {
        if (position.startsWith(SEALED)) {
            json.writeBinary(Base64.getUrlDecoder().decode(position.substring(SEALED.length())));
        } else {
            json.writeString(position);
        }
    }
}
