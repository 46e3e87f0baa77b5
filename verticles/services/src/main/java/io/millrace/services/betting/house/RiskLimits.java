package io.millrace.services.betting.house;

import java.math.BigDecimal;

/**
 * When the house wants to be told.
 *
 * @param stakes of one customer within five minutes
 * @param liability what one wager may cost beyond its stake
 */
public record RiskLimits(BigDecimal stakes, BigDecimal liability) {}
