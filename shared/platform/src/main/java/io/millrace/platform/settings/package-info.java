/**
 * Settings: {@link io.millrace.platform.settings.Settings} is asked for each by name; where a value comes from is {@code
 * Sources}' affair, what it must look like {@code Settings}'.
 */
@NullMarked
package io.millrace.platform.settings;

import org.jspecify.annotations.NullMarked;
