package io.millrace.launcher.fuzz;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.filter.Filter;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.wire.Codec;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.ingest.parse.CloudEvents;
import io.millrace.ingest.parse.EnvelopeReader;
import io.millrace.mapping.Mapping;
import io.millrace.mapping.MappingException;
import io.millrace.mapping.MappingReader;
import io.millrace.mapping.RowGrouper;
import io.millrace.platform.auth.IssuerFiles;
import io.millrace.platform.auth.keys.KeyReader;
import io.millrace.platform.auth.keys.KeySettings;
import io.millrace.platform.delivery.ResumePoint;
import io.millrace.platform.http.Networks;
import io.millrace.platform.schema.MediaType;
import io.millrace.platform.schema.MetadataReader;
import io.millrace.platform.schema.SchemaValidator;
import io.millrace.platform.settings.Settings;
import io.vertx.core.MultiMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Whatever reads what others wrote. Each reads any bytes, or refuses them by an exception of its own; with good ones to start
 * from.
 */
enum FuzzTarget {
    BUS_RECORD(FuzzSeeds::records) {
        @Override
        void read(byte[] input) {
            if (input.length == 0) {
                return;
            }
            @SuppressWarnings("unchecked")
            Codec<Object> codec = (Codec<Object>)
                    Codec.all().get((input[0] & 0xFF) % Codec.all().size());
            try {
                byte[] again = codec.encode(codec.decode(Arrays.copyOfRange(input, 1, input.length)));
                if (!Arrays.equals(again, codec.encode(codec.decode(again)))) {
                    throw new AssertionError("is another one when it is written and read again");
                }
            } catch (IllegalArgumentException refused) {
                // No such record.
            }
        }
    },
    EVENT(() -> FuzzSeeds.texts(
            """
            {"id":"e-1","type":"order:created","source":"shop","timestamp":"2026-01-31T09:30:00.5Z",
             "data":{"total":1.5e3,"name":"\\u00e9\\ud83d\\ude00"},"metadata":{"priority":"high","ttl":60}}""",
            "[{\"id\":\"1\",\"type\":\"a:b\",\"data\":{}},{\"id\":\"2\",\"data\":[[]]}]")) {
        @Override
        void read(byte[] input) {
            refusable(() -> MetadataReader.read(
                    EnvelopeReader.one(input, 0, input.length, EnvelopeReader.Form.NATIVE).metadata));
            refusable(() -> EnvelopeReader.each(input, EnvelopeReader.Form.NATIVE, event -> {}));
        }
    },
    CLOUD_EVENT(() -> FuzzSeeds.texts(
            """
            {"specversion":"1.0","id":"1","source":"/shop","type":"order:created","time":"2026-01-31T09:30:00Z",
             "datacontenttype":"application/json","priority":"low","tags":"a,b","data":{"a":1}}""",
            "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"s\",\"type\":\"a:b\",\"data_base64\":\"e30=\"}]")) {
        @Override
        void read(byte[] input) {
            refusable(() -> EnvelopeReader.one(input, 0, input.length, EnvelopeReader.Form.CLOUDEVENTS));
            refusable(() -> EnvelopeReader.each(input, EnvelopeReader.Form.CLOUDEVENTS, event -> {}));
        }
    },
    CLOUD_EVENT_HEADERS(
            () -> FuzzSeeds.texts(
                    """
            ce-specversion: 1.0
            ce-id: %22a%22
            ce-source: /shop
            ce-type: order:created
            ce-priority: high
            ce-time: 2026-01-31T09:30:00Z
            content-type: application/json; charset=utf-8

            {"a":1}""")) {
        @Override
        void read(byte[] input) {
            String[] parts = new String(input, StandardCharsets.ISO_8859_1).split("\n\n", 2);
            MultiMap headers = MultiMap.caseInsensitiveMultiMap();
            for (String line : parts[0].split("\n", -1)) {
                String[] pair = line.split(": ", 2);
                var unused = headers.add(pair[0], pair[pair.length - 1]);
            }
            refusable(() -> CloudEvents.binary(headers, parts[parts.length - 1].getBytes(StandardCharsets.ISO_8859_1)));
            refusable(() -> MediaType.of("the body", headers.get("content-type")));
        }
    },
    FILTER(
            () -> FuzzSeeds.texts(
                    "{\"data.total\":{\"gte\":100,\"lt\":1e3},\"type\":\"order:created\"}",
                    "{\"or\":[{\"priority\":{\"gt\":\"low\"}},{\"not\":{\"data.a\":{\"in\":[1,\"x\",null,true]}}}]}",
                    "{\"and\":[{\"data.lines\":{\"prefix\":\"p\"}},{\"source\":{\"exists\":false}},{\"id\":{\"ne\":\"1\"}}]}")) {
        @Override
        void read(byte[] input) {
            refusable(() -> {
                Filter filter = Filter.parseText(utf8(input));
                filter.matches(EVENT_TREE);
                if (!filter.equals(Filter.parseText(utf8(input)))) {
                    throw new AssertionError("is another filter when it is read again");
                }
            });
        }
    },
    MESSAGE(() -> FuzzSeeds.texts(
            "{\"type\":\"subscribe\",\"id\":1,\"stream\":\"orders\",\"filter\":{\"data.a\":1},\"after\":\"k1:1\"}",
            "{\"type\":\"publish\",\"id\":\"x\",\"event\":{\"a\":[1.50,\"\\ud83d\\ude00\"]}}")) {
        @Override
        void read(byte[] input) {
            refusable(() -> ClientJson.split("it", utf8(input), "event"));
            refusable(() -> ClientJson.object("it", input));
            ClientJson.memberOfUnreadable(utf8(input), "id");
            refusable(() -> ResumePoint.parse(utf8(input)));
        }
    },
    MERGE_PATCH(() -> FuzzSeeds.texts("{\"a\":{\"b\":1,\"c\":null},\"d\":[1,2]}")) {
        @Override
        void read(byte[] input) {
            refusable(() -> {
                var patch = ClientJson.object("it", input);
                var merged = Json.merge(Json.merge(null, patch), patch);
                if (!Json.merge(merged, Json.diff(merged, patch)).equals(patch) && !hasNull(patch)) {
                    throw new AssertionError("a difference that doesn't lead there");
                }
            });
        }
    },
    PACK(() -> FuzzSeeds.files("conf/domains/shop.yaml", "conf/domains/guilds.yaml", "conf/domains/game.yaml")) {
        @Override
        void read(byte[] input) {
            refusable(() -> {
                DomainModel model = DomainModel.parse("pack.yaml", utf8(input));
                SchemaValidator schemas = new SchemaValidator(model);
                model.types().forEach(type -> schemas.check(type, EVENT_TREE));
            });
        }
    },
    MAPPING(() -> FuzzSeeds.files("conf/replay/online-retail.yaml")) {
        @Override
        void read(byte[] input) {
            refusable(() -> {
                Mapping mapping = MappingReader.parse("mapping.yaml", utf8(input));
                mapping.checkColumns(List.copyOf(COLUMNS.keySet()));
                RowGrouper rows = new RowGrouper(COLUMNS, mapping, 0);
                for (String[] row : ROWS) {
                    rows.add(row);
                }
                for (var group = rows.poll(true); group != null; group = rows.poll(true)) {
                    mapping.skipReason(group);
                    mapping.toEvents(group);
                }
            });
        }
    },
    ISSUER(
            () -> FuzzSeeds.texts(
                    """
            issuer: https://id.example/realms/shop
            audience: millrace
            keys:
              - { secret: KEY, kid: one }
              - { jwks: "https://id.example/keys" }
              - { discovery: true }
            claims:
              user: preferred_username
              roles: [realm_access.roles, "resource_access.millrace.roles"]
              sub: "https://shop.example/id"
            rename: { shop-staff: staff }
            everyone: customer
            prefix: "k-"
            """)) {
        @Override
        void read(byte[] input) {
            try {
                Path folder = Files.createTempDirectory("issuers");
                Path file = Files.write(folder.resolve("issuer.yaml"), input);
                List<ConfigurationError> problems = new ArrayList<>();
                new IssuerFiles(
                                Map.of("KEY", "a secret of the tests' own, 32 b"),
                                KeySettings.DEFAULTS,
                                Set.of("staff", "customer"),
                                Set.of("sub"),
                                true,
                                problems)
                        .read(folder);
                Files.delete(file);
                Files.delete(folder);
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    },
    KEYS(FuzzSeeds::keys) {
        @Override
        void read(byte[] input) {
            try {
                KeyReader.read(utf8(input), "k");
            } catch (IllegalArgumentException refused) {
                // It says why.
            }
        }
    },
    SETTINGS(() -> FuzzSeeds.texts("http:\n  host: 0.0.0.0\n  slow: 10s\nlimits: [1, 2]\nsize: 64KiB\n# a remark\n")) {
        @Override
        void read(byte[] input) {
            try {
                Path file = Files.createTempFile("settings", ".yaml");
                Files.write(file, input);
                refusable(() -> {
                    Settings settings = Settings.load(file, Map.of(), Map.of());
                    settings.integer("limits", 1, 0, 5);
                    settings.texts("http.host", List.of());
                    settings.bytes("size", 1, 0, 1 << 20);
                    settings.check();
                });
                Files.delete(file);
            } catch (IOException broken) {
                throw new UncheckedIOException(broken);
            }
        }
    },
    ADDRESS(() -> FuzzSeeds.texts("10.0.0.0/8", "::ffff:10.0.0.1/120", "fe80::1%eth0")) {
        @Override
        void read(byte[] input) {
            try {
                new Networks(List.of(utf8(input))).contains(new byte[4]);
            } catch (IllegalArgumentException refused) {
                // It says why.
            }
        }
    };

    private static final JsonNode EVENT_TREE = JsonNodeFactory.instance
            .objectNode()
            .put("id", "1")
            .put("type", "order:created")
            .put("priority", "high")
            .set("data", JsonNodeFactory.instance.objectNode().put("total", 1).put("orderId", "o-1"));

    private static final Map<String, Integer> COLUMNS = Map.of(
            "InvoiceNo",
            0,
            "StockCode",
            1,
            "Description",
            2,
            "Quantity",
            3,
            "InvoiceDate",
            4,
            "UnitPrice",
            5,
            "CustomerID",
            6,
            "Country",
            7);
    private static final List<String[]> ROWS = List.of(
            "536365,85123A,HEART,6,2010-12-01T08:26:00Z,2.55,17850,United Kingdom".split(","),
            "536365,71053,LANTERN,-6,2010-12-01T08:26:00Z,3.39,17850,United Kingdom".split(","),
            "C536366,71053,,1e3,2010-12-01,x,,".split(",", -1));

    private final Supplier<List<byte[]>> seeds;

    FuzzTarget(Supplier<List<byte[]>> seeds) {
        this.seeds = seeds;
    }

    /** Reads it, or refuses it as it may; whatever is thrown is a fault. */
    abstract void read(byte[] input);

    List<byte[]> seeds() {
        return seeds.get();
    }

    private interface Reading {
        void run() throws InvalidConfigurationException;
    }

    private static void refusable(Reading reading) {
        try {
            reading.run();
        } catch (MillraceException | InvalidConfigurationException | MappingException refused) {
            // In words of ours.
            if (refused.getMessage() == null) {
                throw new AssertionError("refused without a reason", refused);
            }
        }
    }

    private static boolean hasNull(JsonNode tree) {
        if (tree.isNull()) {
            return true;
        }
        for (JsonNode child : tree) {
            if (hasNull(child)) {
                return true;
            }
        }
        return false;
    }

    private static String utf8(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }
}
