package io.millrace.services.betting.season;

import java.time.LocalDate;

/**
 * One match and how it ended.
 *
 * @param round the matchday, from 1
 */
public record Match(int round, LocalDate date, String home, String away, int homeGoals, int awayGoals) {

    /** Who won. */
    public Pick result() {
        return homeGoals > awayGoals ? Pick.HOME : homeGoals < awayGoals ? Pick.AWAY : Pick.DRAW;
    }
}
