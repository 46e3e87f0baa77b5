package io.millrace.contracts.deadletter;

import java.util.List;

/** Acts about dead letters, newest first. */
public record DeadLetterActPage(List<DeadLetterAct> acts) {}
