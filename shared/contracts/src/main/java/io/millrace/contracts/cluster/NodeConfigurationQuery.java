package io.millrace.contracts.cluster;

/** Asks a node for the settings that it runs with. */
public record NodeConfigurationQuery() {}
