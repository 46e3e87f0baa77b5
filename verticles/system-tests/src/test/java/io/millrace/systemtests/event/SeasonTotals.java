package io.millrace.systemtests.event;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What a season comes to by its file alone: a wager on each match, in turn on home, draw and away. */
final class SeasonTotals {
    private static final BigDecimal FACTOR = new BigDecimal("2.50");
    final Map<String, BigDecimal> byDay = new TreeMap<>();
    final Map<String, BigDecimal> byMonth = new TreeMap<>();
    BigDecimal commission = BigDecimal.ZERO;
    int matches;

    static SeasonTotals ofFile(String season) throws IOException {
        SeasonTotals totals = new SeasonTotals();
        try (InputStream file = SeasonTotals.class.getResourceAsStream("/betting/" + season + ".csv")) {
            String text = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
            text.lines().skip(1).forEach(totals::add);
        }
        return totals;
    }

    private void add(String line) {
        String[] cells = line.split(",", -1);
        int difference = Integer.parseInt(cells[4]) - Integer.parseInt(cells[5]);
        int result = difference > 0 ? 0 : difference == 0 ? 1 : 2;
        BigDecimal stake = BigDecimal.valueOf(10 + matches % 7).setScale(2);
        BigDecimal kept =
                matches % 3 == result ? stake.subtract(stake.multiply(FACTOR).setScale(2)) : stake;
        byDay.merge(cells[1], kept, BigDecimal::add);
        byMonth.merge(cells[1].substring(0, 7) + "-01", kept, BigDecimal::add);
        commission = commission.add(stake.multiply(BettingScene.COMMISSION).setScale(2, RoundingMode.HALF_UP));
        matches++;
    }
}
