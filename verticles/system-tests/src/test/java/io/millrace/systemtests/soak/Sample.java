package io.millrace.systemtests.soak;

/**
 * One value at one time.
 *
 * @param seconds since the run began
 * @param of the process or server
 * @param life the process's id, which is another after a restart; 0 of a server, whose data outlive it
 */
record Sample(double seconds, Line line, String of, long life, double value) {}
