package io.millrace.postgres.lease;

import io.millrace.platform.delivery.SystemAlerts;
import io.vertx.core.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells operators that a task fails: once until it has run again, on whichever node, since that is remembered with the lease.
 * A crash between the two makes it two. Belongs to the event loop of the task's slot.
 */
final class FailureAlert {
    private static final Logger LOG = LoggerFactory.getLogger(FailureAlert.class);

    private final Leases leases;
    private final SystemAlerts alerts;
    private final String component;
    private boolean telling;

    FailureAlert(Leases leases, String task, SystemAlerts alerts) {
        this.leases = leases;
        this.alerts = alerts;
        this.component = leases.kind().word() + " " + task;
    }

    /** @param run the same for one run: told again, it is one alert */
    void tell(Lease held, String how, String why, long run) {
        if (held.told() == null && !telling) {
            String title = "the " + component + " " + how;
            note(alerts.publish(title + " " + held.fence() + " " + run, title, why, component)
                    .compose(told -> held.isHeld() ? leases.tell(held, why) : Future.succeededFuture()));
        }
    }

    void runsAgain(Lease held) {
        if (held.told() != null && !telling) {
            note(leases.tell(held, null));
        }
    }

    private void note(Future<Void> told) {
        telling = true;
        told.onComplete(done -> {
            telling = false;
            if (done.failed()) {
                LOG.warn(
                        "{}: what operators were told isn't remembered: {}",
                        component,
                        done.cause().getMessage());
            }
        });
    }
}
