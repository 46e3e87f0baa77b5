package io.millrace.platform.settings;

/**
 * A setting that was read.
 *
 * @param name the setting's path: {@code persistence.batch.max}
 * @param kind the kind of value and its unit: {@code whole number}, {@code duration}, {@code bytes}, {@code text},
 *     {@code list}, {@code true or false}, {@code one of …}, {@code secret}
 * @param fallback the default as it would be written; empty for none
 * @param range the allowed values, {@code 1 to 500}; empty for any
 */
public record SettingInfo(String name, String kind, String fallback, String range) {}
