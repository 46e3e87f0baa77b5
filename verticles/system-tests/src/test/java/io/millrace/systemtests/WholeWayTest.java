package io.millrace.systemtests;

import io.millrace.testkit.Pipeline;

/**
 * An event's way from its sender to whoever may see it, over real sockets and servers: the same contract however the
 * stages are spread over processes.
 */
abstract class WholeWayTest implements WaysInContract, BusContract, ReadsContract, SubscriptionsContract, KpisContract {
    private final Pipeline pipeline;

    WholeWayTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Override
    public Pipeline pipeline() {
        return pipeline;
    }
}
