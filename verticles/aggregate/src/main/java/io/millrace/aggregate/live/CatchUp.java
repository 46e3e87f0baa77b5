package io.millrace.aggregate.live;

/**
 * How far a new KPI is in the history that there was when it began.
 *
 * @param counted events of its streams that it has passed
 * @param of how many there were
 */
record CatchUp(long counted, long of) {}
