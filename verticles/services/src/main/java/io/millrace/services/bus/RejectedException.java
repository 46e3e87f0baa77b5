package io.millrace.services.bus;

/** What a service is asked to do never works, however often it is tried. */
public final class RejectedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param why what is wrong; operators read it beside the dead event */
    public RejectedException(String why) {
        super(why);
    }
}
