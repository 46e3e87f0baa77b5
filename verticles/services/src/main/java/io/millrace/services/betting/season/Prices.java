package io.millrace.services.betting.season;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.Map;

/** Decimal odds by the form of two teams: their points in the matches so far. Belongs to one event loop. */
public final class Prices {
    /** How often home, draw and away come about between equals; the league's averages. */
    private static final double HOME = 0.46;

    private static final double DRAW = 0.26;
    /** Of the probability, for each point a match that one is better. */
    private static final double SHIFT = 0.13;

    private static final double LEAST = 0.06;
    /** What the house keeps in the long run. */
    private static final double MARGIN = 0.06;

    private static final int WIN = 3;

    private final Map<String, int[]> form = new HashMap<>();

    /** Decimal odds with two places, above 1. */
    public BigDecimal of(Match match, Pick pick) {
        double better = SHIFT * (average(match.home()) - average(match.away()));
        double home = Math.min(1 - DRAW - LEAST, Math.max(LEAST, HOME + better));
        double chance =
                switch (pick) {
                    case HOME -> home;
                    case DRAW -> DRAW;
                    case AWAY -> 1 - DRAW - home;
                };
        return BigDecimal.valueOf((1 - MARGIN) / chance).setScale(2, RoundingMode.DOWN);
    }

    private double average(String team) {
        int[] points = form.getOrDefault(team, new int[] {0, 0});
        return points[1] == 0 ? 0 : (double) points[0] / points[1];
    }

    /** The match is over. */
    public void learn(Match match) {
        add(match.home(), points(match, Pick.HOME));
        add(match.away(), points(match, Pick.AWAY));
    }

    private static int points(Match match, Pick side) {
        return match.result() == side ? WIN : match.result() == Pick.DRAW ? 1 : 0;
    }

    private void add(String team, int points) {
        int[] known = form.computeIfAbsent(team, name -> new int[2]);
        known[0] += points;
        known[1]++;
    }
}
