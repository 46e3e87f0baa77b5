package io.millrace.services.betting.season;

import java.util.Locale;

/** What can be bet on: who wins. */
public enum Pick {
    HOME,
    DRAW,
    AWAY;

    /** As the table of wagers has it. */
    public String code() {
        return name().toLowerCase(Locale.ROOT);
    }
}
