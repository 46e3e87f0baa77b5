package io.millrace.systemtests;

import io.millrace.testkit.Pipeline;
import org.junit.jupiter.api.Order;

/** The whole way split over four processes that find each other through Hazelcast. */
@Order(20)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class FourProcessesTest extends WholeWayTest {
    FourProcessesTest(Pipeline pipeline) {
        super(pipeline);
    }
}
