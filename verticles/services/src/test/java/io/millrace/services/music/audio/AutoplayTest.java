package io.millrace.services.music.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AutoplayTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "Beats to relax to (LoFi mix), lofi hip hop",
        "Death Metal Classics, metal",
        "Rock Me Amadeus, rock",
        "Rocket Man, popular",
        "Symphony No. 5, classical",
        "Never Gonna Give You Up, popular"
    })
    void theGenreIsReadFromWholeWordsOfTheTitle(String title, String genre) {
        assertEquals(genre, Autoplay.genreOf(title));
    }

    @Test
    void uploadsOfOneSongHaveOnePlainTitle() {
        String plain = Autoplay.plain("Rick Astley - Never Gonna Give You Up");
        assertEquals(
                plain, Autoplay.plain("Rick Astley – Never Gonna Give You Up (Official Music Video) [4K Remaster]"));
        assertEquals(plain, Autoplay.plain("RICK ASTLEY never gonna give you up lyrics"));
        assertNotEquals(plain, Autoplay.plain("Rick Astley - Together Forever"));
    }

    @Test
    void tenMixedTracksAreFourOfTheArtistFourOfTheGenreAndTwoSimilar() {
        List<String> names = Autoplay.mixed(tracks("a"), tracks("g"), tracks("s")).stream()
                .map(track -> track.getString("name"))
                .toList();
        assertEquals(List.of("a0", "g0", "s0", "a1", "g1", "s1", "a2", "g2", "a3", "g3"), names);
        assertEquals(
                1,
                Autoplay.mixed(List.of(), tracks("g").subList(0, 1), List.of()).size());
    }

    private static List<JsonObject> tracks(String of) {
        return IntStream.range(0, 10)
                .mapToObj(i -> new JsonObject().put("name", of + i))
                .toList();
    }
}
