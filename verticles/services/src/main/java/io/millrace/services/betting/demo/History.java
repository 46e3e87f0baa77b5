package io.millrace.services.betting.demo;

import io.millrace.services.betting.Bookmaker;
import io.millrace.services.betting.season.Match;
import io.millrace.services.betting.season.Prices;
import io.vertx.core.Future;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;

/**
 * What has happened before the demo: a matchday of the season on each of the last days, and one today. It lies in the tables
 * when Millrace first reads them.
 */
final class History {
    static final int DAYS = 30;
    private static final int WAGERS = 3;
    private static final int SETTLED_AT = 20;

    private final Bookmaker bookmaker;
    private final Slips slips;
    private final Prices prices;
    private final OffsetDateTime now;

    History(Bookmaker bookmaker, Slips slips, Prices prices, OffsetDateTime now) {
        this.bookmaker = bookmaker;
        this.slips = slips;
        this.prices = prices;
        this.now = now;
    }

    /** @param season the matches by matchday, of which as many are played as there are days */
    Future<Void> write(List<Match> season) {
        Future<Void> written = Future.succeededFuture();
        for (Match match : season) {
            if (match.round() <= DAYS + 1) {
                String fixture = "past-" + season.indexOf(match);
                OffsetDateTime end = end(match.round());
                written = written.compose(before -> play(fixture, match, end));
            }
        }
        return written;
    }

    /** In the evening; today's in the time that there was. */
    private OffsetDateTime end(int round) {
        if (round <= DAYS) {
            return now.truncatedTo(ChronoUnit.DAYS).minusDays(DAYS + 1 - round).plusHours(SETTLED_AT);
        }
        OffsetDateTime midnight = now.truncatedTo(ChronoUnit.DAYS);
        return midnight.plus(Duration.between(midnight, now).dividedBy(2));
    }

    private Future<Void> play(String fixture, Match match, OffsetDateTime end) {
        Future<Void> played = bookmaker.schedule(fixture, match, end);
        for (int i = 1; i <= WAGERS; i++) {
            String id = fixture + "-" + i;
            played = played.compose(before -> bookmaker.place(slips.next(id, fixture, match, false, end)))
                    .mapEmpty();
        }
        return played.compose(placed -> {
            prices.learn(match);
            return bookmaker.finish(fixture, match, end);
        });
    }
}
