package io.millrace.launcher.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenCommandTest extends CommandFixture {
    private static final String PACK =
            """
            domain: taxi
            namespaces: { rides: { stream: "ride:{data.rideId}", access: { claim: rides } } }
            types: { "ride:asked": { namespace: rides } }
            roles: { driver: { see: ["*"] }, admin: { see: ["*"] } }
            """;

    @SuppressWarnings("NullAway.Init")
    private Path pack;

    @BeforeEach
    void pack() throws IOException {
        pack = write("taxi.yaml", PACK);
    }

    private Run token(Object... more) {
        List<Object> all = new ArrayList<>(List.of("--conf", folder, "--pack", pack, "--data", folder, "--dev"));
        all.addAll(List.of(more));
        return run(new TokenCommand(), all.toArray());
    }

    @Test
    void aTokenThatIsPrintedWorks() {
        for (Object[] more : List.of(
                new Object[] {"--role", "driver"},
                new Object[] {"--role", "driver", "--role", "admin", "--hours", 87_600},
                new Object[] {"--role", "driver", "--claim", "rides=1,2", "--hours", 1, "--user", "ann"})) {
            Run run = token(more);
            assertEquals(0, run.exit(), run.err());
            assertEquals(3, run.out().strip().split("\\.").length, run.out());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "87601", "700000", "2147483647"})
    void hoursThatNoTokenCanHaveAreRefused(String hours) {
        Run run = token("--role", "driver", "--hours", hours);
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertEquals("--hours " + hours + ": not within 1 to 87600\n", run.err());
    }

    @ParameterizedTest
    @CsvSource({"drivr, driver", "Driver, driver", "amdin, admin"})
    void aRoleThatNoPackKnowsIsRefusedWithWhatWasMeant(String wrong, String meant) {
        Run run = token("--role", "driver", "--role", wrong);
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("--role " + wrong + ": no such role in the packs (admin, driver)"), run.err());
        assertTrue(run.err().endsWith("did you mean \"" + meant + "\"?\n"), run.err());
    }

    @Test
    void everyMistakeIsNamedAtOnce() {
        Run run = token(
                "--role",
                "manager",
                "--hours",
                0,
                "--claim",
                "ride=1",
                "--claim",
                "exp=1",
                "--claim",
                "rides=1,,2",
                "--user",
                " ");
        assertEquals(1, run.exit());
        for (String mistake : List.of(
                "--role manager: no such role",
                "--hours 0:",
                "--claim ride: no such claim that opens streams in the packs (rides)",
                "did you mean \"rides\"?",
                "--claim exp: that one is the token's own",
                "--claim rides: a key is empty",
                "--user: is empty")) {
            assertTrue(run.err().contains(mistake), () -> mistake + " in:\n" + run.err());
        }
    }

    @Test
    void aTokenThatNoServerTakesIsNotPrinted() {
        Run run = token("--role", "driver", "--claim", "rides=" + "x".repeat(9_000));
        assertEquals(1, run.exit());
        assertEquals("", run.out());
        assertTrue(run.err().startsWith("no server would take this token: "), run.err());
    }
}
