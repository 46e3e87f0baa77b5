package io.millrace.contracts;

import java.util.List;

/**
 * Entities in the order of their ids.
 *
 * @param complete whether there are none behind them
 */
public record EntitiesPage(List<StatePage.Entity> entities, boolean complete) {}
