package io.millrace.testkit.client;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What no answer to a client may hold: names of classes and packages, exceptions, traces. */
public final class InternalDetails {
    private static final Pattern INSIDE = Pattern.compile(
            "(com|java|io)\\.[a-z]+\\.|io\\.(millrace|vertx)|Exception|jackson|Stream(Read|Constr)|Feature"
                    + "|\\bnull\\b.*because|(\\t|\\\\t)at ");

    private InternalDetails() {}

    /** The first of them that a text holds; empty if it is harmless. */
    public static String in(String text) {
        Matcher found = INSIDE.matcher(text);
        return found.find() ? "\"" + found.group() + "\" in " + text : "";
    }
}
