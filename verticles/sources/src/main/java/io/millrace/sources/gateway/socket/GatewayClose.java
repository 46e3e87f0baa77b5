package io.millrace.sources.gateway.socket;

import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * How a connection ended.
 *
 * @param why for an operator
 * @param waitMs how long the gateway wants no other
 */
public record GatewayClose(Then then, String why, long waitMs) {
    private static final long LEAST_MS = 1_000;
    private static final long MORE_MS = 4_000;

    /** What is to be done after it. */
    public enum Then {
        /** The session goes on at the next connection. */
        RESUME,
        /** As above, and what came last can't be read. */
        RESUME_UNREADABLE,
        /** The session is over. */
        IDENTIFY,
        /** Another connection would end in the same way: an operator has to change something. */
        STOP
    }

    static GatewayClose resume(String why) {
        return new GatewayClose(Then.RESUME, why, 0);
    }

    static GatewayClose unreadable(String what) {
        return new GatewayClose(Then.RESUME_UNREADABLE, "the gateway sent what can't be read: " + what, 0);
    }

    /** By an invalid session: a new one is to begin after 1 to 5 s. */
    static GatewayClose invalid(boolean resumable) {
        String said = "the gateway called the session invalid";
        return resumable
                ? resume(said)
                : new GatewayClose(
                        Then.IDENTIFY,
                        said,
                        LEAST_MS + ThreadLocalRandom.current().nextLong(MORE_MS));
    }

    /**
     * By the code of the gateway's close frame.
     *
     * @param code null if there was none
     */
    static GatewayClose of(@Nullable Short code, @Nullable String reason) {
        if (code == null) {
            return resume("the connection broke");
        }
        String said = "the gateway closed the connection with " + code
                + (reason == null || reason.isBlank() ? "" : " (" + reason + ")");
        return switch ((int) code) {
            case 4004 -> stop(said, "it refuses the token: make a new one, and put it into the variable");
            case 4010 -> stop(said, "it refuses the number of the shard: look at shards");
            case 4011 -> stop(said, "the bot is in too many guilds for as many connections: raise shards");
            case 4012 -> stop(said, "it doesn't speak the version 10 of the protocol any more: Millrace is too old");
            case 4013 -> stop(said, "it doesn't know some of the intents: look at intents");
            case 4014 ->
                stop(
                        said,
                        "the bot may not have some of the intents: enable them in Discord's developer"
                                + " portal, or take them out of intents");
            case 4007, 4009 -> new GatewayClose(Then.IDENTIFY, said, 0);
            default -> resume(said);
        };
    }

    private static GatewayClose stop(String said, String todo) {
        return new GatewayClose(Then.STOP, todo + "; then restart the node. " + said, 0);
    }
}
