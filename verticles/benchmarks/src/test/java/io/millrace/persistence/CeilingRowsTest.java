package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.persistence.store.CommitSql;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class CeilingRowsTest {
    @Test
    void theBenchmarkGivesTheCommitStatementEachOfItsParameters() {
        int expected = Pattern.compile("\\$(\\d+)")
                .matcher(CommitSql.WRITE)
                .results()
                .mapToInt(parameter -> Integer.parseInt(parameter.group(1)))
                .max()
                .orElseThrow();

        assertEquals(
                expected, new CeilingRows("c-", 1, "bench:update").next(2, true).size());
        assertEquals(
                expected,
                new CeilingRows("c-", 1, "bench:update").next(2, false).size());
    }
}
