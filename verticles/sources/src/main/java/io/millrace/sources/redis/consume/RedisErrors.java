package io.millrace.sources.redis.consume;

import io.millrace.platform.tls.TlsErrors;
import java.util.Locale;

/** What Redis, or the way to it, refuses: in words that tell an operator what to do. */
final class RedisErrors {
    private RedisErrors() {}

    /** @param address for the message; it has no password */
    static IllegalStateException told(String address, Throwable error) {
        String certificate = TlsErrors.words(error);
        return new IllegalStateException(
                certificate == null
                        ? words(address, String.valueOf(error.getMessage()))
                        : "Redis at " + address + " " + certificate,
                error);
    }

    private static String words(String address, String error) {
        String code = error.split(" ", 2)[0];
        return switch (code) {
            case "NOAUTH" ->
                "Redis at " + address + " wants a password: name its environment variable in password (" + error + ")";
            case "WRONGPASS" ->
                "Redis at " + address + " refuses the user or the password: look at uri and password (" + error + ")";
            case "NOPERM" ->
                "Redis at " + address + " doesn't permit it: ACL SETUSER gives the user what it needs (" + error + ")";
            case "WRONGTYPE" -> "a key that is named in streams is no stream at " + address + " (" + error + ")";
            case "MOVED", "CLUSTERDOWN", "CROSSSLOT" ->
                "Redis at " + address + " is one node of a cluster, which has not all that the source names: name the"
                        + " node that has it (" + error + ")";
            case "LOADING", "MASTERDOWN" -> "Redis at " + address + " is not ready yet (" + error + ")";
            case "READONLY" ->
                "Redis at " + address + " is a replica, on which a group can't be read: name the primary (" + error
                        + ")";
            default -> "Redis at " + address + " doesn't answer: " + plain(error);
        };
    }

    private static String plain(String error) {
        return error.toLowerCase(Locale.ROOT).contains("timeout") ? "nothing came in time" : error;
    }

    /** Whether a stream, or its group, isn't there any more. */
    static boolean isGone(Throwable error) {
        String message = String.valueOf(error.getMessage());
        return message.startsWith("NOGROUP") || message.startsWith("UNBLOCKED");
    }
}
