/** Alerts that are on: told to operators once, and again when they end; what operators did about them. */
@NullMarked
package io.millrace.persistence.alert;

import org.jspecify.annotations.NullMarked;
