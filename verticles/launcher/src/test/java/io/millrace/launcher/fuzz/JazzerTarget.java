package io.millrace.launcher.fuzz;

/** What Jazzer calls, in a JVM of its own, for the target that {@code millrace.fuzz.target} names. */
public final class JazzerTarget {
    private static final FuzzTarget TARGET = FuzzTarget.valueOf(System.getProperty("millrace.fuzz.target", ""));

    private JazzerTarget() {}

    public static void fuzzerTestOneInput(byte[] input) {
        TARGET.read(input);
    }
}
