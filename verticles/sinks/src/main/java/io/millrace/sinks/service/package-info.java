/** Microservices as sinks. */
@NullMarked
package io.millrace.sinks.service;

import org.jspecify.annotations.NullMarked;
