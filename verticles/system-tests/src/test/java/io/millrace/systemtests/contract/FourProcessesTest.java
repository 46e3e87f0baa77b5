package io.millrace.systemtests.contract;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.testkit.process.Pipeline;
import org.junit.jupiter.api.Order;

/** The whole way split over four processes that find each other through Hazelcast. */
@Order(20)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class FourProcessesTest extends EndToEndTest {
    FourProcessesTest(Pipeline pipeline) {
        super(pipeline);
    }
}
