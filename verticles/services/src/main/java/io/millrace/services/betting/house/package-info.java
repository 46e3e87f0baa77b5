/** What the house does about its events: risk, commissions, payments. */
@NullMarked
package io.millrace.services.betting.house;

import org.jspecify.annotations.NullMarked;
