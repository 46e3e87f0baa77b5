package io.millrace.services.music.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlaybackErrorTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            useHeadersInDisplayName = true,
            delimiter = '|',
            textBlock =
                    """
                    message                                         | severity   | type           | retryable | told as
                    This video is unavailable                       | common     | UNAVAILABLE    | false     | info
                    Video has been removed by the uploader          | common     | UNAVAILABLE    | false     | info
                    This is a private video                         | common     | PRIVATE        | false     | info
                    This video is private                           | common     | PRIVATE        | false     | info
                    Sign in to confirm your age                     | common     | AGE_RESTRICTED | false     | info
                    Not available in your country                   | common     | REGION_BLOCKED | false     | info
                    Invalid status code: 429                        | suspicious | RATE_LIMITED   | true      | warning
                    Read timed out                                  | suspicious | NETWORK        | true      | warning
                    Connection reset                                | fault      | NETWORK        | true      | warning
                    the track is stuck                              | common     | STUCK          | true      | warning
                    Something broke when playing the track.         | fault      | FAULT          | true      | error
                    Something went wrong while looking up the track | suspicious | FAULT          | true      | error
                    Unknown file format                             | common     | UNKNOWN        | false     | info
                    """)
    void anExceptionIsOfOneKind(String message, String severity, String type, boolean retryable, String told) {
        PlaybackError error = PlaybackError.of(message, severity);
        assertEquals(type, error.type());
        assertEquals(retryable, error.retryable());
        assertEquals(told, error.severity());
    }
}
