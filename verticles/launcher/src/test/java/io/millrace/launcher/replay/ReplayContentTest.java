package io.millrace.launcher.replay;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A file's content decides what is sent of it; nothing of it is skipped or changed in silence. */
class ReplayContentTest extends ReplayFixture {
    private static final String EACH_ROW =
            """
            source: shelf
            events:
              - type: stock:counted
                id: "{Id}"
                data: { productId: "{Thing}", count: "{Count}" }
            """;
    private static final String GROUPED =
            """
            source: till
            group: Receipt
            events:
              - type: order:created
                id: "{Receipt}"
                data: { lines: { each: "{Thing}" } }
            """;

    private static String lines(int from, int to, boolean ids) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(n -> "{" + (ids ? "\"id\":\"" + n + "\"," : "")
                        + "\"type\":\"a:b\",\"source\":\"s\",\"data\":{\"n\":" + n + "}}\n")
                .collect(Collectors.joining());
    }

    private static byte[] gzip(String content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }

    private Path bytes(String name, byte[]... parts) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        Arrays.stream(parts).forEach(all::writeBytes);
        return Files.write(folder.resolve(name), all.toByteArray());
    }

    /** What {@code data.n} of the events was that came since the last call. */
    private List<Integer> numbers() {
        List<Integer> numbers =
                server.taken.stream().map(event -> event.at("/data/n").asInt()).toList();
        server.taken.clear();
        return numbers;
    }

    private static List<Integer> from(int first, int last) {
        return IntStream.rangeClosed(first, last).boxed().toList();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void ofAFileThatGrewOnlyTheNewLinesAreSent(boolean ids) throws IOException {
        for (int count : new int[] {3, 4, 600, 601, 1500}) {
            int before = count == 3
                    ? 0
                    : (int) Files.lines(folder.resolve("log.ndjson")).count();
            assertEquals(0, replay(file("log.ndjson", lines(1, count, ids))), err::toString);
            assertEquals(from(before + 1, count), numbers());
        }
        assertEquals(0, replay(folder.resolve("log.ndjson")));
        assertEquals(List.of(), numbers());
        says("sent before, nothing to do");
        assertFalse(out.toString().contains("duplicates          1"), out::toString);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLastLineThatWasCorrectedIsSent(boolean ids) throws IOException {
        String head = lines(1, 20, ids);
        for (String last : List.of(
                "{\"type\":\"a:b\",\"da",
                "{\"type\":\"a:b\",\"data\":{\"n\":21}}",
                "{\"type\":\"a:b\",\"data\":{\"n\":22}}")) {
            replay(file("log.ndjson", head + last));
        }
        List<Integer> expected = new java.util.ArrayList<>(from(1, 20));
        expected.addAll(List.of(21, 22));
        assertEquals(expected, numbers());
        replay(file("log.ndjson", head + "{\"type\":\"a:b\",\"data\":{\"n\":22}}\n" + lines(23, 24, ids)));
        assertEquals(List.of(23, 24), numbers());
    }

    @Test
    void aCorrectedLineInTheMiddleIsSentAndTheOthersBehindItCountAsDuplicates() throws IOException {
        String content = lines(1, 100, true);
        replay(file("log.ndjson", content));
        numbers();
        replay(file("log.ndjson", content.replace("\"id\":\"90\",\"type\":\"a:b\"", "\"id\":\"9x\",\"type\":\"a:b\"")));

        assertTrue(server.takenIds().contains("9x"), server.takenIds()::toString);
        assertTrue(server.takenIds().size() < 50, "a mark near the change is enough");
        assertTrue(err.toString().contains("not what was sent before"), err::toString);
        says("1 committed");
    }

    @Test
    void linesWithoutIdsBehindAChangeAreRefusedBecauseTheyWouldBeDoubled() throws IOException {
        String content = lines(1, 100, false);
        replay(file("log.ndjson", content));
        numbers();
        Path changed = file("log.ndjson", content.replace("{\"n\":90}", "{\"n\":900}"));
        for (int again = 0; again < 2; again++) {
            assertEquals(1, replay(changed));
            assertEquals(List.of(), numbers());
            says("has no id, and the file has changed after line");
        }
        assertEquals(0, replay("--restart", changed));
        assertEquals(100, numbers().size());
    }

    @Test
    void theSameContentMakesTheSameIdsHoweverTheFileIsCalledOrPacked() throws IOException {
        String content = lines(1, 5, false);
        replay(file("a.ndjson", content));
        replay(bytes("a.ndjson.gz", gzip(content)));
        assertEquals(5, server.taken.size(), "packed since: known again");
        replay(file("b.ndjson", content.replace("\n", "\r\n")));
        replay(file("c.ndjson", "\uFEFF" + content));

        assertEquals(15, server.taken.size());
        assertEquals(server.takenIds().subList(0, 5), server.takenIds().subList(5, 10));
        assertEquals(server.takenIds().subList(0, 5), server.takenIds().subList(10, 15));
        replay(file("a.ndjson", lines(7, 8, false)));
        assertEquals(17, server.takenIds().stream().distinct().count() + 10, "another file under the same name");
    }

    @Test
    void aLineWithoutAnIdIsPostedUnchangedExceptForTheId() throws IOException {
        replay(file("a.ndjson", " {\"type\":\"a:b\",\"data\":{\"price\":1.10,\"big\":12345678901234567890.10}}\n"));
        assertEquals(
                "{\"price\":1.10,\"big\":12345678901234567890.10}",
                server.taken.get(0).path("data").toString());
        assertEquals(1, replay(file("b.ndjson", "{\"type\":\"a:b\",\"data\":{\"n\":1,\"n\":2}}\n")));
        says("line 1: no JSON: Duplicate field 'n'");
    }

    @Test
    void ofATableThatGrewOnlyTheNewRowsAreSent() throws IOException {
        Path mapping = file("m.yaml", EACH_ROW);
        String table = "Id,Thing,Count\n1,tea,1\n2,milk,2\n";
        replay("--mapping", mapping, file("t.csv", table));
        replay("--mapping", mapping, file("t.csv", table + "3,\"sal\nt\",3\n"));
        replay("--mapping", mapping, file("t.csv", table + "3,\"sal\nt\",3\n4,tea,4\n"));
        assertEquals(List.of("1", "2", "3", "4"), server.takenIds());
        replay("--mapping", mapping, file("t.csv", table + "3,\"sal\nt\",3\n5,tea,4\n"));
        assertEquals(List.of("1", "2", "3", "4", "5"), server.takenIds());
    }

    @Test
    void aGroupThatGrewIsSentWholeAndTheOthersAreNot() throws IOException {
        Path mapping = file("m.yaml", GROUPED);
        String table = "Receipt,Thing\nr1,tea\nr2,tea\nr2,milk\n";
        replay("--mapping", mapping, file("t.csv", table));
        replay("--mapping", mapping, file("t.csv", table + "r3,salt\n"));
        assertEquals(List.of("r1", "r2", "r3"), server.takenIds());
        replay("--mapping", mapping, file("t.csv", table + "r3,salt\nr3,oil\nr4,tea\n"));

        assertEquals(List.of("r1", "r2", "r3", "r3", "r4"), server.takenIds());
        assertEquals("[\"salt\",\"oil\"]", server.taken.get(3).at("/data/lines").toString());
    }

    @Test
    void bytesThatAreNotUtf8AreRefusedByRowAndByte() throws IOException {
        Path mapping = file("m.yaml", EACH_ROW);
        byte[] table = "Id,Thing,Count\n1,café,1\n2,tea,2\n3,\"caf\né\",3\n".getBytes(ISO_8859_1);
        assertEquals(1, replay("--mapping", mapping, bytes("t.csv", table)));
        assertEquals(List.of("2"), server.takenIds());
        says("row 1: byte 6 of it, 0xE9, is not UTF-8");
        says("row 3: byte 8 of it, 0xE9, is not UTF-8");

        String ok = lines(1, 2, true);
        assertEquals(
                1,
                replay(bytes(
                        "t.ndjson",
                        ok.getBytes(UTF_8),
                        new byte[] {'{', '"', (byte) 0xc3, '"'},
                        "\n".getBytes(UTF_8),
                        new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80})));
        says("line 3: byte 3 of it, 0xC3, is not UTF-8");
        says("line 4: byte 1 of it, 0xED, is not UTF-8");

        assertEquals(1, replay("--mapping", mapping, bytes("u.csv", "Id,Thing,Café\n".getBytes(ISO_8859_1))));
        assertTrue(err.toString().contains("the header: byte 13 of it, 0xE9, is not UTF-8"), err::toString);
    }

    @Test
    void aDamagedGzipMemberIsAnErrorThatSaysHowManyRowsWereSent() throws IOException {
        byte[] one = gzip(lines(1, 10, true));
        byte[] two = gzip(lines(11, 20, true));
        byte[] noHeader = two.clone();
        noHeader[0] = 'x';
        byte[] badData = two.clone();
        badData[12] ^= 0x55;
        byte[] badSum = two.clone();
        badSum[two.length - 6] ^= 1;
        byte[] cut = Arrays.copyOf(two, two.length / 2);
        int number = 0;
        for (byte[] second : List.of(noHeader, badData, badSum, cut, "rubbish".getBytes(UTF_8), new byte[] {0, 0, 7})) {
            server.taken.clear();
            Path file = bytes("f" + number++ + ".ndjson.gz", one, second);
            assertEquals(1, replay(file), () -> "case of " + file);
            assertTrue(server.takenIds().size() >= 10, server.takenIds()::toString);
            says(file + ": broken off after " + server.takenIds().size() + " rows were sent: ");
            says("gzip member ");
        }
        server.taken.clear();
        assertEquals(0, replay(bytes("whole.ndjson.gz", one, two, gzip(""), new byte[512])), out::toString);
        assertEquals(ids(1, 20), server.takenIds());
        server.taken.clear();
        Path mended = bytes("f0.ndjson.gz", one, two);
        assertEquals(0, replay(mended));
        assertEquals(ids(11, 20), server.takenIds());
    }

    @Test
    void aColumnThatIsNamedTwiceIsRefusedBeforeAnythingIsSent() throws IOException {
        Path mapping = file("m.yaml", EACH_ROW);
        Path good = file("good.csv", "Id,Thing,Count\n1,tea,1\n");
        Path twice = file("twice.csv", "Id,Thing,Count,Thing\n1,tea,1,milk\n");
        assertEquals(2, replay("--mapping", mapping, good, twice));
        assertTrue(err.toString().contains("twice.csv:1: columns 2 and 4 are both called Thing"), err::toString);
        assertEquals(0, server.requests());
        // Spreadsheets leave columns without a name behind; no mapping can mean them.
        assertEquals(
                0, replay("--mapping", mapping, file("blank.csv", "Id,Thing,Count,,\n1,tea,1,,\n")), err::toString);
    }

    @Test
    void aColumnThatIsCalledAsAValueOfTheMappingIsRefused() throws IOException {
        Path mapping = file("m.yaml", EACH_ROW + "values: { Count: { sum: Id } }\n");
        assertEquals(2, replay("--mapping", mapping, file("t.csv", "Id,Thing,Count\n1,tea,1\n")));
        assertTrue(err.toString().contains("Count is a column of the file and a value of the mapping"), err::toString);
    }

    @Test
    void aStrayQuoteNamesItsRowAndTheRestIsSent() throws IOException {
        Path mapping = file("m.yaml", EACH_ROW);
        String table =
                """
                Id,Thing,Count
                1,tea,1
                2,"milk" fresh,2
                3,"salt,3
                4,"oil, cold",4
                5,6" pan,5
                6,"two
                lines",6
                7,"never,7
                8,tea,8
                """;
        assertEquals(1, replay("--mapping", mapping, file("t.csv", table)));

        assertEquals(List.of("1", "4", "5", "6", "8"), server.takenIds());
        assertEquals("6\" pan", server.taken.get(2).at("/data/productId").asText());
        assertEquals("two\nlines", server.taken.get(3).at("/data/productId").asText());
        says("row 2: the quote that closes cell 2 is followed by something else than a comma");
        says("row 3: ");
        says("row 7: the quote that opens cell 2 is never closed");
        says("rows                 8  5 became events");
    }

    @Test
    void aQuoteThatIsNeverClosedDoesNotSwallowAFile() throws IOException {
        Path mapping = file("m.yaml", EACH_ROW);
        String rows = IntStream.rangeClosed(2, 300)
                .mapToObj(n -> n + "," + "tea".repeat(2_000) + ",1\n")
                .collect(Collectors.joining());
        assertEquals(1, replay("--mapping", mapping, file("t.csv", "Id,Thing,Count\n1,\"tea,1\n" + rows)));
        assertEquals(299, server.takenIds().size());
        says("row 1: the quote that opens cell 2 is never closed");
    }
}
