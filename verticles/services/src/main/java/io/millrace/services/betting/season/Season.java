package io.millrace.services.betting.season;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.List;

/** The matches of a season that is among the resources: 2012-13, 2013-14 or 2014-15 of the English Premier League. */
public final class Season {
    private Season() {}

    /** In the order of the file: by matchday. */
    public static List<Match> matches(String season) {
        try (InputStream file = Season.class.getResourceAsStream("/betting/" + season + ".csv")) {
            if (file == null) {
                throw new IllegalArgumentException("there is no season " + season);
            }
            String text = new String(file.readAllBytes(), StandardCharsets.UTF_8);
            return text.lines().skip(1).map(Season::match).toList();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private static Match match(String line) {
        String[] cells = line.split(",", -1);
        return new Match(
                Integer.parseInt(cells[0]),
                LocalDate.parse(cells[1]),
                cells[2],
                cells[3],
                Integer.parseInt(cells[4]),
                Integer.parseInt(cells[5]));
    }
}
