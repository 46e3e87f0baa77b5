package io.millrace.services.betting.demo;

import io.millrace.services.betting.Bookmaker.Slip;
import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Pick;
import io.millrace.services.betting.season.Prices;
import java.math.BigDecimal;
import java.time.OffsetDateTime;
import java.util.Random;

/** What people bet: mostly little, mostly on the home side, and now and then much. Belongs to one event loop. */
final class Slips {
    private static final int LITTLE = 5;
    private static final int MOST = 45;
    private static final int MUCH = 500;
    private static final int MUCH_MORE = 400;
    private static final double HOME = 0.5;
    private static final double AWAY = 0.35;

    private final Random random;
    private final Prices prices;

    Slips(Random random, Prices prices) {
        this.random = random;
        this.prices = prices;
    }

    /** @param large whether the stake is one that the house wants to know of */
    Slip next(String id, String fixture, Match match, boolean large, OffsetDateTime at) {
        double chance = random.nextDouble();
        Pick pick = chance < HOME ? Pick.HOME : chance < HOME + AWAY ? Pick.AWAY : Pick.DRAW;
        return new Slip(id, fixture, customer(), pick, prices.of(match, pick), stake(large), at);
    }

    String customer() {
        return Customers.IDS.get(random.nextInt(Customers.IDS.size()));
    }

    BigDecimal stake(boolean large) {
        int whole = large ? MUCH + random.nextInt(MUCH_MORE) : LITTLE + random.nextInt(MOST);
        return BigDecimal.valueOf(whole);
    }
}
