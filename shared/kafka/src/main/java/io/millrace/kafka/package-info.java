/** What stages that read Kafka topics share. */
@NullMarked
package io.millrace.kafka;

import org.jspecify.annotations.NullMarked;
